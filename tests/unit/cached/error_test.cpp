// SPDX-License-Identifier: BSL-1.0
// What a load throws, and what becomes of it.
#include "unit/cached/fixture.hpp"

using namespace fixture;

namespace {

std::string text_of(const support::outcome_of<int>& call)
{
    try {
        return std::to_string(call.get());
    } catch (const std::exception& e) {
        return e.what();
    }
}

} // namespace

TEST_CASE("errors: what the loader throws reaches everybody who shares the load, unchanged")
{
    bench b;
    b.from->fails = true;
    auto one = b.call(7);
    auto two = b.call(7);
    auto three = b.call(7);
    b.drain();
    CHECK_THROWS_AS(one.get(), load_failed);
    CHECK(text_of(one) == "load 1 failed");
    CHECK(text_of(two) == "load 1 failed");
    CHECK(text_of(three) == "load 1 failed");
    CHECK(b.f.stats().errors == 3);
    CHECK(b.f.stats().loads_failed == 1);
    b.settled(3);
}

TEST_CASE("errors: they are not cached, the next call loads again")
{
    bench b;
    b.from->fails = true;
    CHECK_THROWS_AS(b.now(7), load_failed);
    CHECK(b.f.stats().near_entries == 0);
    b.from->fails = false;
    CHECK(b.now(7) == 7001);
    b.settled(2);
}

TEST_CASE("errors: a loader that throws before it is a coroutine is no different")
{
    bench b;
    b.from->instead = [](coffer::load_context&, int) -> asio::awaitable<int> {
        throw load_failed(0);
    };
    CHECK_THROWS_AS(b.now(7), load_failed);
    CHECK_THROWS_AS(b.now(7), load_failed);
    CHECK(b.from->runs == 2);
    b.settled(2);
}

TEST_CASE("errors: a loader may throw what is no std::exception")
{
    bench b;
    b.from->instead = [](coffer::load_context&, int) -> asio::awaitable<int> { throw 42; };
    CHECK_THROWS_AS(b.now(7), int);
    b.settled(1);
}

TEST_CASE("error_ttl: an error is given to later calls for so long")
{
    bench b(shared_loads().error_ttl(2s));
    b.from->fails = true;
    CHECK_THROWS_AS(b.now(7), load_failed);
    b.from->fails = false;
    b.clock.advance(1999ms);
    auto again = b.call(7);
    b.drain();
    CHECK(text_of(again) == "load 1 failed");
    CHECK(b.now(8) == 8001); // another key
    b.clock.advance(1ms);
    CHECK(b.now(7) == 7001);
    CHECK(b.from->runs == 3);
    CHECK(b.f.stats().errors == 2);
    b.settled(4);
}

TEST_CASE("error_ttl: whatever changes the key forgets its error")
{
    const auto spoil = [](bench& b) {
        b.from->fails = true;
        CHECK_THROWS_AS(b.now(7), load_failed);
        b.from->fails = false;
        CHECK_THROWS_AS(b.now(7), load_failed);
    };
    bench b(shared_loads().error_ttl(coffer::never));
    SUBCASE("invalidate")
    {
        spoil(b);
        b.run(b.f.invalidate(7));
        CHECK(b.now(7) == 7001);
    }
    SUBCASE("expire")
    {
        spoil(b);
        b.run(b.f.expire(7));
        CHECK(b.now(7) == 7001);
    }
    SUBCASE("put")
    {
        spoil(b);
        b.run(b.f.put(7, 42));
        CHECK(b.now(7) == 42);
    }
    SUBCASE("refresh")
    {
        spoil(b);
        CHECK(b.run(b.f.refresh(7)) == 7001);
        b.run(b.f.invalidate(7)); // so that no value hides an error that stayed
        CHECK(b.now(7) == 7001);
    }
    SUBCASE("clear")
    {
        spoil(b);
        b.run(b.f.clear());
        CHECK(b.now(7) == 7001);
    }
    SUBCASE("time, if there is a bound")
    {
        bench bounded(shared_loads().error_ttl(1s));
        spoil(bounded);
        bounded.clock.advance(1s);
        CHECK(bounded.now(7) == 7001);
    }
}

TEST_CASE("error_ttl: the jitter of a function is taken off the time of its errors too")
{
    bench b(shared_loads().error_ttl(100s).jitter(0.5));
    constexpr int keys = 300;
    b.from->fails = true;
    for (int key = 0; key < keys; ++key)
        CHECK_THROWS_AS(b.now(key), load_failed);
    b.from->fails = false;
    const auto remembered = [&] {
        int count = 0;
        for (int key = 0; key < keys; ++key) {
            auto call = b.call(key);
            b.drain();
            count += call.failed();
        }
        return count;
    };
    b.clock.advance(50s - 1ms);
    CHECK(remembered() == keys);
    b.clock.advance(25s);
    const int half = remembered();
    CHECK(half > 0); // all on one side: one chance in 2^300
    CHECK(half < keys);
    b.clock.advance(25s + 1ms);
    CHECK(remembered() == 0);
    b.settled(4 * keys);
}

TEST_CASE("error_ttl: an error of a load that was invalidated meanwhile is not remembered")
{
    for (const bool all : {false, true}) {
        bench b(shared_loads().error_ttl(1h));
        b.from->gate.emplace();
        b.from->fails = true;
        auto call = b.call(7);
        b.drain();
        b.run(all ? b.f.clear() : b.f.invalidate(7));
        b.from->gate->set();
        b.drain();
        CHECK(text_of(call) == "load 1 failed");
        b.from->fails = false;
        CHECK(b.now(7) == 7001);
        b.settled(2);
    }
}

TEST_CASE("error_ttl: that a load was told to stop is no error of its key")
{
    bench b(shared_loads().error_ttl(1h).cancel_abandoned());
    b.from->gate.emplace();
    auto call = b.call(7);
    b.drain();
    call.cancel();
    b.drain();
    CHECK(b.from->stopped == 1);
    b.from->gate->set();
    CHECK(b.now(7) == 7001);
    b.settled(2);
}

TEST_CASE("error_ttl: no_store() remembers nothing")
{
    bench b(shared_loads().error_ttl(1h));
    b.from->fails = true;
    CHECK_THROWS_AS(b.now(7, coffer::call_terms().no_store()), load_failed);
    b.from->fails = false;
    CHECK(b.now(7) == 7001);
    b.settled(2);
}

TEST_CASE("store_if: a value it does not want is delivered to all who wait, and not stored")
{
    bench b(shared_loads().store_if([](const int& value) { return value % 2 == 0; }));
    auto one = b.call(7);
    auto two = b.call(7);
    b.drain();
    CHECK(one.get() == 7001);
    CHECK(two.get() == 7001);
    CHECK_FALSE(b.f.peek(7));
    b.from->version = 2;
    CHECK(b.now(7) == 7002);
    CHECK(b.f.peek(7) == 7002);
    CHECK(b.f.stats().declined == 1);
    b.settled(3);
}
