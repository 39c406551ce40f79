// SPDX-License-Identifier: BSL-1.0
// What a loader may know and say; and what the options say about all values.
#include "unit/cached/fixture.hpp"

#include <coffer/storage/memory_storage.hpp>

using namespace fixture;

TEST_CASE("load context: ttl() is the value's own time to live")
{
    bench b(shared_loads().ttl(10s));
    b.from->says = [](coffer::load_context& load, int key) {
        if (key == 1)
            load.ttl(1s);
        if (key == 2)
            load.ttl(1min);
        if (key == 3)
            load.ttl(coffer::never);
        if (key == 4)
            load.ttl(coffer::ttl::inherit());
    };
    for (int key = 1; key <= 4; ++key)
        b.now(key);
    b.clock.advance(1s);
    CHECK_FALSE(b.f.peek(1));
    CHECK(b.f.peek(4));
    b.clock.advance(9s);
    CHECK_FALSE(b.f.peek(4));
    CHECK(b.f.peek(2));
    b.clock.advance(std::chrono::hours(24 * 365));
    CHECK_FALSE(b.f.peek(2));
    CHECK(b.f.peek(3));
    b.settled(4);
}

TEST_CASE("load context: store_if(false) delivers the value and leaves what is there")
{
    bench b;
    b.now(7);
    b.from->version = 2;
    b.from->says = [](coffer::load_context& load, int) { load.store_if(false); };
    CHECK(b.run(b.f.refresh(7)) == 7002);
    CHECK(b.now(7) == 7001);
    CHECK(b.f.stats().declined == 1);
    b.settled(3);
}

TEST_CASE("load context: a zero time to live stores nothing, and what is there goes")
{
    bench b;
    b.now(7);
    b.from->version = 2;
    b.from->says = [](coffer::load_context& load, int) { load.ttl(0s); };
    CHECK(b.run(b.f.refresh(7)) == 7002);
    CHECK_FALSE(b.f.peek(7));
    CHECK(b.f.stats().declined == 1);
    CHECK(b.f.stats().stored == 1);
    CHECK(b.f.stats().near_entries == 0);
    b.settled(2);
}

TEST_CASE("load context: a zero time to live has no grace")
{
    bench b(shared_loads().ttl(0s).grace(1h));
    b.now(7);
    b.from->fails = true;
    CHECK_THROWS_AS(b.now(7), load_failed);
    b.settled(2);
}

TEST_CASE("load context: the validator of an entry is there when it is loaded again")
{
    bench b(shared_loads().ttl(10s).grace(10s));
    std::vector<std::string> heard;
    b.from->says = [&](coffer::load_context& load, int) {
        heard.emplace_back(load.previous_validator());
        CHECK(load.has_previous() == !heard.back().empty());
        load.validator("v" + std::to_string(heard.size()));
    };
    b.now(7);
    b.run(b.f.refresh(7));
    b.clock.advance(10s);
    b.now(7);
    b.run(b.f.invalidate(7));
    b.now(7);
    CHECK(heard == std::vector<std::string>{"", "v1", "v2", ""});
    b.settled(4);
}

TEST_CASE("load context: keep_previous() gives the stale value a new life, with its validator")
{
    bench b(shared_loads().ttl(10s).grace(1h));
    b.from->says = [](coffer::load_context& load, int) { load.validator("etag"); };
    b.now(7);
    int kept = 0;
    b.from->instead = [&](coffer::load_context& load, int) -> asio::awaitable<int> {
        CHECK(load.previous_validator() == "etag");
        ++kept;
        co_return load.keep_previous<int>();
    };
    for (int i = 1; i < 4; ++i) {
        b.clock.advance(10s);
        CHECK(b.now(7) == 7001); // stale, refreshed meanwhile
        CHECK(kept == i);
        CHECK(b.f.peek(7) == 7001);
    }
    b.settled(4);
}

TEST_CASE("load context: what keep_previous() keeps has its tags, too")
{
    for (const bool stored : {false, true}) {
        auto how = shared_loads().ttl(10s).grace(1h);
        coffer::testing::manual_clock time;
        if (stored)
            how.storage(coffer::memory_storage(coffer::memory_storage_options().clock(time)));
        bench b(how, time);
        b.from->says = [](coffer::load_context& load, int) { load.validator("etag").tag("eu"); };
        b.now(7);
        b.from->instead = [](coffer::load_context& load, int) -> asio::awaitable<int> {
            co_return load.keep_previous<int>();
        };
        b.clock.advance(10s);
        b.now(7);
        b.drain();
        CHECK(b.now(7) == 7001);
        b.run(b.f.invalidate_tag("eu"));
        CHECK_FALSE(b.run(b.f.find(7)));
        b.settled(3);
    }
}

TEST_CASE("load context: keep_previous() without one, or of another type, is the loader's error")
{
    bench b(shared_loads().ttl(10s).grace(1h));
    b.from->instead = [](coffer::load_context& load, int) -> asio::awaitable<int> {
        co_return load.keep_previous<int>();
    };
    CHECK_THROWS_AS(b.now(7), std::logic_error);
    b.run(b.f.put(7, 42));
    b.clock.advance(10s);
    bool refused = false;
    b.from->instead = [&](coffer::load_context& load, int) -> asio::awaitable<int> {
        CHECK(load.has_previous());
        try {
            load.keep_previous<long>();
        } catch (const std::logic_error&) {
            refused = true;
        }
        co_return 43;
    };
    CHECK(b.now(7) == 42); // stale, and refreshed
    CHECK(refused);
    b.settled(2);
}

TEST_CASE("load context: fresh() has the older value at hand, an invalidated one is gone")
{
    bench b;
    b.now(7);
    b.clock.advance(1s);
    bool had = false;
    b.from->says = [&](coffer::load_context& load, int) { had = load.has_previous(); };
    b.now(7, coffer::call_terms().fresh(0ms));
    CHECK(had);
    b.run(b.f.invalidate(7));
    b.now(7);
    CHECK_FALSE(had);
    b.settled(3);
}

TEST_CASE("load context: outside a transaction there is no scope")
{
    bench b;
    b.from->says = [](coffer::load_context& load, int) { CHECK(load.scope() == nullptr); };
    b.now(7);
    b.settled(1);
}

TEST_CASE("ttl: never keeps a value until it is invalidated")
{
    bench b(shared_loads().ttl(coffer::never));
    b.now(7);
    b.clock.advance(std::chrono::hours(24 * 365 * 50));
    CHECK(b.now(7) == 7001);
    b.run(b.f.invalidate(7));
    CHECK_FALSE(b.f.peek(7));
    b.settled(2);
}

TEST_CASE("ttl: zero shares loads that run at the same time, and stores nothing")
{
    bench b(shared_loads().ttl(0s));
    auto one = b.call(7);
    auto two = b.call(7);
    b.drain();
    CHECK(one.get() == 7001);
    CHECK(two.get() == 7001);
    CHECK(b.from->runs == 1);
    b.now(7);
    CHECK(b.from->runs == 2);
    CHECK(b.f.stats().stored == 0);
    CHECK(b.f.stats().declined == 2);
    b.settled(3);
}

TEST_CASE("time_to_idle: what nobody asks for goes")
{
    bench b(shared_loads().ttl(1h).time_to_idle(10s));
    b.now(7);
    b.now(8);
    for (int i = 0; i < 3; ++i) {
        b.clock.advance(9s);
        CHECK(b.now(7) == 7001);
    }
    CHECK(b.from->runs == 2);
    b.now(8);
    CHECK(b.from->runs == 3);
    b.settled(6);
}

TEST_CASE("jitter: takes up to its share off a time to live, and never adds to it")
{
    bench b(shared_loads().ttl(100s).jitter(0.5));
    constexpr int keys = 300;
    for (int key = 0; key < keys; ++key)
        b.now(key);
    const auto left = [&] {
        int there = 0;
        for (int key = 0; key < keys; ++key)
            there += b.f.peek(key).has_value();
        return there;
    };
    b.clock.advance(50s - 1ms);
    CHECK(left() == keys);
    b.clock.advance(25s);
    CHECK(left() > 0); // all on one side: one chance in 2^300
    CHECK(left() < keys);
    b.clock.advance(25s + 1ms);
    CHECK(left() == 0);
    b.settled(keys);
}

TEST_CASE("jitter: with a share of one, some time is left")
{
    bench b(shared_loads().ttl(1ms).jitter(1.0));
    for (int key = 0; key < 50; ++key) {
        b.now(key);
        CHECK(b.f.peek(key));
    }
    b.settled(50);
}

TEST_CASE("capacity: what does not fit goes, and is loaded again")
{
    bench b(shared_loads().capacity(16));
    for (int key = 0; key < 200; ++key)
        b.now(key);
    CHECK(b.f.stats().near_entries <= 16);
    CHECK(b.f.stats().near_evictions >= 184);
    b.settled(200);
}

TEST_CASE("max_weight: the weigher says how much a value takes")
{
    bench b(shared_loads().max_weight(
        10'000, [](const int& value) { return static_cast<std::size_t>(value); }));
    b.now(4);
    b.now(5);
    CHECK(b.f.stats().near_weight == 9002);
    b.now(11);
    CHECK_FALSE(b.f.peek(11)); // alone too heavy
    b.now(3);
    CHECK(b.f.stats().near_weight <= 10'000);
    b.settled(4);
}
