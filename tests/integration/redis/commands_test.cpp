// SPDX-License-Identifier: BSL-1.0
#include "redis_fixture.hpp"

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

TEST_CASE("redis: a script runs by its digest, and in full where the server has lost it")
{
    shared_server on;
    const redis::script add("return redis.call('INCRBY', KEYS[1], ARGV[1])");
    const strings keys{"n"};
    CHECK(on.run(on.db.eval<long>(add, keys, 2)) == 2);
    CHECK(on.run(on.db.eval<long>(add, keys, 2)) == 4);
    on.exec<redis::ok>("SCRIPT", "FLUSH");
    CHECK(on.run(on.db.eval<long>(add, keys, 2)) == 6);
    CHECK(on.run(on.db.eval<long>(add, keys, 2)) == 8);
}
