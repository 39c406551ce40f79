// SPDX-License-Identifier: BSL-1.0
#include "unit/cached/fixture.hpp"

using namespace fixture;
using coffer::source;
using coffer::within;
using origin = coffer::source;

TEST_CASE("a call: the first one loads, the next ones hit")
{
    bench b;
    CHECK(b.now(7) == 7001);
    CHECK(b.now(7) == 7001);
    CHECK(b.now(8) == 8001);
    CHECK(b.from->runs == 2);
    const auto sum = b.f.stats();
    CHECK(sum.loads == 2);
    CHECK(sum.hits == 1);
    CHECK(sum.loads_started == 2);
    CHECK(sum.stored == 2);
    CHECK(sum.near_entries == 2);
    b.settled(3);
}

TEST_CASE("a call: the look-up happens at the call, not when its result is awaited")
{
    bench b;
    b.now(7);
    auto hit = b.f(7);
    CHECK(hit.ready());
    b.run(b.f.invalidate(7));
    b.from->version = 2;
    CHECK(b.run(std::move(hit).as_awaitable()) == 7001);
    CHECK_FALSE(b.f(7).ready());
    b.settled(2);
}

TEST_CASE("a call: one that is dropped instead of awaited loads nothing")
{
    bench b;
    {
        [[maybe_unused]] auto unused = b.f(7);
    }
    b.drain();
    CHECK(b.from->runs == 0);
    b.settled(0);
}

TEST_CASE("a call: what it returns outlives the function")
{
    bench b;
    auto pending = b.f(7);
    {
        const numbers gone = std::move(b.f);
        b.f = make(b.from, shared_loads());
    }
    CHECK(b.run(std::move(pending).as_awaitable()) == 7001);
}

TEST_CASE("a call: a running load outlives the function")
{
    bench b;
    b.from->gate.emplace();
    auto one = b.call(7);
    b.drain();
    b.f = make(b.from, shared_loads());
    b.from->gate->set();
    b.drain();
    CHECK(one.get() == 7001);
}

TEST_CASE("a call: get() says where the value is from, and how old it is")
{
    bench b;
    const auto loaded = b.run(b.f.get(7));
    CHECK(loaded.value() == 7001);
    CHECK(loaded.source() == origin::load);
    CHECK(loaded.age() == 0ms);
    b.clock.advance(1500ms);
    const auto hit = b.run(b.f.get(7));
    CHECK(hit.source() == origin::near_tier);
    CHECK(hit.age() == 1500ms);
    b.settled(2);
}

TEST_CASE("a call: get() of a joined load says so like its starter's")
{
    bench b;
    auto first = b.start(b.f.get(7));
    auto second = b.start(b.f.get(7));
    b.drain();
    CHECK(first.get().source() == origin::load);
    CHECK(second.get().source() == origin::load);
    CHECK(b.f.stats().joined == 1);
    b.settled(2);
}

TEST_CASE("a call: an entry is fresh until its time to live is over")
{
    bench b(shared_loads().ttl(10s));
    b.now(7);
    b.clock.advance(9999ms);
    b.now(7);
    CHECK(b.from->runs == 1);
    b.clock.advance(1ms);
    b.from->version = 2;
    CHECK(b.now(7) == 7002);
    CHECK(b.from->runs == 2);
    b.settled(3);
}

TEST_CASE("a call: without a word about it, five minutes")
{
    bench b;
    b.now(7);
    b.clock.advance(5min - 1ms);
    CHECK(b.f.peek(7) == 7001);
    b.clock.advance(1ms);
    CHECK_FALSE(b.f.peek(7));
}

TEST_CASE("a call: fresh() asks for an answer that is at most so old")
{
    bench b;
    b.now(7);
    b.from->version = 2;
    b.clock.advance(2s);
    const coffer::call_terms any_age;
    CHECK(b.now(7, any_age.fresh(2s)) == 7001);
    CHECK(b.now(7, any_age.fresh(1999ms)) == 7002);
    CHECK(b.now(7) == 7002); // it replaced the older one
    CHECK(b.from->runs == 2);
    b.settled(4);
}

TEST_CASE("a call: fresh(0) loads, and joins only a load that was asked for as strictly")
{
    bench b;
    b.from->gate.emplace();
    const coffer::call_terms any_age;
    auto plain = b.call(7);
    auto strict = b.call(7, any_age.fresh(0ms));
    auto likewise = b.call(7, any_age.fresh(0ms));
    auto lenient = b.call(7, any_age.fresh(1h));
    b.drain();
    b.from->gate->set();
    b.drain();
    CHECK(b.from->runs == 2);
    CHECK(plain.get() == 7001);
    CHECK(strict.get() == 7001);
    CHECK(likewise.get() == 7001);
    CHECK(lenient.get() == 7001);
    b.settled(4);
}

TEST_CASE("a call: no_store() uses what is there, and leaves nothing behind")
{
    bench b;
    const auto quietly = coffer::call_terms().no_store();
    CHECK(b.now(7, quietly) == 7001);
    CHECK_FALSE(b.f.peek(7));
    b.now(7);
    CHECK(b.now(7, quietly) == 7001);
    CHECK(b.from->runs == 2);
    CHECK(b.f.stats().declined == 1);
    b.settled(3);
}

TEST_CASE("a call: no_store() loads by itself, even while the key is being loaded")
{
    bench b;
    b.from->gate.emplace();
    auto plain = b.call(7);
    auto alone = b.call(7, coffer::call_terms().no_store());
    auto joined = b.call(7);
    b.drain();
    CHECK(b.from->runs == 2);
    b.from->gate->set();
    b.drain();
    CHECK(alone.get() == 7001);
    CHECK(joined.get() == 7001);
    b.settled(3);
}

TEST_CASE("peek: sees the near tier only, counts as nothing, never loads")
{
    bench b;
    CHECK_FALSE(b.f.peek(7));
    b.now(7);
    CHECK(b.f.peek(7) == 7001);
    CHECK(b.f.with(coffer::call_terms().fresh(0ms)).peek(7) == 7001);
    b.clock.advance(1s);
    CHECK_FALSE(b.f.with(coffer::call_terms().fresh(0ms)).peek(7));
    CHECK(b.from->runs == 1);
    b.settled(1);
}

TEST_CASE("find: the value if there is one, never a load")
{
    bench b;
    CHECK_FALSE(b.run(b.f.find(7)));
    b.now(7);
    CHECK(b.run(b.f.find(7)) == 7001);
    CHECK(b.from->runs == 1);
    b.settled(1);
}

TEST_CASE("put: what is put is what calls get")
{
    bench b(shared_loads().ttl(10s));
    b.run(b.f.put(7, 42));
    CHECK(b.now(7) == 42);
    b.run(b.f.put(7, 43));
    CHECK(b.now(7) == 43);
    CHECK(b.from->runs == 0);
    b.clock.advance(10s);
    CHECK(b.now(7) == 7001);
    b.settled(3);
}

TEST_CASE("refresh: loads whatever is there, and replaces it")
{
    bench b;
    b.now(7);
    b.from->version = 2;
    CHECK(b.run(b.f.refresh(7)) == 7002);
    CHECK(b.now(7) == 7002);
    CHECK(b.from->runs == 2);
    b.settled(3);
}

TEST_CASE("refresh: what is there stays if the load fails")
{
    bench b;
    b.now(7);
    b.from->fails = true;
    CHECK_THROWS_AS(b.run(b.f.refresh(7)), load_failed);
    CHECK(b.now(7) == 7001);
    b.settled(3);
}

TEST_CASE("refresh: joins no load that began before it")
{
    bench b;
    b.from->gate.emplace();
    auto older = b.call(7);
    b.drain();
    b.from->version = 2;
    auto newer = b.start(b.f.refresh(7));
    b.drain();
    CHECK(b.from->runs == 2);
    b.from->gate->set();
    b.drain();
    CHECK(older.get() == 7001);
    CHECK(newer.get() == 7002);
    b.settled(2);
}

TEST_CASE("a cached function: copies are handles on one cache")
{
    bench b;
    const numbers copy = b.f;
    CHECK(b.run(copy(7).as_awaitable()) == 7001);
    CHECK(b.f.peek(7) == 7001);
    CHECK(copy.name() == "number");
    CHECK(copy.describe() == "cached function 'number' over near tier of 10000 entries");
    b.settled(1);
}
