// SPDX-License-Identifier: BSL-1.0
// The snippets of docs/redis.md.
#include "redis_fixture.hpp"

#include <cstdio>
#include <map>
#include <tuple>

using namespace redis_test;

namespace {

asio::awaitable<void> commands(redis::client db)
{
    //! [commands]
    co_await db.exec<redis::ok>("SET", "name", "Ada", "PX", 60'000);
    auto name = co_await db.exec<std::optional<std::string>>("GET", "name");
    auto views = co_await db.exec<long>("INCR", "views");
    co_await db.exec<long>("HSET", "user:1", "name", "Ada", "age", 36);
    auto user = co_await db.exec<std::map<std::string, std::string>>("HGETALL", "user:1");
    //! [commands]
    CHECK(name == "Ada");
    CHECK(views == 1);
    CHECK(user.size() == 2);
}

asio::awaitable<void> several(redis::client db)
{
    //! [several]
    redis::request both;
    both.add("INCR", "views").add("GET", "name");
    auto [views, name] = co_await db.batch<long, std::optional<std::string>>(both);
    if (views.has_value()) // else views.error() holds the server's words
        both.clear();

    redis::request moves;
    moves.add("DECRBY", "from", 10).add("INCRBY", "to", 10);
    auto moved = co_await db.transaction<long, long>(moves); // as one
    //! [several]
    CHECK(name.has_value());
    CHECK(moved.has_value());
}

asio::awaitable<void> counted(redis::client db)
{
    //! [counted]
    redis::client_stats seen = co_await db.stats();
    std::size_t waiting = seen.queued + seen.in_flight;
    auto reads = seen.latency.of(redis::command_kind::read);
    if (reads.quantile(0.99) > 100ms || seen.connections_lost > 0)
        std::printf("%zu calls wait\n", waiting);
    //! [counted]
    CHECK(reads.count() > 0);
}

asio::awaitable<void> scripts(redis::client db)
{
    //! [scripts]
    static const redis::script take("local n = tonumber(redis.call('GET', KEYS[1]) or 0) "
                                    "if n < tonumber(ARGV[1]) then return 0 end "
                                    "return redis.call('DECRBY', KEYS[1], ARGV[1])");
    const std::vector<std::string> keys{"stock"};
    auto left = co_await db.eval<long>(take, keys, 5);
    //! [scripts]
    CHECK(left == 0);
}

asio::awaitable<void> terms(redis::client db)
{
    //! [terms]
    co_await db.with(redis::within(50ms)).exec<long>("INCR", "views");
    auto repeatable = redis::call_terms().within(2s).idempotent();
    co_await db.with(repeatable).exec<redis::ok>("SET", "name", "Grace");
    //! [terms]
}

asio::awaitable<void> errors(redis::client db)
{
    //! [errors]
    try {
        co_await db.exec<long>("INCR", "name");
    } catch (const redis::error& failed) {
        if (failed.code() == coffer::errc::server_refused && failed.reply().is("ERR"))
            co_return; // not a number
        if (failed.maybe_executed())
            throw; // sent, and no answer came: it may have happened
    }
    //! [errors]
    FAIL("a name was counted up");
}

asio::awaitable<void> alone(redis::client db)
{
    //! [alone]
    auto job =
        co_await db.exec<std::optional<std::pair<std::string, std::string>>>("BLPOP", "jobs", 0.01);
    auto own = co_await db.session();
    co_await own->exec<redis::ok>("WATCH", "balance");
    auto now = co_await own->exec<std::optional<long>>("GET", "balance");
    redis::request change("SET", "balance", now.value_or(0) + 1);
    auto done = co_await own->transaction<redis::ok>(change); // nothing: somebody else changed it
    //! [alone]
    CHECK_FALSE(job);
    CHECK(done);
}

asio::awaitable<void> channels(redis::client db)
{
    //! [channels]
    auto news = co_await db.subscribe(redis::channels("news").pattern("alarm:*"));
    co_await db.exec<long>("PUBLISH", "alarm:fire", "kitchen");
    redis::message one = co_await news.next();
    if (one.lagged())
        co_return; // something may have been missed
    //! [channels]
    CHECK(one.channel == "alarm:fire");
    CHECK(one.text == "kitchen");
}

} // namespace

TEST_CASE("redis document: what it shows works")
{
    shared_server on;
    on.run(commands(on.db));
    on.run(several(on.db));
    on.run(counted(on.db));
    on.run(scripts(on.db));
    on.run(terms(on.db));
    on.run(errors(on.db));
    on.run(alone(on.db));
    on.run(channels(on.db));
}
