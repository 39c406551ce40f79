// SPDX-License-Identifier: BSL-1.0
// The storage over a master that Sentinels watch.
#include "fault_world.hpp"

#include "support/conformance.hpp"
#include "support/servers/redis_sentinels.hpp"

using namespace support;
using coffer::storage_ptr;

TEST_CASE("conformance: the Redis storage passes every check over Sentinels")
{
    const redis_sentinels set;
    client_thread on;
    const coffer::redis::config where(set.url("?deadline=20s"));
    const auto options =
        redis_storage_options().prefix("conformance").max_value(1 << 20).max_key(20'000);
    auto make = [&on, where, options]() -> storage_ptr {
        return redis_storage(on.executor(), where, options);
    };
    support::conforms(coffer::testing::storage_subject(make), {});
}

TEST_CASE("faults: the master of a Sentinel set is killed while functions are called")
{
    redis_sentinels set;
    set.await_sentinels();
    fault_world in(coffer::redis::config(set.url("?deadline=500ms")).pause(10ms, 100ms));
    in.await_hits(200);
    // All that was written is at the replicas: what is lost by Redis itself is not asked for here.
    in.hold_writers();
    set.await_replicas();
    const std::size_t victim = set.master();
    const unsigned before = in.loads();
    set.kill(victim);
    in.let_writers();
    set.await_new_master(victim);
    CHECK(in.loads() > before); // it kept answering
    in.await_writes(100);
    in.await_hits(500);
    set.restart(victim);
    in.await_hits(200);
    in.check();
}
