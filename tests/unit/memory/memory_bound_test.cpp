// SPDX-License-Identifier: BSL-1.0
#include <coffer/memory/lru.hpp>
#include <coffer/memory/memory_cache.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <random>
#include <string>

using coffer::memory_options;
using coffer::removal_cause;

namespace {

template <class K, class V>
using lru_cache =
    coffer::memory_cache<K, V, coffer::memory_hash<K>, coffer::memory_equal<K>, coffer::lru>;

using weighed = coffer::memory_cache<int, std::size_t>;

auto own_weight()
{
    return weighed::hooks().weigher([](int, std::size_t value) { return value; });
}

} // namespace

TEST_CASE("bound: holds exactly as many entries as it may, with any number of shards")
{
    for (const std::size_t limit : {1U, 2U, 3U, 7U, 8U, 9U, 10U, 100U, 5000U}) {
        for (const std::size_t shards : {1U, 2U, 8U, 64U}) {
            CAPTURE(limit);
            CAPTURE(shards);
            coffer::memory_cache<std::size_t, int> cache(
                memory_options().entries(limit).shards(shards));
            for (std::size_t key = 0; key < 3 * limit + 50; ++key) {
                REQUIRE(cache.put(key, 1));
                REQUIRE(cache.size() == std::min(key + 1, limit));
            }
            cache.check_invariants();
        }
    }
}

TEST_CASE("bound: what was just put is there, however small the cache")
{
    for (const std::size_t limit : {1U, 2U, 5U}) {
        coffer::memory_cache<int, int> cache(memory_options().entries(limit).shards(4));
        std::mt19937 random(11);
        for (int step = 0; step < 2000; ++step) {
            const int key = static_cast<int>(random() % 12);
            cache.get(static_cast<int>(random() % 12));
            cache.put(key, step);
            REQUIRE(cache.get(key) == step);
        }
    }
}

TEST_CASE("bound: a capacity of nothing stores nothing and says so")
{
    coffer::memory_cache<int, int> cache(memory_options().entries(0));
    CHECK_FALSE(cache.put(1, 1));
    CHECK_FALSE(cache.put_if_absent(1, 1));
    CHECK_FALSE(cache.compute(1, [](auto& slot) { slot = 1; }));
    CHECK(cache.get_or_insert(1, [] { return 5; }) == 5);
    CHECK(cache.size() == 0);
    CHECK(cache.stats().rejected == 4);
    CHECK(cache.stats().insertions == 0);
    cache.check_invariants();
}

TEST_CASE("bound: weights never exceed the limit, after any operation")
{
    for (const std::size_t shards : {1U, 16U}) {
        weighed cache(memory_options().weight(1000).shards(shards), own_weight());
        std::mt19937 random(12);
        for (int step = 0; step < 5000; ++step) {
            const int key = static_cast<int>(random() % 300);
            const std::size_t weight = random() % 1200;
            switch (random() % 4) {
            case 0:
                cache.get(key);
                break;
            case 1:
                cache.compute(key, [&](auto& slot) {
                    if (slot)
                        *slot = weight;
                });
                break;
            default:
                REQUIRE(cache.put(key, weight) == (weight <= 1000));
                REQUIRE(cache.contains(key) == (weight <= 1000));
            }
            REQUIRE(cache.weight() <= 1000);
            if (step % 100 == 0)
                cache.check_invariants();
        }
        cache.check_invariants();
    }
}

TEST_CASE("bound: one entry may take the whole weight, though shards are many")
{
    weighed cache(memory_options().weight(100).shards(64), own_weight());
    for (int key = 0; key < 100; ++key)
        cache.put(key, 1);
    CHECK(cache.size() == 100);
    CHECK(cache.put(1000, 100));
    CHECK(cache.size() == 1);
    CHECK(cache.contains(1000));
    CHECK(cache.put(1001, 99));
    CHECK_FALSE(cache.contains(1000));
    CHECK(cache.put(1002, 1));
    CHECK(cache.contains(1001));
    CHECK(cache.contains(1002));
    cache.check_invariants();
}

TEST_CASE("bound: an entry heavier than the cache is refused and takes its predecessor along")
{
    weighed cache(memory_options().weight(100), own_weight());
    cache.put(1, 10);
    cache.put(2, 10);
    CHECK_FALSE(cache.put(1, 101));
    CHECK_FALSE(cache.contains(1));
    CHECK(cache.contains(2));
    CHECK(cache.weight() == 10);
    CHECK(cache.stats().rejected == 1);
    CHECK_FALSE(cache.put_if_absent(2, 101)); // present: nothing happens
    CHECK(cache.get(2) == 10);
    CHECK(cache.stats().rejected == 1);
}

TEST_CASE("bound: a weight that does not fit into 32 bits is refused")
{
    weighed cache(memory_options().weight(memory_options::no_limit - 1), own_weight());
    const std::size_t most = std::numeric_limits<std::uint32_t>::max();
    CHECK(cache.put(1, most));
    CHECK_FALSE(cache.put(2, most + 1));
    CHECK(cache.put(3, most));
    CHECK(cache.weight() == 2 * most);
    cache.check_invariants();
}

TEST_CASE("bound: entries of no weight are stored, and evicted like others")
{
    weighed cache(memory_options().weight(10), own_weight());
    for (int key = 0; key < 100; ++key)
        CHECK(cache.put(key, 0));
    CHECK(cache.size() == 100);
    CHECK(cache.weight() == 0);
    CHECK(cache.put(1000, 10));
    CHECK(cache.put(1001, 10));
    CHECK_FALSE(cache.contains(1000));
    CHECK(cache.contains(1001));
    cache.check_invariants();
    weighed both(memory_options().weight(10).entries(5), own_weight());
    for (int key = 0; key < 20; ++key)
        CHECK(both.put(key, 0));
    CHECK(both.size() == 5);
}

TEST_CASE("bound: of a limit on entries and one on weight each holds")
{
    weighed cache(memory_options().weight(100).entries(10).shards(2), own_weight());
    for (int key = 0; key < 50; ++key)
        cache.put(key, 1);
    CHECK(cache.size() == 10);
    for (int key = 0; key < 50; ++key)
        cache.put(key, 40);
    CHECK(cache.size() == 2);
    CHECK(cache.weight() == 80);
    cache.check_invariants();
}

TEST_CASE("bound: a replaced value's weight makes room for the new one first")
{
    weighed cache(memory_options().weight(100), own_weight());
    cache.put(1, 50);
    cache.put(2, 50);
    CHECK(cache.put(1, 30));
    CHECK(cache.weight() == 80);
    CHECK(cache.contains(2));
    CHECK(cache.put(1, 50));
    CHECK(cache.contains(2));
    CHECK(cache.put(1, 51));
    CHECK_FALSE(cache.contains(2));
    CHECK(cache.get(1) == 51);
    CHECK(cache.weight() == 51);
    cache.check_invariants();
}

TEST_CASE("bound: a weigher without a limit just counts")
{
    weighed cache(memory_options().entries(3), own_weight());
    for (std::size_t key = 1; key <= 5; ++key)
        cache.put(static_cast<int>(key), key * 1000);
    CHECK(cache.size() == 3);
    std::size_t sum = 0;
    cache.for_each([&](int, std::size_t value) { sum += value; });
    CHECK(cache.weight() == sum);
    CHECK(cache.stats().weight == sum);
}

TEST_CASE("resize: a smaller bound evicts at once, a larger one is filled again")
{
    for (const std::size_t shards : {1U, 8U}) {
        coffer::memory_cache<int, int> cache(memory_options().entries(1000).shards(shards));
        for (int key = 0; key < 1000; ++key)
            cache.put(key, key);
        cache.resize(100);
        CHECK(cache.size() == 100);
        CHECK(cache.stats().removed(removal_cause::size) == 900);
        cache.check_invariants();
        cache.resize(5000);
        for (int key = 0; key < 6000; ++key)
            cache.put(key, key);
        CHECK(cache.size() == 5000);
        cache.resize(0);
        CHECK(cache.size() == 0);
        CHECK_FALSE(cache.put(1, 1));
        cache.resize(memory_options::no_limit);
        for (int key = 0; key < 20'000; ++key)
            cache.put(key, key);
        CHECK(cache.size() == 20'000);
        cache.check_invariants();
    }
}

TEST_CASE("resize: weight can be resized as well")
{
    weighed cache(memory_options().weight(1000).shards(4), own_weight());
    for (int key = 0; key < 100; ++key)
        cache.put(key, 10);
    cache.resize_weight(255);
    CHECK(cache.weight() <= 255);
    CHECK(cache.weight() >= 200);
    cache.check_invariants();
}

TEST_CASE("eviction: the oldest unused goes, under lru")
{
    lru_cache<int, int> cache(memory_options().entries(3));
    cache.put(1, 1);
    cache.put(2, 2);
    cache.put(3, 3);
    cache.get(1);
    cache.peek(2); // is no use
    cache.put(4, 4);
    CHECK_FALSE(cache.contains(2));
    CHECK(cache.contains(1));
    cache.put(3, 33); // is a use
    cache.put(5, 5);
    CHECK_FALSE(cache.contains(1));
    CHECK(cache.contains(3));
}

TEST_CASE("eviction: hot keys survive a scan under the default policy")
{
    coffer::memory_cache<int, int> cache(memory_options().entries(1000));
    for (int key = 0; key < 500; ++key)
        cache.put(key, key);
    for (int round = 0; round < 3; ++round)
        for (int key = 0; key < 500; ++key)
            cache.get(key);
    for (int key = 10'000; key < 30'000; ++key)
        cache.put(key, key);
    int alive = 0;
    for (int key = 0; key < 500; ++key)
        alive += cache.contains(key);
    CHECK(alive >= 495);
}
