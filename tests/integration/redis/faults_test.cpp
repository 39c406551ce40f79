// SPDX-License-Identifier: BSL-1.0
#include "redis_fixture.hpp"

#include <set>

using namespace redis_test;
using support::fault;
using support::fault_proxy;
using support::redis_server;

namespace {

/// A client behind a proxy, connected.
class behind_proxy : public connected {
public:
    explicit behind_proxy(fault_proxy& proxy, const std::string& rest = {})
        : connected(redis::config(proxy.url(rest)).pause(1ms, 5ms))
    {
        run(db.connect());
    }
};

/// As above, on the server that all share, with nothing in it.
class proxied {
public:
    explicit proxied(const std::string& rest = {}) : proxy(server().port()), on(proxy, rest)
    {
        on.exec<redis::ok>("FLUSHALL");
    }
    /// Commands arrive and are carried out, and no answer comes back.
    template <class T>
    support::outcome_of<T> unanswered(asio::awaitable<T> work)
    {
        server().pause();
        auto one = support::start(on.io, std::move(work));
        const auto written = on.stats().bytes_written;
        on.run_until([&] { return on.stats().bytes_written > written || one.done(); });
        return one;
    }

    fault_proxy proxy;
    behind_proxy on;
};

redis::error error_of(const auto& outcome)
{
    try {
        outcome.get();
    } catch (const redis::error& known) {
        return known;
    }
    FAIL("it does not fail");
    return redis::error(error_code());
}

/// How many bytes a client is sent until a GET is answered.
std::size_t bytes_of_one_get()
{
    fault_proxy proxy(server().port());
    behind_proxy on(proxy);
    on.exec<redis::value>("GET", "k");
    return proxy.to_client();
}

} // namespace

TEST_CASE("redis faults: a read that is cut at any byte is answered after a reconnect")
{
    shared_server plain;
    plain.exec<redis::ok>("SET", "k", "the value");
    const std::size_t bytes = bytes_of_one_get();
    REQUIRE(bytes > 50);
    fault_proxy proxy(server().port());
    for (std::size_t cut = 0; cut <= bytes; ++cut) {
        CAPTURE(cut);
        proxy.plan_next(fault{.cut_to_client = cut});
        connected on(redis::config(proxy.url("?deadline=10s")).pause(1ms, 1ms));
        CHECK(on.exec<std::string>("GET", "k") == "the value");
    }
}

TEST_CASE("redis faults: a write that is cut at any byte is carried out once, or not, as is said")
{
    shared_server plain;
    const std::size_t bytes = bytes_of_one_get();
    fault_proxy proxy(server().port());
    for (std::size_t cut = bytes - 20; cut < bytes; ++cut) {
        CAPTURE(cut);
        plain.exec<redis::ok>("SET", "n", 0);
        proxy.plan_next(fault{.cut_to_client = cut});
        connected on(redis::config(proxy.url("?deadline=10s")).pause(1ms, 1ms));
        const auto one = support::start(on.io, on.db.exec<long>("INCR", "n"));
        on.run_until([&] { return one.done(); });
        const long now = plain.exec<long>("GET", "n");
        if (!one.failed()) {
            CHECK(one.get() == 1);
            CHECK(now == 1);
        } else {
            const auto why = error_of(one);
            CHECK(why.code() == errc::connection_lost);
            CHECK((why.maybe_executed() || now == 0));
            CHECK(now <= 1);
        }
    }
}

TEST_CASE("redis faults: a request that is cut at any byte on its way is sent again whole")
{
    shared_server plain;
    fault_proxy proxy(server().port());
    const std::string value(300, 'v');
    for (std::size_t cut = 0; cut < 500; cut += 7) {
        CAPTURE(cut);
        proxy.plan_next(fault{.cut_to_server = cut});
        connected on(redis::config(proxy.url("?deadline=10s")).pause(1ms, 1ms));
        auto terms = redis::call_terms().idempotent();
        on.run(on.db.with(terms).exec<redis::ok>("SET", "k", value));
        CHECK((plain.exec<std::string>("GET", "k") == value));
    }
}

TEST_CASE("redis faults: bytes that come one by one make the same replies")
{
    fault_proxy proxy(server().port());
    proxy.plan(fault{.piece = 1});
    behind_proxy on(proxy);
    on.exec<redis::ok>("SET", "k", std::string(500, 'x'));
    CHECK(on.exec<strings>("MGET", "k", "k").back() == std::string(500, 'x'));
}

// ---- What becomes of a command: its state, and what happens
// ---------------------------------------

TEST_CASE("redis faults: queued and cancelled: it is surely not carried out")
{
    connected on("redis://127.0.0.1:" + std::to_string(support::free_port()));
    const auto one = support::start(on.io, on.db.exec<long>("INCR", "n"));
    on.run_until([&] { return on.stats().queued == 1; });
    one.cancel();
    on.run_until([&] { return one.done(); });
    const auto why = error_of(one);
    CHECK(why.code() == asio::error::operation_aborted);
    CHECK_FALSE(why.maybe_executed());
    CHECK(on.stats().queued == 0);
}

TEST_CASE("redis faults: queued past its deadline: it is surely not carried out, and why is told")
{
    connected on("redis://127.0.0.1:" + std::to_string(support::free_port()) + "?deadline=50ms");
    const auto why = on.failure_of(on.db.exec<long>("INCR", "n"));
    CHECK(why.code() == errc::timeout);
    CHECK_FALSE(why.maybe_executed());
    CHECK(why.attempts() == 0);
    CHECK_MESSAGE(contains(why.what(), "refused"), why.what());
}

TEST_CASE("redis faults: queued without a connection: it is sent when there is one")
{
    redis_server late;
    late.kill();
    connected on(redis::config(late.url("?deadline=20s")).pause(1ms, 5ms));
    const auto one = support::start(on.io, on.db.exec<long>("INCR", "n"));
    on.run_until([&] { return on.stats().connect_failed > 1; });
    CHECK_FALSE(one.done());
    late.start();
    on.run_until([&] { return one.done(); });
    CHECK(one.get() == 1);
}

TEST_CASE("redis faults: written and cancelled: it may be carried out; the connection goes on")
{
    proxied with;
    const auto one = with.unanswered(with.on.db.exec<long>("INCR", "n"));
    one.cancel();
    with.on.run_until([&] { return one.done(); });
    CHECK(error_of(one).code() == asio::error::operation_aborted);
    CHECK(error_of(one).maybe_executed());
    server().resume();
    CHECK(with.on.exec<long>("INCR", "n") == 2); // not the answer of the one that left
    CHECK(with.on.stats().connections_lost == 0);
}

TEST_CASE("redis faults: written past its deadline: it may be carried out; the connection goes on")
{
    proxied with;
    const auto one = with.unanswered(with.on.db.with(redis::within(50ms)).exec<long>("INCR", "n"));
    with.on.run_until([&] { return one.done(); });
    CHECK(error_of(one).code() == errc::timeout);
    CHECK(error_of(one).maybe_executed());
    CHECK(error_of(one).command() == "INCR");
    server().resume();
    CHECK(with.on.exec<long>("INCR", "n") == 2);
    CHECK(with.on.stats().connections_lost == 0);
}

TEST_CASE("redis faults: written and the connection lost: what only reads is sent again")
{
    proxied with("?deadline=20s");
    with.on.exec<redis::ok>("SET", "k", "v");
    const auto one = with.unanswered(with.on.db.exec<std::string>("GET", "k"));
    with.proxy.cut();
    with.on.run_until([&] { return with.on.stats().connections_lost == 1; });
    server().resume();
    with.on.run_until([&] { return one.done(); });
    CHECK(one.get() == "v");
    CHECK(with.on.stats().sent_again == 1);
}

TEST_CASE(
    "redis faults: written and the connection lost: what writes fails, and may be carried out")
{
    proxied with("?deadline=20s");
    const auto one = with.unanswered(with.on.db.exec<long>("INCR", "n"));
    with.proxy.cut();
    with.on.run_until([&] { return one.done(); });
    CHECK(error_of(one).code() == errc::connection_lost);
    CHECK(error_of(one).maybe_executed());
    CHECK(error_of(one).attempts() == 1);
    server().resume();
    CHECK(with.on.exec<std::optional<long>>("GET", "n").value_or(0) <= 1);
}

TEST_CASE("redis faults: written and the connection lost: what is marked idempotent is sent again")
{
    proxied with("?deadline=20s");
    auto terms = redis::call_terms().idempotent();
    const auto one = with.unanswered(with.on.db.with(terms).exec<redis::ok>("SET", "k", "v"));
    with.proxy.cut();
    with.on.run_until([&] { return with.on.stats().connections_lost == 1; });
    server().resume();
    with.on.run_until([&] { return one.done(); });
    CHECK_FALSE(one.failed());
    CHECK(with.on.exec<std::string>("GET", "k") == "v");
}

TEST_CASE("redis faults: a transaction whose connection is lost fails as a whole")
{
    proxied with("?deadline=20s");
    redis::request both;
    both.add("INCR", "n").add("INCR", "n");
    const auto one = with.unanswered(with.on.db.transaction<long, long>(both));
    with.proxy.cut();
    with.on.run_until([&] { return one.done(); });
    CHECK(error_of(one).code() == errc::connection_lost);
    server().resume();
    const auto now = with.on.exec<std::optional<long>>("GET", "n");
    CHECK((!now || *now == 2));
}

TEST_CASE("redis faults: closing fails what is pending, and ends everything")
{
    proxied with;
    const auto one = with.unanswered(with.on.db.exec<long>("INCR", "n"));
    with.on.run(with.on.db.close());
    with.on.run_until([&] { return one.done(); });
    CHECK(error_of(one).code() == errc::closed);
    CHECK(error_of(one).maybe_executed());
    server().resume();
    CHECK(with.on.failure_of(with.on.db.exec("PING")).code() == errc::closed);
    CHECK(with.on.failure_of(with.on.db.connect()).code() == errc::closed);
    with.on.run(with.on.db.close());
    CHECK(with.on.stats().connections == 0);
    const auto nothing_left = [&] { return with.on.io.stopped() || with.on.io.poll_one() == 0; };
    CHECK(nothing_left());
}

// ---- Servers
// ---------------------------------------------------------------------------------------

TEST_CASE("redis faults: a server that is killed and started again under load is used again")
{
    redis_server mortal;
    connected on(redis::config(mortal.url("?deadline=5s")).pause(1ms, 20ms));
    struct count {
        long good = 0, lost = 0, wrong = 0;
    } seen;
    bool over = false;
    auto work = [](redis::client db, int id, count& all, bool& stop) -> asio::awaitable<void> {
        const auto key = "k" + std::to_string(id);
        long last = 0;
        while (!stop) {
            try {
                const long now = co_await db.exec<long>("INCR", key);
                // One more each time, or from the beginning after a restart.
                all.wrong += now != last + 1 && now != 1 && now != last + 2;
                last = now;
                ++all.good;
            } catch (const redis::error& failed) {
                all.wrong += failed.code() != errc::connection_lost;
                ++all.lost;
            }
        }
    };
    std::vector<support::outcome_of<void>> all;
    for (int id = 0; id < 32; ++id)
        all.push_back(support::start(on.io, work(on.db, id, seen, over)));
    for (int round = 0; round < 3; ++round) {
        const long before = seen.good;
        on.run_until([&] { return seen.good > before + 1000; });
        mortal.kill();
        on.run(sleep_for(20ms));
        mortal.start();
    }
    const long before = seen.good;
    on.run_until([&] { return seen.good > before + 1000; });
    over = true;
    on.run_until([&] {
        return std::all_of(all.begin(), all.end(), [](const auto& one) { return one.done(); });
    });
    CHECK(seen.wrong == 0);
    CHECK(seen.lost <= 3 * 32);
    CHECK(on.stats().connections_lost == 3);
    for (const auto& one : all)
        CHECK_FALSE(one.failed());
}

TEST_CASE("redis faults: a server that is stopped is noticed by its silence, and used again")
{
    redis_server frozen;
    connected on(redis::config(frozen.url("?silence=60ms&connect_timeout=200ms&deadline=100ms"))
                     .pause(1ms, 10ms));
    on.exec<long>("INCR", "n");
    frozen.pause();
    const auto late = on.failure_of(on.db.exec("INCR", "n"));
    CHECK(late.code() == errc::timeout);
    on.run_until([&] { return on.stats().connections_lost == 1; });
    on.run_until([&] { return on.stats().connect_failed > 0; });
    CHECK(on.failure_of(on.db.exec("INCR", "n")).code() == errc::timeout);
    frozen.resume();
    on.run(on.db.with(redis::within(10s)).exec<long>("INCR", "n"));
}

TEST_CASE("redis faults: what waits behind a full socket ends at its deadline nevertheless")
{
    redis_server frozen;
    connected on(redis::config(frozen.url("?silence=60m&deadline=none"))); // nothing else wakes it
    on.run(on.db.connect());
    frozen.pause();
    const std::string large(8 << 20, 'x');
    std::vector<support::outcome_of<redis::value>> filling;
    for (int count = 0; count < 4; ++count)
        filling.push_back(support::start(on.io, on.db.exec("SET", "k", large)));
    // The kernel takes some of it, and now and then a little more, which wakes the link as well.
    for (std::uint64_t before = 0, taken = 1; before != taken;) {
        before = on.stats().bytes_written;
        const auto late = on.failure_of(on.db.with(redis::within(50ms)).exec("GET", "k"));
        CHECK(late.code() == errc::timeout);
        CHECK_FALSE(late.maybe_executed());
        taken = on.stats().bytes_written;
        REQUIRE(taken < filling.size() * large.size());
    }
    CHECK_FALSE(filling.front().done());
    frozen.resume();
    on.run_until([&] { return filling.back().done(); });
    CHECK(on.exec<std::string>("GET", "k") == large);
}

TEST_CASE("redis faults: an idle connection that has died is found before anybody asks")
{
    fault_proxy proxy(server().port());
    behind_proxy on(proxy, "?silence=50ms");
    CHECK(on.stats().pings == 0);
    on.run_until([&] { return on.stats().pings > 1; });
    CHECK(on.stats().connections_lost == 0);
    proxy.black_hole();
    on.run_until([&] { return on.stats().connections_lost == 1 && on.stats().connected == 2; });
}

// ---- Limits
// ----------------------------------------------------------------------------------------

TEST_CASE("redis faults: without a connection only so many commands wait")
{
    const auto url = "redis://127.0.0.1:" + std::to_string(support::free_port()) +
                     "?max_offline=10&deadline=200ms";
    connected refusing(url + "&overflow=refuse");
    std::vector<support::outcome_of<redis::value>> all;
    for (int count = 0; count < 12; ++count)
        all.push_back(support::start(refusing.io, refusing.db.exec("PING")));
    refusing.run_until([&] { return all.back().done(); });
    CHECK_FALSE(all[9].done());
    CHECK(all[10].error() == errc::overloaded);
    CHECK(all[11].error() == errc::overloaded);
    CHECK(refusing.stats().refused == 2);
    refusing.run_until([&] { return all[9].done(); });
    CHECK(all[9].error() == errc::timeout);
    connected waiting(url);
    CHECK(waiting.failure_of(waiting.db.exec("PING")).code() == errc::timeout);
}

TEST_CASE("redis faults: only so many bytes wait for one connection")
{
    server().pause();
    connected on(server().url("?max_queued_bytes=100KiB&overflow=refuse&deadline=300ms"));
    std::vector<support::outcome_of<redis::value>> all;
    const std::string value(30 << 10, 'x');
    for (int count = 0; count < 5; ++count)
        all.push_back(support::start(on.io, on.db.exec("SET", "k", value)));
    on.run_until([&] { return all.back().done(); });
    server().resume();
    CHECK(all.back().error() == errc::overloaded);
}

TEST_CASE("redis faults: a reply beyond the limit ends its connection, and is told")
{
    shared_server plain;
    plain.exec<redis::ok>("SET", "large", std::string(20'000, 'x'));
    connected on(server().url("?max_reply_bytes=10KiB"));
    const auto why = on.failure_of(on.db.with(redis::within(300ms)).exec("GET", "large"));
    const bool ends = why.code() == errc::connection_lost || why.code() == errc::timeout;
    CHECK_MESSAGE(ends, why.what());
    CHECK(on.stats().connections_lost >= 1);
    CHECK(on.exec<std::string>("PING") == "PONG");
}

TEST_CASE("redis faults: forty thousand that wait are cancelled without a trace")
{
    connected on("redis://127.0.0.1:" + std::to_string(support::free_port()) +
                 "?max_offline=50000&deadline=none");
    std::vector<support::outcome_of<redis::value>> all;
    for (int count = 0; count < 40'000; ++count)
        all.push_back(support::start(on.io, on.db.exec("GET", "k")));
    on.run_until([&] { return on.stats().queued == 40'000; });
    for (const auto& one : all)
        one.cancel();
    on.run_until([&] { return all.front().done() && all.back().done(); });
    CHECK(on.stats().queued == 0);
    CHECK(on.stats().cancelled == 40'000);
}
