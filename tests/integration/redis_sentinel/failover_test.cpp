// SPDX-License-Identifier: BSL-1.0
#include "sentinel_fixture.hpp"

#include <algorithm>
#include <future>
#include <map>

using namespace redis_test;

namespace {

/// What clients have written, and what is known of it. Redis replicates after it has answered, so
/// a write that is answered may be lost with its master; one that two replicas have confirmed is
/// not, nor is one of the new master, nor may one that surely was not carried out appear.
class ledger {
public:
    enum class fate { unknown, answered, confirmed, refused };

    /// Writes `key` and asks how many replicas have it.
    static asio::awaitable<void> write(redis::client db, std::string key, ledger& in)
    {
        redis::request both;
        both.add("SET", key, key).add("WAIT", 2, 50);
        in.all_[key] = fate::unknown;
        const bool kept = in.master_stays_;
        try {
            auto writing = db.with(redis::within(10s)).batch<redis::ok, long>(both);
            const auto [set, waited] = co_await std::move(writing);
            const bool sure = kept || (waited.has_value() && waited.value() >= 2);
            if (set.has_value())
                in.all_[key] = sure ? fate::confirmed : fate::answered;
            else
                in.all_[key] = fate::refused;
        } catch (const redis::error& failed) {
            in.wrong_ += failed.code() != errc::connection_lost && failed.code() != errc::timeout;
            if (!failed.maybe_executed())
                in.all_[key] = fate::refused;
        }
    }
    /// Looks for what must be there.
    static asio::awaitable<void> read(redis::client db, std::string key, ledger& in)
    {
        const bool must = in.all_.at(key) == fate::confirmed;
        try {
            auto reading = db.with(redis::within(10s)).exec<std::optional<std::string>>("GET", key);
            const auto found = co_await std::move(reading);
            in.wrong_ += found ? *found != key : must;
        } catch (const redis::error& failed) {
            in.wrong_ += failed.code() != errc::timeout;
        }
    }
    void check_at(const redis_sentinels& set, std::size_t index) const
    {
        for (const auto& [key, is] : all_) {
            const bool there = !set.ask(index, {"GET", key}).at(0).empty();
            if (is == fate::confirmed)
                CHECK_MESSAGE(there, key << " was confirmed and is lost");
            if (is == fate::refused)
                CHECK_MESSAGE(!there, key << " was not carried out and is there");
        }
    }
    long count(fate which) const
    {
        return std::count_if(all_.begin(), all_.end(),
                             [which](const auto& each) { return each.second == which; });
    }
    /// From now on nothing that is answered may be lost.
    void master_stays() { master_stays_ = true; }
    long wrong() const { return wrong_; }

private:
    std::map<std::string, fate> all_;
    bool master_stays_ = false;
    long wrong_ = 0;
};

asio::awaitable<void> work(redis::client db, int id, ledger& in, bool& over)
{
    long number = 0;
    while (!over) {
        const auto key = "w" + std::to_string(id) + ":" + std::to_string(number++);
        auto writing = ledger::write(db, key, in);
        co_await std::move(writing);
        auto reading = ledger::read(db, key, in);
        co_await std::move(reading);
    }
}

/// Clients that write and read for as long as it lives.
class load {
public:
    load(connected& on, ledger& in, int clients) : on_(on)
    {
        for (int id = 0; id < clients; ++id)
            all_.push_back(support::start(on.io, work(on.db, id, in, over_)));
    }
    void end()
    {
        over_ = true;
        on_.run_until([&] {
            return std::all_of(all_.begin(), all_.end(),
                               [](const auto& one) { return one.done(); });
        });
        for (const auto& one : all_)
            CHECK_FALSE(one.failed());
    }

private:
    connected& on_;
    bool over_ = false;
    std::vector<support::outcome_of<void>> all_;
};

using listening = std::shared_ptr<redis::subscription>;

asio::awaitable<listening> listener(redis::client db, std::string channel)
{
    auto joining = db.subscribe(redis::channels(channel));
    auto joined = co_await std::move(joining);
    co_return std::make_shared<redis::subscription>(std::move(joined));
}

asio::awaitable<std::string> text_of(listening from)
{
    const redis::message next = co_await from->next();
    co_return next.lagged() ? "a gap" : next.text;
}

/// The next text of a channel after a gap, of which it must be told first.
asio::awaitable<std::string> text_after_gap(listening from)
{
    const auto gap = co_await text_of(from);
    if (gap != "a gap")
        co_return gap;
    co_return co_await text_of(from);
}

/// The loop goes on while a fixture waits, which blocks.
template <class Function>
auto beside(connected& on, Function waits)
{
    auto waiting = std::async(std::launch::async, std::move(waits));
    on.run_until([&] { return waiting.wait_for(0s) == std::future_status::ready; });
    return waiting.get();
}

} // namespace

TEST_CASE("redis failover: a master is killed under load; what was confirmed is kept")
{
    redis_sentinels set;
    connected on(redis::config(set.url()).max_dedicated(64));
    ledger kept;
    load running(on, kept, 16);
    using fate = ledger::fate;
    on.run_until([&] { return kept.count(fate::confirmed) > 300; });
    set.kill(0);
    const auto now = beside(on, [&] { return set.await_new_master(0); });
    const auto before = kept.count(fate::confirmed);
    kept.master_stays();
    on.run_until([&] { return kept.count(fate::confirmed) > before + 300; });

    // The old master comes back, empty, and thinks that it is one.
    set.restart(0);
    CHECK(set.is_master(0));
    const auto more = kept.count(fate::confirmed);
    on.run_until([&] { return kept.count(fate::confirmed) > more + 300; });
    const auto written = set.ask(0, {"DBSIZE"}).at(0);
    if (set.is_master(0)) // still
        CHECK(written == "0");
    beside(on, [&] { return set.await_replicas(), 0; });
    running.end();
    CHECK(set.master() == now);
    CHECK(kept.wrong() == 0);
    kept.check_at(set, now);
    MESSAGE("confirmed " << kept.count(fate::confirmed) << ", only answered "
                         << kept.count(fate::answered) << ", not carried out "
                         << kept.count(fate::refused) << ", unknown " << kept.count(fate::unknown));
}

TEST_CASE("redis failover: a master that is replaced while it lives takes no more writes")
{
    redis_sentinels set;
    strings leaders; // as told
    const auto hear = [&leaders](const redis::connection_event& seen) {
        if (seen.what == redis::connection_event::kind::found_leader)
            leaders.push_back(seen.node);
    };
    connected on(redis::config(set.url()).max_dedicated(64).on_event(hear));
    ledger kept;
    load running(on, kept, 8);
    on.run_until([&] { return kept.count(ledger::fate::confirmed) > 200; });
    const auto name = [&set](std::size_t index) {
        return redis::endpoint("127.0.0.1", set.node(index).port()).text();
    };
    CHECK(leaders == strings{name(0)});
    set.ask_sentinel(0, {"SENTINEL", "FAILOVER", redis_sentinels::name});
    const auto now = beside(on, [&] { return set.await_new_master(0); });
    kept.master_stays();
    const auto before = kept.count(ledger::fate::confirmed);
    on.run_until([&] { return kept.count(ledger::fate::confirmed) > before + 200; });
    running.end();
    CHECK(kept.wrong() == 0);
    CHECK(leaders.back() == name(now));
    kept.check_at(set, now);
}

TEST_CASE("redis failover: a master that hangs is replaced, and takes no more writes after")
{
    redis_sentinels set;
    connected on(redis::config(set.url("?silence=200ms")).deadline(10s));
    on.exec<redis::ok>("SET", "k", "before");
    set.ask(0, {"WAIT", "2", "5000"});
    set.stop(0);
    const auto now = beside(on, [&] { return set.await_new_master(0); });
    on.exec<redis::ok>("SET", "k", "after");
    CHECK(set.ask(now, {"GET", "k"}).at(0) == "after");
    set.resume(0);
    on.exec<redis::ok>("SET", "k", "later");
    CHECK(set.ask(now, {"GET", "k"}).at(0) == "later");
    set.await_replicas();
    CHECK(on.exec<std::string>("GET", "k") == "later");
}

TEST_CASE("redis failover: the last Sentinel that lives is enough to follow")
{
    redis_sentinels set;
    connected on(only({set.sentinel_port(0)}, "/mymaster"));
    on.exec<redis::ok>("SET", "k", "v"); // and has heard of the two others
    set.ask(0, {"WAIT", "2", "5000"});
    set.kill(0);
    const auto now = beside(on, [&] { return set.await_new_master(0); });
    set.kill_sentinel(0);
    CHECK(on.exec<std::string>("GET", "k") == "v");
    on.exec<redis::ok>("SET", "k", "w");
    CHECK(set.ask(now, {"GET", "k"}).at(0) == "w");
}

TEST_CASE("redis failover: a subscriber follows to the new master, and is told of the gap")
{
    redis_sentinels set;
    connected on(redis::config(set.url()).deadline(10s));
    const auto news = on.run(listener(on.db, "news"));
    on.exec<long>("PUBLISH", "news", "before");
    CHECK(on.run(text_of(news)) == "before");
    set.kill(0);
    beside(on, [&] { return set.await_new_master(0); });
    // Said again until somebody hears it: Redis forgets what is said to nobody.
    const auto heard = support::start(on.io, text_after_gap(news));
    while (!heard.done()) {
        on.exec<long>("PUBLISH", "news", "after");
        on.run(sleep_for(20ms));
    }
    CHECK(heard.get() == "after");
    CHECK(news->dropped() == 0);
}
