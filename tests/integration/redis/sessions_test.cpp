// SPDX-License-Identifier: BSL-1.0
#include "redis_fixture.hpp"

#include "support/live.hpp"

#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include <memory>
#include <thread>

using namespace redis_test;
using popped = std::optional<std::pair<std::string, std::string>>;

TEST_CASE("redis blocking: a command that waits holds up nobody else")
{
    shared_server on;
    const auto waiting = support::start(on.io, on.db.exec<popped>("BLPOP", "l", 0));
    for (int count = 0; count < 100; ++count)
        on.exec<long>("INCR", "n");
    CHECK_FALSE(waiting.done());
    on.exec<long>("RPUSH", "l", "x");
    on.run_until([&] { return waiting.done(); });
    CHECK(waiting.get() == popped({"l", "x"}));
}

TEST_CASE("redis blocking: its own time-out is an answer, and its connection serves again")
{
    shared_server on;
    CHECK(on.exec<popped>("BLPOP", "none", 0.01) == std::nullopt);
    CHECK(on.exec<popped>("BLPOP", "none", 0.01) == std::nullopt);
    CHECK(on.stats().connected == 2);
    CHECK(on.stats().connections == 2);
}

TEST_CASE("redis blocking: one that was cancelled takes nothing any more")
{
    shared_server on;
    const auto waiting = support::start(on.io, on.db.exec<popped>("BLPOP", "l", 0));
    on.run_until([&] { return contains(server().cli({"CLIENT", "LIST"}), "cmd=blpop"); });
    waiting.cancel();
    on.run_until([&] { return waiting.done(); });
    CHECK(waiting.error() == asio::error::operation_aborted);
    on.run_until([&] { return !contains(server().cli({"CLIENT", "LIST"}), "cmd=blpop"); });
    on.exec<long>("RPUSH", "l", "x");
    CHECK(on.exec<long>("LLEN", "l") == 1);
}

TEST_CASE("redis blocking: beyond the limit of connections it is overloaded")
{
    shared_server on("?max_dedicated=2");
    const auto first = support::start(on.io, on.db.exec<popped>("BLPOP", "l", 0));
    const auto second = support::start(on.io, on.db.exec<popped>("BLPOP", "l", 0));
    CHECK(on.failure_of(on.db.exec<popped>("BLPOP", "l", 0)).code() == errc::overloaded);
    on.exec<long>("RPUSH", "l", "x", "y");
    on.run_until([&] { return first.done() && second.done(); });
    CHECK(on.exec<popped>("BLPOP", "l", 0.01) == std::nullopt);
}

TEST_CASE("redis blocking: a server that goes fails what waits on it")
{
    support::redis_server mortal;
    connected on(mortal.url());
    const auto waiting = support::start(on.io, on.db.exec<popped>("BLPOP", "l", 0));
    on.run_until([&] { return contains(mortal.cli({"CLIENT", "LIST"}), "cmd=blpop"); });
    mortal.kill();
    on.run_until([&] { return waiting.done(); });
    CHECK(waiting.error() == errc::connection_lost);
}

TEST_CASE("redis session: a watched key that changes keeps a transaction from happening")
{
    shared_server on;
    auto work = [](redis::client db, bool disturb) -> asio::awaitable<bool> {
        auto own = co_await db.session();
        co_await own->exec<redis::ok>("WATCH", "k");
        const auto now = co_await own->exec<std::optional<long>>("GET", "k");
        if (disturb)
            co_await db.exec<long>("INCR", "k");
        redis::request change("SET", "k", now.value_or(0) + 10);
        const auto done = co_await own->transaction<redis::ok>(change);
        co_return done.has_value();
    };
    CHECK(on.run(work(on.db, false)));
    CHECK(on.exec<long>("GET", "k") == 10);
    CHECK_FALSE(on.run(work(on.db, true)));
    CHECK(on.exec<long>("GET", "k") == 11);
}

TEST_CASE(
    "redis session: what it selects and watches ends with it, and its connection serves again")
{
    for (const char* rest : {"?client_name=app", "?protocol=2"}) {
        CAPTURE(rest);
        shared_server on(rest);
        auto work = [](redis::client db) -> asio::awaitable<std::string> {
            auto own = co_await db.session();
            auto about = co_await own->exec<std::string>("CLIENT", "INFO");
            co_await own->exec<redis::ok>("SELECT", 5);
            co_await own->exec<redis::ok>("SET", "in-five", 1);
            co_await own->exec<redis::ok>("WATCH", "in-five");
            co_await own->exec<redis::ok>("CLIENT", "SETNAME", "other");
            co_return about;
        };
        const auto first = on.run(work(on.db));
        on.run_until([&] { return !contains(server().cli({"CLIENT", "LIST"}), "name=other"); });
        on.run(sleep_for(1ms)); // what it has answered is read
        const auto second = on.run(work(on.db));
        CHECK(first.substr(0, first.find(' ')) == second.substr(0, second.find(' '))); // its number
        CHECK(contains(second, "db=0"));
        CHECK(contains(second, "watch=0") == contains(first, "watch=0"));
        CHECK(contains(second, "name=app") == contains(first, "name=app"));
        CHECK_FALSE(on.exec<bool>("EXISTS", "in-five"));
        CHECK(server().cli({"-n", "5", "GET", "in-five"}) == "1");
        CHECK(on.stats().connected == 2);
    }
}

TEST_CASE("redis session: one that is ended in the midst of a command is closed")
{
    shared_server on;
    {
        auto own = on.run([](redis::client db) -> asio::awaitable<std::shared_ptr<redis::session>> {
            auto made = co_await db.session();
            co_return std::make_shared<redis::session>(std::move(made));
        }(on.db));
        const auto waiting = support::start(on.io, (*own)->exec<popped>("BLPOP", "l", 0));
        on.run_until([&] { return contains(server().cli({"CLIENT", "LIST"}), "cmd=blpop"); });
    }
    on.run_until([&] { return on.stats().connections == 1; });
}

TEST_CASE("redis session: where the server has no RESET, each is a new connection")
{
    support::redis_server older({"--rename-command", "RESET", ""});
    connected on(redis::config(older.url()).max_dedicated(1));
    auto work = [](redis::client db) -> asio::awaitable<void> {
        auto alone = co_await db.session();
        co_await alone->exec<redis::ok>("SELECT", 5);
    };
    on.run(work(on.db));
    on.run(work(on.db));
    on.run_until([&] { return on.stats().connections == 1; });
    CHECK(on.exec<long>("DBSIZE") == 0);
}

// ---- Subscriptions
// ---------------------------------------------------------------------------------

TEST_CASE("redis subscription: messages of channels and patterns, in both protocols")
{
    for (const char* rest : {"", "?protocol=2"}) {
        CAPTURE(rest);
        shared_server on(rest);
        auto news = subscribe(on, (redis::channels("news").pattern("alarm:*").sharded("shard")));
        on.exec<long>("PUBLISH", "news", "one");
        on.exec<long>("PUBLISH", "alarm:fire", "two");
        on.exec<long>("PUBLISH", "other", "nothing");
        on.exec<long>("SPUBLISH", "shard", "three");
        const auto first = on.run(news->next());
        CHECK(first.channel == "news");
        CHECK(first.text == "one");
        CHECK_FALSE(first.lagged());
        const auto second = on.run(news->next());
        CHECK(second.channel == "alarm:fire");
        CHECK(second.pattern == "alarm:*");
        CHECK(second.text == "two");
        CHECK(on.run(news->next()).text == "three");
    }
}

TEST_CASE("redis subscription: each of several gets what it asked for, until it ends")
{
    shared_server on;
    auto both = subscribe(on, (redis::channels("a").add("b")));
    {
        auto one = subscribe(on, ("a"));
        on.exec<long>("PUBLISH", "a", "1");
        CHECK(on.run(one->next()).text == "1");
    }
    CHECK(on.run(both->next()).text == "1");
    on.run_until([&] { return on.exec<long>("PUBLISH", "b", "2") == 1; });
    CHECK(on.run(both->next()).text == "2");
    {
        auto gone = std::move(both);
    }
    on.run_until([&] { return on.exec<long>("PUBLISH", "a", "x") == 0; });
}

TEST_CASE(
    "redis subscription: a reader who is slow loses the oldest, is told so, and holds up nobody")
{
    shared_server on;
    auto slow = subscribe(on, (redis::channels("c").capacity(10)));
    for (int number = 0; number < 1000; ++number)
        on.exec<long>("PUBLISH", "c", number);
    CHECK(on.exec<std::string>("PING") == "PONG");
    on.run_until([&] { return slow->dropped() == 990; });
    CHECK(on.run(slow->next()).lagged());
    CHECK(on.run(slow->next()).text == "990");
}

TEST_CASE("redis subscription: it is taken up again after a lost connection, and says lagged")
{
    support::fault_proxy proxy(server().port());
    connected on(redis::config(proxy.url()).pause(1ms, 5ms));
    auto news = subscribe(on, (redis::channels("news").pattern("p*")));
    on.exec<long>("PUBLISH", "news", "before");
    CHECK(on.run(news->next()).text == "before");
    proxy.cut();
    CHECK(on.run(news->next()).lagged());
    shared_server other;
    other.run_until([&] { return other.exec<long>("PUBLISH", "news", "after") == 1; });
    CHECK(on.run(news->next()).text == "after");
}

TEST_CASE("redis subscription: closing the client ends it, and cancelling a wait loses nothing")
{
    shared_server on;
    auto news = subscribe(on, ("c"));
    const auto left = support::start(on.io, news->next());
    on.exec<std::string>("PING");
    left.cancel();
    on.run_until([&] { return left.done(); });
    CHECK(left.error() == asio::error::operation_aborted);
    on.exec<long>("PUBLISH", "c", "kept");
    CHECK(on.run(news->next()).text == "kept");
    const auto last = support::start(on.io, news->next());
    on.run(on.db.close());
    on.run_until([&] { return last.done(); });
    CHECK(last.error() == errc::closed);
}

// ---- Executors and lifetimes
// -----------------------------------------------------------------------

TEST_CASE("redis client: coroutines of other threads use it too, and cancel from there")
{
    shared_server on;
    auto work = [](redis::client db) -> asio::awaitable<long> {
        long last = 0;
        for (int round = 0; round < 200; ++round)
            last = co_await db.exec<long>("INCR", "n");
        co_return last;
    };
    asio::thread_pool pool(2);
    auto first = asio::co_spawn(pool, work(on.db), asio::use_future);
    auto second = asio::co_spawn(asio::make_strand(pool), work(on.db), asio::use_future);
    on.run_until([&] {
        return first.wait_for(0s) == std::future_status::ready &&
               second.wait_for(0s) == std::future_status::ready;
    });
    CHECK(std::max(first.get(), second.get()) == 400);

    const auto elsewhere = asio::make_strand(pool);
    asio::cancellation_signal stop; // of `elsewhere`
    auto waiting = asio::co_spawn(elsewhere, on.db.exec<popped>("BLPOP", "l", 0),
                                  asio::bind_cancellation_slot(stop.slot(), asio::use_future));
    on.run_until([&] { return contains(server().cli({"CLIENT", "LIST"}), "cmd=blpop"); });
    asio::post(elsewhere, [&] { stop.emit(asio::cancellation_type::terminal); });
    on.run_until([&] { return waiting.wait_for(0s) == std::future_status::ready; });
    CHECK_THROWS_AS(waiting.get(), boost::system::system_error);
    pool.join();
}

TEST_CASE("redis client: on a thread pool it makes itself a strand")
{
    asio::thread_pool pool(2);
    redis::client db(pool.get_executor(), server().url());
    std::vector<std::future<long>> all;
    for (int count = 0; count < 64; ++count)
        all.push_back(asio::co_spawn(pool, db.exec<long>("INCR", "of-pool"), asio::use_future));
    for (auto& one : all)
        CHECK(one.get() > 0);
    asio::co_spawn(pool, db.close(), asio::use_future).get();
    pool.join();
}

TEST_CASE("redis client: its last handle lets go of the connections")
{
    loop on;
    {
        redis::client db(on.io.get_executor(), server().url("?client_name=last-handle"));
        on.run(db.exec("PING"));
    }
    on.run_until([&] { return !contains(server().cli({"CLIENT", "LIST"}), "last-handle"); });
    on.io.restart();
    on.run_until([&] { return on.io.poll_one() == 0; });
}

namespace {

asio::awaitable<void> use_everything(redis::client db, support::live)
{
    const support::live here;
    co_await db.exec<redis::ok>("SET", "k", 1);
    auto news = co_await db.subscribe("c");
    co_await db.exec<long>("PUBLISH", "c", "x");
    co_await news.next();
    co_await db.exec<popped>("BLPOP", "none", 0.001);
    auto own = co_await db.session();
    co_await own->exec<redis::ok>("WATCH", "k");
    co_await db.exec<popped>("BLPOP", "none", 0);
}

} // namespace

TEST_CASE("redis client: an execution context that goes takes everything with it, at any step")
{
    for (int steps = 0; steps < 80; ++steps) {
        CAPTURE(steps);
        auto io = std::make_unique<asio::io_context>(1);
        std::optional<redis::client> outlives;
        {
            redis::client db(io->get_executor(), server().url());
            outlives.emplace(db);
            for (int count = 0; count < 3; ++count)
                asio::co_spawn(*io, use_everything(db, support::live()), asio::detached);
        }
        for (int step = 0; step < steps; ++step)
            io->run_one_for(20ms);
        io.reset();
        CHECK(support::live::count() == 0);
    }
}
