// SPDX-License-Identifier: BSL-1.0
#include "redis_fixture.hpp"

#include <cstdint>
#include <future>
#include <map>
#include <set>

using namespace redis_test;

TEST_CASE("redis: what is set can be read, and what is not there is empty")
{
    shared_server on;
    CHECK_FALSE(on.exec<std::optional<std::string>>("GET", "k"));
    on.exec<redis::ok>("SET", "k", "a value");
    CHECK(on.exec<std::optional<std::string>>("GET", "k") == "a value");
    CHECK(on.exec<std::string>("GET", "k") == "a value");
    CHECK(server().cli({"GET", "k"}) == "a value");
}

TEST_CASE("redis: bytes of all values come back as they were")
{
    shared_server on;
    std::string all;
    for (int value = 0; value < 256; ++value)
        all += static_cast<char>(value);
    on.exec<redis::ok>("SET", all, all + "\r\n$-1\r\n");
    CHECK(on.exec<std::string>("GET", all) == all + "\r\n$-1\r\n");
    on.exec<redis::ok>("SET", "empty", "");
    CHECK(on.exec<std::optional<std::string>>("GET", "empty") == "");
}

TEST_CASE("redis: every kind of reply has its type, in both protocols")
{
    for (const char* rest : {"", "?protocol=2"}) {
        CAPTURE(rest);
        shared_server on(rest);
        CHECK(on.exec<std::int64_t>("INCRBY", "n", 9'000'000'000) == 9'000'000'000);
        CHECK(on.exec<double>("INCRBYFLOAT", "f", 1.5) == 1.5);
        on.exec<long>("RPUSH", "l", "a", "b", "c");
        CHECK(on.exec<strings>("LRANGE", "l", 0, -1) == strings{"a", "b", "c"});
        on.exec<long>("SADD", "s", "x", "y");
        CHECK(on.exec<std::set<std::string>>("SMEMBERS", "s") == std::set<std::string>{"x", "y"});
        on.exec<long>("HSET", "h", "one", 1, "two", 2);
        CHECK(on.exec<std::map<std::string, int>>("HGETALL", "h") ==
              std::map<std::string, int>{{"one", 1}, {"two", 2}});
        on.exec<long>("ZADD", "z", 2.5, "m");
        CHECK(on.exec<std::optional<double>>("ZSCORE", "z", "m") == 2.5);
        CHECK(on.exec<std::vector<std::optional<std::string>>>("MGET", "n", "none") ==
              std::vector<std::optional<std::string>>{"9000000000", std::nullopt});
        CHECK(on.exec<bool>("EXISTS", "n"));
        CHECK(on.exec<std::pair<std::string, strings>>("SCAN", 0, "MATCH", "z").second ==
              strings{"z"});
        CHECK(on.exec<redis::value>("GET", "none").is<redis::value::null>());
        CHECK(contains(on.exec<std::string>("INFO", "server"), "redis_version"));
    }
}

TEST_CASE("redis: the types of RESP3 arrive as such")
{
    shared_server on;
    CHECK(on.exec<redis::value>("DEBUG", "PROTOCOL", "BIGNUM").is<redis::value::big_number>());
    CHECK(on.exec<redis::value>("DEBUG", "PROTOCOL", "VERBATIM").is<redis::value::verbatim>());
    CHECK(on.exec<redis::value>("DEBUG", "PROTOCOL", "DOUBLE").is<double>());
    CHECK(on.exec<redis::value>("DEBUG", "PROTOCOL", "TRUE") == redis::value(true));
    CHECK(on.exec<redis::value>("DEBUG", "PROTOCOL", "NULL").is<redis::value::null>());
    CHECK(on.exec<redis::value>("DEBUG", "PROTOCOL", "MAP").is<redis::value::map>());
    CHECK(on.exec<redis::value>("DEBUG", "PROTOCOL", "SET").is<redis::value::set>());
    CHECK_NOTHROW(on.exec<redis::value>("DEBUG", "PROTOCOL", "ATTRIB"));
}

TEST_CASE("redis: a refusal holds the server's words, the command and the node, and no argument")
{
    shared_server on;
    on.exec<redis::ok>("SET", "k", "text");
    const auto refused = on.failure_of(on.db.exec<long>("LPUSH", "k", "secret-value"));
    CHECK(refused.code() == errc::server_refused);
    CHECK(refused.reply().is("WRONGTYPE"));
    CHECK(refused.command() == "LPUSH");
    CHECK(refused.node() == "127.0.0.1:" + std::to_string(server().port()));
    CHECK(refused.attempts() == 1);
    CHECK_FALSE(refused.maybe_executed());
    CHECK_FALSE(contains(refused.what(), "secret-value"));
}

TEST_CASE("redis: a reply that does not fit fails its own call, and no neighbour")
{
    shared_server on;
    on.exec<redis::ok>("SET", "k", "text");
    std::vector<support::outcome_of<std::string>> good;
    for (int count = 0; count < 5; ++count)
        good.push_back(support::start(on.io, on.db.exec<std::string>("GET", "k")));
    const auto wrong = support::start(on.io, on.db.exec<int>("GET", "k"));
    for (int count = 0; count < 5; ++count)
        good.push_back(support::start(on.io, on.db.exec<std::string>("GET", "k")));
    on.run_until([&] { return wrong.done() && good.back().done(); });
    CHECK(wrong.error() == errc::unexpected_reply);
    for (const auto& one : good)
        CHECK(one.get() == "text");
    CHECK(on.stats().connections_lost == 0);
}

TEST_CASE("redis: values of 10 MiB go both ways, while small ones pass")
{
    shared_server on;
    std::string large(10 << 20, 'x');
    for (std::size_t at = 0; at < large.size(); at += 4099)
        large[at] = static_cast<char>(at);
    const auto set = support::start(on.io, on.db.exec<redis::ok>("SET", "large", large));
    const auto borrowed =
        support::start(on.io, on.db.exec<redis::ok>("SET", "again", redis::borrowed{large}));
    const auto small = support::start(on.io, on.db.exec<long>("INCR", "n"));
    on.run_until([&] { return set.done() && borrowed.done() && small.done(); });
    CHECK(small.get() == 1);
    const auto first = support::start(on.io, on.db.exec<std::string>("GET", "large"));
    const auto second = support::start(on.io, on.db.exec<std::string>("GET", "again"));
    on.run_until([&] { return first.done() && second.done(); });
    CHECK((first.get() == large));
    CHECK((second.get() == large));
}

TEST_CASE("redis: a pipeline gives the result of each command, and refusals among them")
{
    shared_server on;
    redis::request several;
    several.add("SET", "k", 5).add("INCR", "k").add("LPUSH", "k", 1).add("GET", "k");
    const auto [set, incremented, pushed, got] =
        on.run(on.db.batch<redis::ok, long, long, std::string>(several));
    CHECK(set.has_value());
    CHECK(incremented.value() == 6);
    CHECK(pushed.error().is("WRONGTYPE"));
    CHECK(got.value() == "6");
}

TEST_CASE("redis: a pipeline of one type gives as many results as there are commands")
{
    shared_server on;
    redis::request several;
    for (int at = 0; at < 1000; ++at)
        several.add("INCRBY", "n", at);
    const auto results = on.run(on.db.batch<long>(several));
    REQUIRE(results.size() == 1000);
    CHECK(results.front().value() == 0);
    CHECK(results.back().value() == 499'500);
}

TEST_CASE("redis: a transaction is carried out as one, and gives the result of each command")
{
    shared_server on;
    redis::request several;
    several.add("SET", "k", 1).add("INCR", "k").add("LPUSH", "k", "x");
    const auto done = on.run(on.db.transaction<redis::ok, long, long>(several));
    REQUIRE(done);
    CHECK(std::get<1>(*done).value() == 2);
    CHECK(std::get<2>(*done).error().is("WRONGTYPE"));
    const auto again = on.run(on.db.transaction(redis::request("INCR", "k")));
    REQUIRE(again);
    CHECK(again->front().value() == redis::value(std::int64_t(3)));
}

TEST_CASE("redis: a transaction with a command that cannot be queued does nothing, and says why")
{
    shared_server on;
    redis::request several;
    several.add("SET", "k", 1).add("INCR").add("SET", "k", 2);
    const auto failed = on.failure_of(on.db.transaction<>(several));
    CHECK(failed.code() == errc::server_refused);
    CHECK(contains(failed.reply().text(), "wrong number of arguments"));
    CHECK_FALSE(on.exec<bool>("EXISTS", "k"));
    CHECK(on.exec<long>("INCR", "n") == 1);
}

TEST_CASE("redis: a script runs by its digest, and in full where the server has lost it")
{
    shared_server on;
    const redis::script add("return redis.call('INCRBY', KEYS[1], ARGV[1])");
    CHECK(add.digest() == server().cli({"SCRIPT", "LOAD", add.text()}));
    const strings keys{"n"};
    on.exec<redis::ok>("SCRIPT", "FLUSH");
    CHECK(on.run(on.db.eval<long>(add, keys, 2)) == 2);
    CHECK(on.run(on.db.eval<long>(add, keys, 2)) == 4);
    on.exec<redis::ok>("SCRIPT", "FLUSH");
    CHECK(on.run(on.db.eval<long>(add, keys, 2)) == 6);
    CHECK(on.run(on.db.eval<long>(add, keys, 2)) == 8);
    CHECK(contains(server().cli({"INFO", "commandstats"}), "cmdstat_evalsha:calls=3"));
}

TEST_CASE("redis: a script's own error is a refusal")
{
    shared_server on;
    const redis::script fails("return redis.error_reply('MINE not today')");
    const auto refused = on.failure_of(on.db.eval<long>(fails, strings{}));
    CHECK(refused.reply().is("MINE"));
}

TEST_CASE("redis: scripts that were loaded go into a pipeline")
{
    shared_server on;
    const redis::script get("return redis.call('GET', KEYS[1])");
    on.run(on.db.load(get));
    on.exec<redis::ok>("SET", "a", 1);
    redis::request several;
    for (const char* key : {"a", "b"})
        several.add("EVALSHA", get.digest(), 1, key);
    const auto results = on.run(on.db.batch<std::optional<std::string>>(several));
    CHECK(results[0].value() == "1");
    CHECK_FALSE(results[1].value());
}

TEST_CASE("redis: any completion token takes a result")
{
    shared_server on;
    long counted = 0;
    on.db.async_exec<long>("INCR", "n", [&](std::exception_ptr failed, long now) {
        CHECK_FALSE(failed);
        counted = now;
    });
    on.run_until([&] { return counted == 1; });
    auto later = on.db.async_exec<long>("INCR", "n", asio::use_future);
    on.run_until([&] { return later.wait_for(0s) == std::future_status::ready; });
    CHECK(later.get() == 2);
}

TEST_CASE("redis: what would harm those who share the connection is refused before it is sent")
{
    shared_server on;
    CHECK_THROWS_WITH_AS(on.exec("SELECT", 1), doctest::Contains("use session()"),
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(on.exec("SUBSCRIBE", "c"), doctest::Contains("use subscribe()"),
                         std::invalid_argument);
    CHECK_THROWS_AS(on.exec("WATCH", "k"), std::invalid_argument);
    CHECK_THROWS_AS(on.exec("MONITOR"), std::invalid_argument);
    redis::request two;
    two.add("PING").add("PING");
    CHECK_THROWS_WITH_AS(on.run(on.db.exec(two)), doctest::Contains("use batch()"),
                         std::invalid_argument);
    const auto three_of_two = [&] { return on.db.batch<long, long, long>(two); };
    CHECK_THROWS_AS(on.run(three_of_two()), std::invalid_argument);
    CHECK_THROWS_AS(on.run(on.db.batch(redis::request())), std::invalid_argument);
    CHECK_THROWS_AS(on.run(on.db.batch(redis::request().multi())), std::invalid_argument);
}

TEST_CASE("redis: many coroutines share one connection, and each gets its own answer")
{
    shared_server on;
    auto work = [](redis::client db, int id, int& wrong) -> asio::awaitable<void> {
        const auto key = "k" + std::to_string(id);
        for (int round = 0; round < 200; ++round) {
            const auto value = key + "=" + std::to_string(round);
            co_await db.exec<redis::ok>("SET", key, value);
            const auto got = co_await db.exec<std::string>("GET", key);
            wrong += got != value;
        }
    };
    int wrong = 0;
    std::vector<support::outcome_of<void>> all;
    for (int id = 0; id < 64; ++id)
        all.push_back(support::start(on.io, work(on.db, id, wrong)));
    on.run_until([&] {
        return std::all_of(all.begin(), all.end(), [](const auto& one) { return one.done(); });
    });
    CHECK(wrong == 0);
    const auto seen = on.stats();
    CHECK(seen.connected == 1);
    CHECK(seen.answered >= 64 * 400);
    CHECK(seen.writes < seen.answered / 8); // a write for many
    CHECK(seen.in_flight + seen.queued == 0);
}

TEST_CASE("redis client: how long calls took is counted by the kind of command")
{
    using redis::command_kind;
    shared_server on("?deadline=none");
    const auto before = on.stats().latency;
    on.exec<redis::ok>("SET", "k", "v");
    on.exec<std::string>("GET", "k");
    on.exec<std::string>("GET", "k");
    on.exec<long>("EVAL", "return 1", 0);
    on.exec<std::optional<redis::value>>("BLPOP", "none", 0.01);
    CHECK_THROWS(on.exec<long>("LLEN", "k")); // answered, with an error
    CHECK_THROWS(on.run(on.db.with(redis::within(1ms)).exec("BLPOP", "none", 10)));
    const auto now = on.stats().latency;
    const auto since = [&](command_kind kind) {
        return now.of(kind).count() - before.of(kind).count();
    };
    CHECK(since(command_kind::write) == 1);
    CHECK(since(command_kind::read) == 3);
    CHECK(since(command_kind::script) == 1);
    CHECK(since(command_kind::waiting) == 1); // the other one timed out
    CHECK(since(command_kind::other) == 0);
    CHECK(now.of(command_kind::read).quantile(0.99) > 0ns);
    CHECK(now.of(command_kind::read).quantile(0.5) <= now.of(command_kind::read).quantile(0.99));
    CHECK(now.total().count() == before.total().count() + 6);
}
