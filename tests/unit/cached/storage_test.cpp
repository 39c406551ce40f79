// SPDX-License-Identifier: BSL-1.0
// A function over a storage, alone and with others.
#include "unit/cached/stored_fixture.hpp"

using namespace fixture;
using origin = coffer::source;

TEST_CASE("over a storage: values live there, and only there")
{
    stored_bench b;
    CHECK(b.where_from(7) == origin::load);
    b.clock.advance(3s);
    const auto got = b.run(b.f.get(7));
    CHECK(got.source() == origin::storage);
    CHECK(got.age() == 3s);
    CHECK_FALSE(b.f.peek(7));
    CHECK(b.there(7) == 7001);
    CHECK(b.other->runs == 0);
    CHECK(b.run(b.f.find(7)) == 7001);
    CHECK(b.store.calls(operation::acquire) == 3);
    CHECK(b.store.calls(operation::fill) == 1);
    b.settled(2);
}

TEST_CASE("over a storage: the time to live is kept there")
{
    stored_bench b(shared_loads().ttl(10s));
    b.now(7);
    b.clock.advance(9999ms);
    CHECK(b.where_from(7) == origin::storage);
    b.clock.advance(1ms);
    CHECK(b.where_from(7) == origin::load);
    b.settled(3);
}

TEST_CASE("over a storage: what a process changes, all see")
{
    stored_bench b;
    b.now(7);
    b.run(b.elsewhere.put(7, 42));
    CHECK(b.now(7) == 42);
    b.run(b.elsewhere.invalidate(7));
    CHECK(b.now(7) == 7001);
    b.run(b.elsewhere.clear());
    CHECK_FALSE(b.run(b.f.find(7)));
    b.run(b.f.put(8, 43));
    CHECK(b.there(8) == 43);
    b.settled(3);
}

TEST_CASE("near: bounds how long a change made elsewhere may go unseen")
{
    stored_bench b(shared_loads().near(2s));
    b.now(7);
    CHECK(b.where_from(7) == origin::near_tier);
    b.run(b.elsewhere.put(7, 42));
    b.clock.advance(1999ms);
    CHECK(b.now(7) == 7001);
    b.clock.advance(1ms);
    CHECK(b.now(7) == 42);
    b.settled(4);
}

TEST_CASE("near: never for longer than the value is fresh")
{
    stored_bench b(shared_loads().near(coffer::never).ttl(10s));
    b.there(7);
    b.clock.advance(9s);
    CHECK(b.where_from(7) == origin::storage);
    CHECK(b.where_from(7) == origin::near_tier);
    b.clock.advance(1s);
    CHECK(b.where_from(7) == origin::load);
    b.settled(3);
}

TEST_CASE("near: what this process changes, it sees at once")
{
    stored_bench b(shared_loads().near(1h).tag("all"));
    b.now(7);
    b.run(b.f.put(7, 42));
    CHECK(b.now(7) == 42);
    b.from->version = 2;
    b.run(b.f.invalidate(7));
    CHECK(b.now(7) == 7002);
    b.from->version = 3;
    b.run(b.f.invalidate_tag("all"));
    CHECK(b.now(7) == 7003);
    b.from->version = 4;
    b.run(b.f.clear());
    CHECK(b.now(7) == 7004);
    b.from->version = 5;
    b.run(b.f.expire(7));
    CHECK(b.now(7) == 7005);
    b.settled(6);
}

TEST_CASE("poison: another process invalidates during the load: nobody stores the value")
{
    stored_bench b(shared_loads().near(1h));
    b.from->gate.emplace();
    auto before = b.call(7);
    b.drain();
    b.from->version = 2;
    SUBCASE("the key")
    {
        b.run(b.elsewhere.invalidate(7));
    }
    SUBCASE("softly")
    {
        b.run(b.elsewhere.expire(7));
    }
    SUBCASE("all")
    {
        b.run(b.elsewhere.clear());
    }
    b.from->gate->set();
    b.drain();
    CHECK(before.get() == 7001);
    CHECK(b.f.stats().lease_lost == 1);
    CHECK_FALSE(b.f.peek(7));
    CHECK_FALSE(b.run(b.f.find(7)));
    CHECK(b.now(7) == 7002);
    b.settled(2);
}

TEST_CASE("poison: a value read from the storage before an invalidation does not get into near")
{
    stored_bench b(shared_loads().near(1h).tag("all"));
    b.there(7);
    auto reading = b.store.stop_next(operation::acquire);
    auto before = b.call(7);
    b.drain();
    CHECK(reading.reached().is_set());
    SUBCASE("the key")
    {
        b.run(b.f.invalidate(7));
    }
    SUBCASE("a tag")
    {
        b.run(b.f.invalidate_tag("all"));
    }
    SUBCASE("all")
    {
        b.run(b.f.clear());
    }
    reading.open();
    b.drain();
    CHECK(before.done());
    b.from->version = 2;
    CHECK_FALSE(b.f.peek(7));
}

TEST_CASE("find: fresh(age) and within(time) hold for it too")
{
    stored_bench b(shared_loads().ttl(1h).near(1h));
    b.now(7);
    b.there(8);
    b.pass(10s);
    const auto young = coffer::call_terms().fresh(5s);
    CHECK_FALSE(b.run(b.f.with(young).find(7))); // ten seconds old in both tiers
    CHECK_FALSE(b.run(b.f.with(young).find(8)));
    CHECK(b.run(b.f.with(young.fresh(10s)).find(7)) == 7001);
    CHECK(b.run(b.f.with(young.fresh(10s)).find(8)) == 8001);
    const auto gate = b.store.stop_next(operation::get);
    auto late = b.start(b.f.with(coffer::within(50ms)).find(8));
    b.drain();
    b.pass(49ms);
    CHECK_FALSE(late.done());
    b.pass(1ms);
    CHECK(late.error() == errc::timeout);
    CHECK(b.run(b.f.with(coffer::within(50ms)).find(7)) == 7001); // near
    gate.open();
    b.settled(1);
}
