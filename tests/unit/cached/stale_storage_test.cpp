// SPDX-License-Identifier: BSL-1.0
// Stale values of a storage, and calls with their own terms.
#include "unit/cached/stored_fixture.hpp"

using namespace fixture;
using origin = coffer::source;

TEST_CASE("stale in a storage: served at once, while one load refreshes it")
{
    stored_bench b(shared_loads().ttl(10s).grace(10s));
    b.now(7);
    b.clock.advance(10s);
    b.from->version = 2;
    b.from->gate.emplace();
    auto first = b.start(b.f.get(7));
    b.drain();
    CHECK(first.get().value() == 7001);
    CHECK(first.get().source() == origin::stale);
    CHECK(b.there(7) == 7001); // there too, and no second load
    CHECK(b.now(7) == 7001);
    CHECK(b.from->runs == 2);
    CHECK(b.other->runs == 0);
    b.from->gate->set();
    b.drain();
    CHECK(b.now(7) == 7002);
    CHECK(b.f.stats().stale == 2);
    b.settled(4);
}

TEST_CASE("stale in a storage: the answer as long as loads fail; not after a hard invalidation")
{
    stored_bench b(shared_loads().ttl(10s).grace(10s));
    b.now(7);
    b.clock.advance(10s);
    b.from->fails = true;
    CHECK(b.now(7) == 7001);
    CHECK(b.now(7) == 7001);
    CHECK(b.f.stats().loads_failed == 2);
    b.run(b.elsewhere.invalidate(7));
    CHECK_THROWS_AS(b.now(7), load_failed);
    b.settled(4);
}

TEST_CASE("stale in a storage: by expire(), and refused by fresh()")
{
    stored_bench b(shared_loads().ttl(10s).grace(10s).near(1h));
    b.now(7);
    b.from->version = 2;
    b.run(b.f.expire(7));
    CHECK(b.where_from(7) == origin::stale);
    CHECK(b.now(7) == 7002);
    b.run(b.f.expire(7));
    b.from->version = 3;
    CHECK(b.now(7, coffer::call_terms().fresh(1h)) == 7003);
    b.settled(4);
}

TEST_CASE("stale in a storage: a loader may keep it, for another life")
{
    stored_bench b(shared_loads().ttl(10s).grace(1h));
    b.from->says = [](coffer::load_context& load, int) { load.validator("etag"); };
    b.now(7);
    b.clock.advance(10s);
    b.from->instead = [](coffer::load_context& load, int) -> asio::awaitable<int> {
        CHECK(load.previous_validator() == "etag");
        co_return load.keep_previous<int>();
    };
    CHECK(b.where_from(7) == origin::stale);
    CHECK(b.where_from(7) == origin::storage);
    CHECK(b.from->runs == 2);
    b.settled(3);
}

TEST_CASE("fresh(): an entry that is too old is replaced, by one that may then be too old itself")
{
    stored_bench b;
    b.now(7);
    b.clock.advance(5s);
    b.from->version = 2;
    CHECK(b.now(7, coffer::call_terms().fresh(6s)) == 7001);
    CHECK(b.now(7, coffer::call_terms().fresh(5s)) == 7002);
    CHECK(b.now(7) == 7002);
    b.settled(4);
}

TEST_CASE("no_store() over a storage: reads what is fresh and young enough, stores nothing")
{
    stored_bench b;
    const auto quietly = coffer::call_terms().no_store();
    b.now(7, quietly);
    CHECK_FALSE(b.run(b.f.find(7)));
    b.now(7);
    b.clock.advance(5s);
    b.from->version = 2;
    CHECK(b.now(7, quietly) == 7001);
    CHECK(b.now(7, quietly.fresh(1s)) == 7002);
    CHECK(b.now(7) == 7001);
    CHECK(b.store.calls(operation::fill) == 1);
    b.settled(5);
}

TEST_CASE("refresh() over a storage: loads under a lease, and replaces the entry")
{
    stored_bench b;
    b.now(7);
    b.from->version = 2;
    CHECK(b.run(b.f.refresh(7)) == 7002);
    CHECK(b.there(7) == 7002);
    b.from->fails = true;
    CHECK_THROWS_AS(b.run(b.f.refresh(7)), load_failed);
    CHECK(b.there(7) == 7002);
    b.settled(3);
}

TEST_CASE("a zero time to live over a storage: what was there goes")
{
    stored_bench b(shared_loads().near(1h));
    b.now(7);
    b.from->says = [](coffer::load_context& load, int) { load.ttl(0s); };
    b.run(b.f.refresh(7));
    CHECK_FALSE(b.f.peek(7));
    CHECK_FALSE(b.run(b.f.find(7)));
    CHECK(b.f.stats().stored == 1);
    CHECK(b.f.stats().declined == 1);
    b.settled(2);
}
