// SPDX-License-Identifier: BSL-1.0
// What the tests of Cluster stand on.
#include "support/servers/redis_cluster.hpp"

#include <doctest/doctest.h>

#include <chrono>

using support::redis_cluster;

TEST_CASE("redis cluster: keys are where the fixture says, and a slot moves in steps")
{
    redis_cluster cluster;
    REQUIRE(cluster.size() == 3);
    for (const char* key : {"", "a", "{a}b", "x{}y{z}", "{", "a{b", "123456789", "{{a}}"})
        CHECK(cluster.ask(0, {"CLUSTER", "KEYSLOT", key}).at(0) ==
              std::to_string(redis_cluster::slot_of(key)));
    const std::string key = redis_cluster::key_in(42);
    CHECK(redis_cluster::slot_of(key) == 42);
    CHECK(cluster.owner_of(42) == 0);
    CHECK(cluster.owner_of(16'383) == 2);

    cluster.ask(0, {"SET", key, "value"});
    auto moving = cluster.begin_move(42, 2);
    CHECK(cluster.ask(0, {"GET", key}).at(0) == "value");
    CHECK_THROWS_WITH(cluster.ask(0, {"GET", key + "2"}), doctest::Contains("ASK 42 "));
    CHECK(moving.keys());
    CHECK_THROWS_WITH(cluster.ask(0, {"GET", key}), doctest::Contains("ASK 42 "));
    CHECK_THROWS_WITH(cluster.ask(2, {"GET", key}), doctest::Contains("MOVED 42 "));
    CHECK(!moving.keys());
    moving.finish();
    CHECK(cluster.owner_of(42) == 2);
    CHECK(cluster.ask(2, {"GET", key}).at(0) == "value");
    CHECK_THROWS_WITH(cluster.ask(0, {"GET", key}), doctest::Contains("MOVED 42 "));
}

TEST_CASE("redis cluster: a replica takes over from a master that is killed")
{
    redis_cluster cluster(3, 1);
    REQUIRE(cluster.size() == 6);
    const std::string key = redis_cluster::key_in(1);
    cluster.ask(0, {"SET", key, "value"});
    cluster.await_replicas();
    CHECK(cluster.is_master(0));
    CHECK(cluster.replica_of(0) == 3);
    cluster.kill(0);
    CHECK(cluster.await_new_owner(1, 0) == 3);
    CHECK(cluster.ask(3, {"GET", key}).at(0) == "value");
    cluster.restart(0);
    cluster.await_replicas();
    CHECK(!cluster.is_master(0));
    CHECK(cluster.replica_of(3) == 0);
}
