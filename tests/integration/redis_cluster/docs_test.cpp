// SPDX-License-Identifier: BSL-1.0
// What docs/redis.md shows of a cluster.
#include "cluster_fixture.hpp"

using namespace redis_test;

namespace {

asio::awaitable<void> show_cluster(redis::client db)
{
    //! [cluster]
    redis::request several;
    several.add("SET", "user:1", "Ada")
        .add("SET", "user:2", "Grace")
        .add("MGET", "user:1", "user:2");
    auto results = co_await db.batch<redis::value>(several); // by node at once; in this order
    auto gone = co_await db.exec<long>("DEL", "user:1", "user:2");

    // What belongs together is kept together by a hash tag.
    redis::request moves;
    moves.add("DECRBY", "{account:1}:free", 10).add("INCRBY", "{account:1}:held", 10);
    auto moved = co_await db.transaction<long, long>(moves);
    auto own = co_await db.session("{account:1}:free"); // on the node that has it
    //! [cluster]
    CHECK(results.size() == 3);
    CHECK(gone == 2);
    CHECK(moved.has_value());
    CHECK(co_await own->exec<long>("GET", "{account:1}:free") == -10);
}

} // namespace

TEST_CASE("redis cluster: what the documents show")
{
    on_cluster on;
    on.run(show_cluster(on.db));
}
