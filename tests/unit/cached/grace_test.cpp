// SPDX-License-Identifier: BSL-1.0
// Stale values: when they may be served, and when never.
#include "unit/cached/fixture.hpp"

using namespace fixture;
using origin = coffer::source;

namespace {

coffer::options ten_and_five()
{
    return shared_loads().ttl(10s).grace(5s);
}

/// One entry, loaded at the beginning; then the source changed.
class old_entry : public bench {
public:
    explicit old_entry(coffer::options how = ten_and_five()) : bench(how)
    {
        now(7);
        from->version = 2;
    }
};

} // namespace

TEST_CASE("grace: a stale value is served at once, and refreshed by one load")
{
    old_entry b;
    b.from->gate.emplace();
    b.clock.advance(10s);
    for (int i = 0; i < 3; ++i) {
        auto call = b.start(b.f.get(7));
        b.drain();
        CHECK(call.get().value() == 7001);
        CHECK(call.get().source() == origin::stale);
        CHECK(call.get().age() == 10s);
    }
    CHECK(b.from->runs == 2);
    b.from->gate->set();
    b.drain();
    CHECK(b.run(b.f.get(7)).source() == origin::near_tier);
    CHECK(b.now(7) == 7002);
    CHECK(b.f.stats().stale == 3);
    b.settled(6);
}

TEST_CASE("grace: only one load refreshes it also where callers do not share loads")
{
    old_entry b(coffer::options().ttl(10s).grace(5s));
    b.from->gate.emplace();
    b.clock.advance(10s);
    for (int i = 0; i < 3; ++i)
        CHECK(b.now(7) == 7001);
    CHECK(b.from->runs == 2);
    b.from->gate->set();
    b.settled(4);
}

TEST_CASE("grace: over is over")
{
    old_entry b;
    b.clock.advance(15s - 1ms);
    CHECK(b.f.stats().near_entries == 1);
    b.from->fails = true;
    CHECK(b.now(7) == 7001);
    b.clock.advance(1ms);
    CHECK_THROWS_AS(b.now(7), load_failed);
    b.settled(3);
}

TEST_CASE("grace: a stale value is the answer as long as loads fail")
{
    old_entry b;
    b.from->fails = true;
    b.clock.advance(10s);
    for (int i = 0; i < 4; ++i)
        CHECK(b.now(7) == 7001);
    CHECK(b.f.stats().loads_failed == 4);
    CHECK(b.f.stats().errors == 0);
    b.from->fails = false;
    CHECK(b.now(7) == 7001);
    CHECK(b.now(7) == 7002);
    b.settled(7);
}

TEST_CASE("grace: who asks for a fresh answer gets no stale one, not even for an error")
{
    old_entry b;
    b.clock.advance(10s);
    CHECK(b.now(7, coffer::call_terms().fresh(1s)) == 7002);
    b.clock.advance(10s);
    b.from->fails = true;
    CHECK_THROWS_AS(b.now(7, coffer::call_terms().fresh(1s)), load_failed);
    b.settled(3);
}

TEST_CASE("grace: refresh() waits for the new value")
{
    old_entry b;
    b.clock.advance(10s);
    CHECK(b.run(b.f.refresh(7)) == 7002);
    b.settled(2);
}

TEST_CASE("grace: peek() sees fresh values only, find() stale ones too")
{
    old_entry b;
    b.clock.advance(10s);
    CHECK_FALSE(b.f.peek(7));
    CHECK(b.run(b.f.find(7)) == 7001);
    b.clock.advance(5s);
    CHECK_FALSE(b.run(b.f.find(7)));
    CHECK(b.from->runs == 1);
    b.settled(1);
}

TEST_CASE("grace: after a hard invalidation the older value is never served again")
{
    for (const bool all : {false, true}) {
        old_entry b;
        b.run(all ? b.f.clear() : b.f.invalidate(7));
        b.from->fails = true;
        CHECK_THROWS_AS(b.now(7), load_failed);
        CHECK_FALSE(b.run(b.f.find(7)));
        b.settled(2);
    }
}

TEST_CASE("grace: a soft invalidation makes the value stale, for the time of its grace from then")
{
    old_entry b;
    b.clock.advance(1s);
    b.run(b.f.expire(7));
    CHECK_FALSE(b.f.peek(7));
    b.from->fails = true;
    CHECK(b.now(7) == 7001);
    b.clock.advance(4999ms);
    CHECK(b.now(7) == 7001);
    b.run(b.f.expire(7)); // does not begin anew
    b.clock.advance(1ms);
    CHECK_THROWS_AS(b.now(7), load_failed);
    b.settled(4);
}

TEST_CASE("grace: a soft invalidation of a value that never expires ends with its grace too")
{
    old_entry b(shared_loads().ttl(coffer::never).grace(5s));
    b.clock.advance(1h);
    CHECK(b.now(7) == 7001);
    b.run(b.f.expire(7));
    b.from->fails = true;
    CHECK(b.now(7) == 7001);
    b.clock.advance(5s);
    CHECK_THROWS_AS(b.now(7), load_failed);
    b.settled(4);
}

TEST_CASE("grace: expire_tag makes values stale, invalidate_tag makes them go")
{
    old_entry b(ten_and_five().tag("all"));
    b.run(b.f.expire_tag("all"));
    b.from->fails = true;
    CHECK(b.now(7) == 7001);
    b.run(b.f.invalidate_tag("all"));
    CHECK_THROWS_AS(b.now(7), load_failed);
    b.settled(3);
}

TEST_CASE("grace: after expire_tag it lasts from then, also for a value that never expires")
{
    for (const bool expires : {true, false}) {
        auto how = shared_loads().grace(5s).tag("all");
        old_entry b(expires ? how.ttl(10s) : how.ttl(coffer::never));
        b.clock.advance(1s);
        b.run(b.f.expire_tag("all"));
        CHECK_FALSE(b.f.peek(7));
        b.from->fails = true;
        b.clock.advance(4999ms);
        CHECK(b.now(7) == 7001);
        b.clock.advance(1ms);
        CHECK_THROWS_AS(b.now(7), load_failed);
        CHECK_FALSE(b.run(b.f.find(7)));
        b.settled(3);
    }
}

TEST_CASE("grace: the refresh of a stale value is poisoned like any other load")
{
    old_entry b;
    b.from->gate.emplace();
    b.clock.advance(10s);
    CHECK(b.now(7) == 7001); // its refresh reads 7002
    b.from->version = 3;
    b.run(b.f.invalidate(7));
    b.from->gate->set();
    b.drain();
    CHECK(b.now(7) == 7003);
    CHECK(b.f.stats().poisoned == 1);
    b.settled(3);
}

TEST_CASE("grace: a stale value is served also if no refresh may be started")
{
    old_entry b(ten_and_five().max_loads(1));
    b.from->gate.emplace();
    auto other = b.call(8);
    b.drain();
    b.clock.advance(10s);
    CHECK(b.now(7) == 7001);
    CHECK(b.from->runs == 2);
    b.from->gate->set();
    b.drain();
    CHECK(other.get() == 8002);
    CHECK(b.now(7) == 7001);
    CHECK(b.now(7) == 7002);
    b.settled(5);
}

TEST_CASE("grace: a loader's own word counts for its value")
{
    bench b(shared_loads().ttl(10s));
    b.from->says = [](coffer::load_context& load, int key) {
        if (key == 7)
            load.grace(5s);
    };
    b.now(7);
    b.now(8);
    b.clock.advance(14s);
    b.from->fails = true;
    CHECK(b.now(7) == 7001);
    CHECK_THROWS_AS(b.now(8), load_failed);
    b.clock.advance(1s);
    CHECK_THROWS_AS(b.now(7), load_failed);
    b.settled(5);
}

TEST_CASE("grace: a loader may refuse it to its value")
{
    bench b(ten_and_five());
    b.from->says = [](coffer::load_context& load, int) { load.grace(0ms); };
    b.now(7);
    b.clock.advance(10s);
    b.from->version = 2;
    CHECK(b.now(7) == 7002);
    b.run(b.f.expire(7));
    CHECK_FALSE(b.run(b.f.find(7)));
    b.settled(2);
}

TEST_CASE("grace: longer than time itself does no harm")
{
    bench b(shared_loads().ttl(std::chrono::hours(24 * 365 * 200)).grace(std::chrono::years(250)));
    b.now(7);
    b.clock.advance(std::chrono::hours(24 * 365));
    CHECK(b.f.peek(7) == 7001);
    b.settled(1);
}
