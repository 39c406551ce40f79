// SPDX-License-Identifier: BSL-1.0
// What the tests of Sentinel stand on.
#include "support/servers/redis_sentinels.hpp"

#include <doctest/doctest.h>

using support::redis_sentinels;

TEST_CASE("redis sentinels: a replica takes over from a master that is killed, and it comes back")
{
    redis_sentinels set;
    REQUIRE(set.master() == 0);
    set.ask(0, {"SET", "key", "value"});
    CHECK(set.ask(0, {"WAIT", "2", "5000"}).at(0) == "2");
    set.kill(0);
    const auto now = set.await_new_master(0);
    CHECK(set.ask(now, {"GET", "key"}).at(0) == "value");
    set.await_replicas();
    set.restart(0);
    CHECK(set.is_master(0)); // it does not know yet
    set.await_replicas();
    CHECK_FALSE(set.is_master(0));
    CHECK(set.ask(0, {"GET", "key"}).at(0) == "value");
}

TEST_CASE("redis sentinels: Sentinels that are killed or stopped come back")
{
    redis_sentinels set;
    set.kill_sentinel(0);
    CHECK_THROWS(set.ask_sentinel(0, {"PING"}));
    set.stop_sentinel(1);
    CHECK(set.master() == 0);
    set.resume_sentinel(1);
    set.restart_sentinel(0);
    CHECK(set.ask_sentinel(0, {"PING"}).at(0) == "PONG");
}

TEST_CASE("redis sentinels: passwords and TLS")
{
    support::sentinels_options asks;
    asks.password = "data-secret";
    asks.sentinel_password = "sentinel-secret";
    asks.tls = true;
    redis_sentinels set(asks);
    CHECK(set.master() == 0);
    set.kill(0);
    CHECK(set.await_new_master(0) != 0);
}
