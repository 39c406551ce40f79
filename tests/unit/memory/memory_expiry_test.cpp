// SPDX-License-Identifier: BSL-1.0
#include <coffer/memory/memory_cache.hpp>
#include <coffer/testing/manual_clock.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace std::chrono_literals;
using coffer::memory_options;
using coffer::removal_cause;
using coffer::testing::manual_clock;

namespace {

using cache_type = coffer::memory_cache<int, std::string>;

struct fixture {
    explicit fixture(const memory_options& options = {})
        : cache(memory_options(options).clock(clock),
                cache_type::hooks().on_removal(
                    [this](int key, const std::string&, removal_cause why) {
                        if (why == removal_cause::expired)
                            expired.push_back(key);
                    }))
    {}
    ~fixture() { cache.check_invariants(); }

    manual_clock clock;
    std::vector<int> expired;
    cache_type cache;
};

} // namespace

TEST_CASE("expiry: an entry lives until its deadline, not at it")
{
    fixture test(memory_options().ttl(10s));
    test.cache.put(1, "a");
    test.clock.advance(10s - 1ns);
    CHECK(test.cache.get(1) == "a");
    test.clock.advance(1ns);
    CHECK(test.cache.get(1) == std::nullopt);
    CHECK(test.cache.size() == 0);
    CHECK(test.expired == std::vector{1});
}

TEST_CASE("expiry: no way of reading returns an expired entry")
{
    fixture test(memory_options().ttl(1ms));
    test.cache.put(1, "a");
    test.clock.advance(1ms);
    CHECK(test.cache.peek(1) == std::nullopt);
    CHECK_FALSE(test.cache.contains(1));
    test.cache.for_each([](int, const std::string&) { FAIL("shown"); });
    CHECK(test.cache.snapshot().empty());
    CHECK(test.cache.invalidate_if([](int, const std::string&) { return true; }) == 0);
    CHECK(test.cache.size() == 1); // still there, only to be swept
    CHECK_FALSE(test.cache.visit(1, [](const std::string&) { FAIL("visited"); }));
    CHECK(test.cache.size() == 0);
    CHECK(test.cache.stats().misses == 1);
}

TEST_CASE("expiry: an entry's own time wins over the cache's, in both directions")
{
    fixture test(memory_options().ttl(10s));
    test.cache.put(1, "short", 1s);
    test.cache.put(2, "long", 20s);
    test.cache.put(3, "for ever", coffer::never);
    test.cache.put(4, "default", coffer::ttl::inherit());
    test.clock.advance(1s);
    CHECK_FALSE(test.cache.contains(1));
    test.clock.advance(9s);
    CHECK_FALSE(test.cache.contains(4));
    CHECK(test.cache.contains(2));
    test.clock.advance(10s);
    CHECK_FALSE(test.cache.contains(2));
    test.clock.advance(std::chrono::hours(24 * 365 * 100));
    CHECK(test.cache.contains(3));
}

TEST_CASE("expiry: without any time given an entry stays for ever")
{
    fixture test;
    test.cache.put(1, "a");
    test.clock.advance(std::chrono::hours(24 * 365 * 200));
    CHECK(test.cache.get(1) == "a");
    CHECK(test.cache.purge_expired() == 0);
}

TEST_CASE("expiry: a time beyond the end of the clock is for ever")
{
    fixture test;
    test.cache.put(1, "a", std::chrono::milliseconds(std::numeric_limits<std::int64_t>::max() / 4));
    test.cache.put(2, "b", std::chrono::hours(24 * 365 * 290));
    test.clock.advance(std::chrono::hours(24 * 365 * 200));
    CHECK(test.cache.contains(1));
    CHECK(test.cache.contains(2));
    test.cache.put(3, "c", std::chrono::hours(24 * 365 * 200)); // its deadline is past the end
    CHECK(test.cache.contains(3));
}

TEST_CASE("expiry: a put with zero stores nothing and removes what was there")
{
    fixture test;
    test.cache.put(1, "a");
    CHECK_FALSE(test.cache.put(1, "b", 0s));
    CHECK_FALSE(test.cache.contains(1));
    CHECK(test.cache.size() == 0);
    CHECK(test.expired == std::vector{1}); // the new value; the old one was replaced
    CHECK(test.cache.stats().removed(removal_cause::replaced) == 1);
    CHECK(test.cache.stats().rejected == 1);
}

TEST_CASE("expiry: put_if_absent with zero leaves a present entry alone")
{
    fixture test;
    test.cache.put(1, "a");
    CHECK_FALSE(test.cache.put_if_absent(1, "b", 0s));
    CHECK(test.cache.get(1) == "a");
    CHECK_FALSE(test.cache.put_if_absent(2, "b", 0s));
    CHECK_FALSE(test.cache.contains(2));
}

TEST_CASE("expiry: a cache whose default is zero keeps only what has its own time")
{
    fixture test(memory_options().ttl(0s));
    CHECK_FALSE(test.cache.put(1, "a"));
    CHECK(test.cache.put(2, "b", 1s));
    CHECK(test.cache.get_or_insert(3, [] { return "c"; }) == "c");
    CHECK(test.cache.size() == 1);
}

TEST_CASE("expiry: an expired entry is absent to put_if_absent, get_or_insert and invalidate")
{
    fixture test(memory_options().ttl(1s));
    for (int key = 1; key <= 3; ++key)
        test.cache.put(key, "old");
    test.clock.advance(1s);
    CHECK(test.cache.put_if_absent(1, "new"));
    CHECK(test.cache.get_or_insert(2, [] { return "new"; }) == "new");
    CHECK_FALSE(test.cache.invalidate(3));
    CHECK(test.cache.get(1) == "new");
    CHECK(test.expired.size() == 3);
    CHECK(test.cache.stats().removed(removal_cause::invalidated) == 0);
}

TEST_CASE("expiry: a put renews the time, a read does not")
{
    fixture test(memory_options().ttl(10s));
    test.cache.put(1, "a");
    test.clock.advance(6s);
    CHECK(test.cache.get(1) == "a");
    test.cache.put(1, "b");
    test.clock.advance(6s);
    CHECK(test.cache.get(1) == "b");
    test.clock.advance(4s);
    CHECK(test.cache.get(1) == std::nullopt);
}

TEST_CASE("time to idle: reads keep an entry alive, to the nanosecond")
{
    fixture test(memory_options().time_to_idle(10s));
    test.cache.put(1, "a");
    for (int read = 0; read < 5; ++read) {
        test.clock.advance(10s - 1ns);
        CHECK(test.cache.get(1) == "a");
    }
    test.clock.advance(10s);
    CHECK(test.cache.get(1) == std::nullopt);
    CHECK(test.expired == std::vector{1});
}

TEST_CASE("time to idle: a peek does not keep an entry alive, a visit does")
{
    fixture test(memory_options().time_to_idle(10s));
    test.cache.put(1, "peeked");
    test.cache.put(2, "visited");
    test.clock.advance(6s);
    CHECK(test.cache.peek(1) == "peeked");
    CHECK(test.cache.contains(1));
    CHECK(test.cache.visit(2, [](const std::string&) {}));
    test.clock.advance(4s);
    CHECK_FALSE(test.cache.contains(1));
    CHECK(test.cache.contains(2));
}

TEST_CASE("time to idle: the time to live still ends an entry that is read all the time")
{
    fixture test(memory_options().time_to_idle(10s).ttl(25s));
    test.cache.put(1, "a");
    for (int second = 0; second < 24; ++second) {
        test.clock.advance(1s);
        CHECK(test.cache.get(1) == "a");
    }
    test.clock.advance(1s);
    CHECK(test.cache.get(1) == std::nullopt);
}

TEST_CASE("purge: removes what has expired and nothing else")
{
    fixture test(memory_options().shards(4));
    for (int key = 0; key < 3000; ++key)
        test.cache.put(key, "x", key % 3 == 0 ? coffer::ttl(1s) : coffer::ttl(1h));
    CHECK(test.cache.purge_expired() == 0);
    test.clock.advance(1s);
    CHECK(test.cache.purge_expired() == 1000);
    CHECK(test.cache.size() == 2000);
    CHECK(test.expired.size() == 1000);
    for (const int key : test.expired)
        CHECK(key % 3 == 0);
    CHECK(test.cache.purge_expired() == 0);
}

TEST_CASE("purge: takes no more than its limit, and the rest later")
{
    fixture test(memory_options().ttl(1s).shards(2));
    for (int key = 0; key < 100; ++key)
        test.cache.put(key, "x");
    test.clock.advance(1s);
    CHECK(test.cache.purge_expired(0) == 0);
    CHECK(test.cache.purge_expired(30) == 30);
    CHECK(test.cache.size() == 70);
    CHECK(test.cache.purge_expired(1000) == 70);
    CHECK(test.cache.size() == 0);
}

TEST_CASE("purge: finds entries that idled, also those that were once read")
{
    fixture test(memory_options().time_to_idle(10s));
    for (int key = 0; key < 10; ++key)
        test.cache.put(key, "x");
    test.clock.advance(5s);
    test.cache.get(3);
    test.clock.advance(5s);
    CHECK(test.cache.purge_expired() == 9);
    test.clock.advance(5s);
    CHECK(test.cache.purge_expired() == 1);
}

TEST_CASE("sweep: puts reclaim a few expired entries each, so that they don't pile up")
{
    fixture test(memory_options().entries(1000));
    for (int key = 0; key < 400; ++key)
        test.cache.put(key, "x", 1s);
    test.clock.advance(1s);
    std::size_t before = 0;
    for (int key = 1000; key < 1200; ++key) {
        before = test.expired.size();
        test.cache.put(key, "y");
        CHECK(test.expired.size() <= before + 4); // bounded work in one call
    }
    CHECK(test.expired.size() == 400);
    CHECK(test.cache.size() == 200);
}

TEST_CASE("sweep: an entry that is put behind the sweep's hand is found in the next round")
{
    fixture test(memory_options().entries(1000));
    for (int key = 0; key < 40; ++key)
        test.cache.put(key, "x", 1s);
    test.clock.advance(1s);
    test.cache.put(100, "y", 1s); // the hand is within the slots now; this reuses a swept one
    test.clock.advance(1s);
    CHECK(test.cache.purge_expired() + 4 >= 37);
    CHECK(test.cache.size() == 0);
    CHECK(test.expired.size() == 41);
}

TEST_CASE("eviction: a victim that had expired is reported as expired")
{
    fixture test(memory_options().entries(2));
    test.cache.put(1, "x", 1s);
    test.cache.put(2, "y", 1s);
    test.clock.advance(1s);
    test.cache.resize(0);
    CHECK(test.expired.size() == 2);
    CHECK(test.cache.stats().removed(removal_cause::size) == 0);
}
