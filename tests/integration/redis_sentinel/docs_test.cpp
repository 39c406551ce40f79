// SPDX-License-Identifier: BSL-1.0
// The snippets of docs/redis.md that need several servers.
#include "sentinel_fixture.hpp"

using namespace redis_test;

namespace {

asio::awaitable<void> waits(redis::client db)
{
    //! [wait]
    redis::request kept("SET", "name", "Ada");
    kept.add("WAIT", 1, 100);
    auto [set, replicas] = co_await db.batch<redis::ok, long>(kept);
    //! [wait]
    CHECK(set.has_value());
    CHECK(replicas.value() >= 1);
}

asio::awaitable<void> reads(redis::client db)
{
    //! [replicas]
    const auto anywhere = db.with(redis::read_from(redis::read_policy::prefer_replica));
    auto name = co_await anywhere.exec<std::optional<std::string>>("GET", "name");
    //! [replicas]
    CHECK(name.value_or("Ada") == "Ada");
}

} // namespace

TEST_CASE("redis document: what it shows of several servers works")
{
    connected on(sentinels().url("/0"));
    on.run(waits(on.db));
    on.run(reads(on.db));
}
