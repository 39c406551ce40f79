// SPDX-License-Identifier: BSL-1.0
// Who waits for the load of another process: that process is one, and ends it when it is told to.
#include "fixture.hpp"

#include "support/servers/raw_redis.hpp"

#include <coffer/cached.hpp>

#include <atomic>

using namespace support;

namespace {

using cached = coffer::cached_function<std::string(int)>;
using answer = std::future<std::string>;

/// A prefix of the shared server, another process that loads key 1 there, and one who waits here.
class wait_bench {
public:
    explicit wait_bench(std::chrono::milliseconds poll)
        : how_(redis_storage_options().prefix(new_prefix()).poll(poll)),
          server_(shared_server().socket())
    {}
    ~wait_bench() { server_.ask({"DEL", "go"}); }

    /// Another process begins to load, and does not end before `let_go`.
    void begin_elsewhere(const std::string& lasting = "60000")
    {
        const std::vector<std::string> words{shared_server().url(), how_.prefix(), "hold", "1",
                                             lasting};
        other_.emplace(REDIS_STORAGE_PEER, "peer", words, folder_ / "out");
        await_field("l");
    }
    void let_go() { server_.ask({"RPUSH", "go", "now"}); }
    child_process& other() { return *other_; }

    cached function(const coffer::redis::config& where)
    {
        const redis_storage store(on_.executor(), where, how_);
        auto load = [this](int key) { return load_here(this, key); };
        return coffer::cached(
            "shared", load,
            coffer::options().storage(store).allow_concurrent(false).lease_wait(1h));
    }
    cached function() { return function(coffer::redis::config(shared_server().url())); }
    answer ask(cached f) { return asio::co_spawn(on_.executor(), call(f), asio::use_future); }

    /// Until an entry has this field: `l` a lease, `w` who waits.
    void await_field(const std::string& field)
    {
        for (int tries = 0; tries < 1'000; ++tries) {
            for (const auto& name : server_.ask({"KEYS", how_.prefix() + ":*"}))
                if (!server_.ask({"HGET", name, field}).at(0).empty())
                    return;
            std::this_thread::sleep_for(10ms);
        }
        FAIL("nobody waits");
    }
    /// Calls `f` here while another process loads for it; it waits then.
    answer ask_behind_another(const cached& f, const std::string& lasting = "60000")
    {
        begin_elsewhere(lasting);
        auto waiting = ask(f);
        await_field("w");
        return waiting;
    }
    raw_redis& server() { return server_; }
    redis_storage_options& how() { return how_; }

    std::atomic<int> loads{0};

private:
    static asio::awaitable<std::string> load_here(wait_bench* self, int)
    {
        ++self->loads;
        co_return "here";
    }
    static asio::awaitable<std::string> call(cached f)
    {
        std::string value = co_await f(1);
        co_return value;
    }

    redis_storage_options how_;
    raw_redis server_;
    scratch_folder folder_;
    std::optional<child_process> other_;
    client_thread on_;
};

std::string value_of(answer& one)
{
    REQUIRE_MESSAGE(one.wait_for(60s) == std::future_status::ready, "it hangs");
    return one.get();
}

} // namespace

TEST_CASE("waiters: who waits for the load of another process is told of its end")
{
    wait_bench b(1h);
    const cached f = b.function();
    auto first = b.ask_behind_another(f);
    b.let_go();
    CHECK(value_of(first) == "1=peer");
    CHECK(b.loads == 0);
    CHECK(b.server().ask({"PUBSUB", "CHANNELS", b.how().prefix() + ":@wake:*"}).size() == 1);
}

TEST_CASE("waiters: after a holder that was killed, they go on when its lease is over")
{
    wait_bench b(1h);
    const cached f = b.function();
    auto waiting = b.ask_behind_another(f, "1000");
    b.other().stop(SIGKILL);
    CHECK(value_of(waiting) == "here");
    CHECK(b.loads == 1);
}

TEST_CASE("waiters: an invalidation lets them go on as well")
{
    wait_bench b(1h);
    const cached f = b.function();
    auto waiting = b.ask_behind_another(f);
    client_thread other;
    const redis_storage store(other.executor(), coffer::redis::config(shared_server().url()),
                              b.how());
    auto load = [](int) -> asio::awaitable<std::string> { co_return "elsewhere"; };
    const cached elsewhere = coffer::cached("shared", load, coffer::options().storage(store));
    other.run(elsewhere.invalidate(1));
    CHECK(value_of(waiting) == "here");
    b.let_go();
}

TEST_CASE("waiters: whose channel is lost hear of it, and ask by themselves")
{
    wait_bench b(2s);
    const cached f = b.function();
    auto waiting = b.ask_behind_another(f);
    b.server().ask({"CLIENT", "KILL", "TYPE", "pubsub"});
    b.let_go();
    CHECK(value_of(waiting) == "1=peer");
    CHECK(b.loads == 0);
}

TEST_CASE("waiters: who may not subscribe asks again and again, and is told why")
{
    wait_bench b(1h);
    std::vector<std::string> heard; // on the thread of the client
    std::atomic<bool> told{false};
    b.how().on_notice([&](const coffer::redis_storage_notice& one) {
        if (one.what != coffer::redis_storage_notice::kind::cannot_wake)
            return;
        heard.push_back(one.text);
        told = true;
    });
    b.server().ask({"ACL", "SETUSER", "deaf", "reset", "on", ">secret", "~*", "+@all"});
    coffer::redis::config where(shared_server().url());
    const cached f = b.function(where.credentials("deaf", "secret"));
    b.begin_elsewhere();
    auto waiting = b.ask(f);
    for (int i = 0; i < 100 && !told; ++i)
        std::this_thread::sleep_for(20ms);
    b.let_go();
    CHECK(value_of(waiting) == "1=peer");
    REQUIRE(heard.size() == 1);
    CHECK(heard[0].find("+subscribe") != std::string::npos);
    CHECK(heard[0].find("secret") == std::string::npos);
}

TEST_CASE("waiters: get_many waits once for all that others load")
{
    wait_bench b(1h);
    client_thread on;
    const redis_storage store(on.executor(), coffer::redis::config(shared_server().url()), b.how());
    auto load = [](int) -> asio::awaitable<std::string> { co_return "here"; };
    auto load_many = [](std::vector<int> keys) -> asio::awaitable<std::vector<std::string>> {
        co_return std::vector<std::string>(keys.size(), "here");
    };
    const cached f = coffer::cached(
        "shared", load,
        coffer::options().storage(store).allow_concurrent(false).lease_wait(1h).batch(load_many));
    b.begin_elsewhere();
    const std::vector<int> keys{1, 2};
    auto waiting = asio::co_spawn(on.executor(), f.get_many(keys), asio::use_future);
    b.await_field("w");
    b.let_go();
    REQUIRE(waiting.wait_for(60s) == std::future_status::ready);
    const auto got = waiting.get();
    CHECK(got.at(0).value() == "1=peer");
    CHECK(got.at(1).value() == "here");
}
