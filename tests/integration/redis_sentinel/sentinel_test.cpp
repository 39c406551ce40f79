// SPDX-License-Identifier: BSL-1.0
#include "sentinel_fixture.hpp"
#include "support/live.hpp"

#include <boost/asio/thread_pool.hpp>

#include <future>
#include <memory>
#include <optional>

using namespace redis_test;

namespace {

asio::awaitable<long> counted_alone(redis::client db, std::string key)
{
    auto own = co_await db.session();
    co_await own->exec<redis::ok>("WATCH", key);
    co_return co_await own->exec<long>("INCR", key);
}

asio::awaitable<void> count_up(redis::client db, int times)
{
    while (times-- > 0)
        co_await db.with(redis::within(20s)).exec<long>("INCR", "pooled");
}

asio::awaitable<void> use_both(redis::client db, support::live)
{
    const auto patient = db.with(redis::within(20s));
    co_await patient.exec<redis::ok>("SET", "both", "v");
    co_await patient.exec<redis::value>("GET", "both");
}

} // namespace

TEST_CASE("redis sentinel: the master is found, and takes commands of all kinds")
{
    connected on(sentinels().url());
    on.run(on.db.connect());
    on.exec<redis::ok>("SET", "{k}1", "v");
    CHECK(on.exec<std::string>("GET", "{k}1") == "v");
    CHECK(role_of(on) == "master");
    redis::request both;
    both.add("INCR", "{k}n").add("INCR", "{k}n");
    CHECK(on.run(on.db.transaction<long, long>(both)).has_value());
    static const redis::script twice("return ARGV[1] * 2");
    CHECK(on.run(on.db.eval<long>(twice, strings{"{k}1"}, 21)) == 42);
    CHECK(on.run(on.db.eval<long>(twice, strings{"{k}1"}, 4)) == 8);
    CHECK(on.run(counted_alone(on.db, "{k}n")) == 3);
    on.exec<long>("DEL", "{k}1", "{k}n");
}

TEST_CASE("redis sentinel: any Sentinel that lives leads to the master, and to the others")
{
    auto& set = sentinels();
    const auto nobody = support::free_port();
    for (std::size_t alive = 0; alive < 3; ++alive) {
        connected on(only({nobody, set.sentinel_port(alive)}, "/mymaster"));
        on.exec<redis::ok>("SET", "k", "v");
        CHECK(role_of(on) == "master");
    }
}

TEST_CASE("redis sentinel: one that hangs holds nobody up")
{
    auto& set = sentinels();
    set.stop_sentinel(0);
    connected on(set.url());
    on.exec<redis::ok>("SET", "k", "v");
    set.resume_sentinel(0);
    set.await_sentinels();
}

TEST_CASE("redis sentinel: what each of them said is told")
{
    auto& set = sentinels();
    const auto nobody = support::free_port();
    connected wrong(redis::config(only({nobody, set.sentinel_port(1)}, "/other")).deadline(500ms));
    const auto late = wrong.failure_of(wrong.db.exec("GET", "k"));
    CHECK(late.code() == errc::timeout);
    CHECK_FALSE(late.maybe_executed());
    CHECK_MESSAGE(contains(late.what(), "knows no master of that name"), std::string(late.what()));
    CHECK_MESSAGE(contains(late.what(), "refused"), std::string(late.what()));
    const auto why = wrong.failure_of(wrong.db.connect());
    CHECK_MESSAGE(contains(why.what(), "\"other\""), std::string(why.what()));
}

TEST_CASE("redis sentinel: a database and a name are those of the servers with the data")
{
    connected on(sentinels().url("/3?client_name=tester"));
    on.exec<redis::ok>("SET", "only-here", "v");
    const auto clients = sentinels().ask(sentinels().master(), {"CLIENT", "LIST"}).at(0);
    CHECK(contains(clients, "name=tester"));
    CHECK(sentinels().ask(0, {"GET", "only-here"}).at(0).empty());
    CHECK(on.exec<long>("DEL", "only-here") == 1);
}

TEST_CASE("redis sentinel: a client of a thread pool finds its way on one strand")
{
    asio::thread_pool pool(3);
    redis::client db(pool.get_executor(), sentinels().url());
    std::vector<std::future<void>> all;
    for (int id = 0; id < 30; ++id)
        all.push_back(asio::co_spawn(pool, count_up(db, 10), asio::use_future));
    for (auto& each : all)
        each.get();
    CHECK(asio::co_spawn(pool, db.exec<long>("DEL", "pooled"), asio::use_future).get() == 1);
    asio::co_spawn(pool, db.close(), asio::use_future).get();
}

TEST_CASE("redis sentinel: an execution context that goes takes everything with it, at any step")
{
    const auto url = sentinels().url("?read_from=nearest");
    for (int steps = 0; steps < 70; ++steps) {
        CAPTURE(steps);
        auto io = std::make_unique<asio::io_context>(1);
        std::optional<redis::client> outlives;
        {
            redis::client db(io->get_executor(), url);
            outlives.emplace(db);
            for (int count = 0; count < 3; ++count)
                asio::co_spawn(*io, use_both(db, support::live()), asio::detached);
        }
        for (int step = 0; step < steps; ++step)
            io->run_one_for(5ms);
        io.reset();
        CHECK(support::live::count() == 0);
    }
}

TEST_CASE("redis sentinel: a client that nobody has any more ends by itself")
{
    asio::io_context io(1);
    {
        redis::client db(io.get_executor(), sentinels().url());
        asio::co_spawn(io, use_both(db, support::live()), asio::detached);
    }
    io.run_for(20s);
    CHECK(io.stopped());
    CHECK(support::live::count() == 0);
}

TEST_CASE("redis sentinel: passwords of both, and TLS to both")
{
    support::sentinels_options asks;
    asks.password = "data-secret";
    asks.sentinel_password = "sentinel-secret";
    asks.tls = true;
    redis_sentinels set(asks);
    const auto tls = "&ca_file=" + set.files().authority().string();
    {
        connected on(set.url("?sentinel_password=sentinel-secret" + tls));
        on.exec<redis::ok>("SET", "k", "v");
        const auto replica = on.db.with(redis::read_from(redis::read_policy::replica));
        set.ask(0, {"WAIT", "2", "5000"});
        CHECK(on.run(replica.exec<std::string>("GET", "k")) == "v");
    }
    {
        std::string plain = "rediss+sentinel://:data-secret@";
        for (std::size_t at = 0; at < 3; ++at)
            plain +=
                (at ? ",127.0.0.1:" : "127.0.0.1:") + std::to_string(set.plain_sentinel_port(at));
        // They name each other by their other port, and so cannot all be asked.
        connected on(plain + "/mymaster?sentinel_tls=no&sentinel_password=sentinel-secret" + tls);
        CHECK(on.exec<std::string>("GET", "k") == "v");
    }
    connected wrong(redis::config(set.url("?sentinel_password=hunter2" + tls)).deadline(500ms));
    const auto why = wrong.failure_of(wrong.db.exec("GET", "k"));
    CHECK_MESSAGE(contains(why.what(), "WRONGPASS"), std::string(why.what()));
    CHECK_FALSE(contains(why.what(), "hunter2"));
}
