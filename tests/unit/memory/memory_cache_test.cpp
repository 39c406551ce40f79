// SPDX-License-Identifier: BSL-1.0
#include <coffer/memory/lru.hpp>
#include <coffer/memory/memory_cache.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>

using coffer::memory_cache;
using coffer::memory_options;
using std::string;

TEST_CASE("memory cache: get returns a copy of what was put, and nothing for a stranger")
{
    memory_cache<string, string> cache;
    CHECK(cache.put("a", "1"));
    CHECK(cache.get("a") == "1");
    CHECK(cache.get("b") == std::nullopt);
    CHECK(cache.size() == 1);
    cache.check_invariants();
}

TEST_CASE("memory cache: visit sees the value in place and says whether there was one")
{
    memory_cache<int, string> cache;
    cache.put(1, "one");
    string seen;
    CHECK(cache.visit(1, [&](const string& value) { seen = value; }));
    CHECK(seen == "one");
    CHECK_FALSE(cache.visit(2, [&](const string&) { FAIL("called for a stranger"); }));
}

TEST_CASE("memory cache: a put over a present key replaces its value")
{
    memory_cache<int, string> cache;
    cache.put(1, "one");
    CHECK(cache.put(1, "uno"));
    CHECK(cache.get(1) == "uno");
    CHECK(cache.size() == 1);
    CHECK(cache.stats().removed(coffer::removal_cause::replaced) == 1);
    cache.check_invariants();
}

TEST_CASE("memory cache: peek and contains find, but leave no trace in the stats")
{
    memory_cache<int, string> cache;
    cache.put(1, "one");
    CHECK(cache.peek(1) == "one");
    CHECK(cache.peek(2) == std::nullopt);
    CHECK(cache.contains(1));
    CHECK_FALSE(cache.contains(2));
    CHECK(cache.stats().gets() == 0);
}

TEST_CASE("memory cache: invalidate removes one entry and tells whether it was there")
{
    memory_cache<string, int> cache;
    cache.put("a", 1);
    CHECK(cache.invalidate("a"));
    CHECK_FALSE(cache.invalidate("a"));
    CHECK(cache.get("a") == std::nullopt);
    CHECK(cache.size() == 0);
    cache.check_invariants();
}

TEST_CASE("memory cache: invalidate_if removes what the predicate names and counts it")
{
    memory_cache<int, int> cache;
    for (int key = 0; key < 100; ++key)
        cache.put(key, key * key);
    CHECK(cache.invalidate_if([](int key, int) { return key % 3 == 0; }) == 34);
    CHECK(cache.size() == 66);
    CHECK_FALSE(cache.contains(3));
    CHECK(cache.contains(4));
    cache.check_invariants();
}

TEST_CASE("memory cache: clear removes all, and the cache can be filled again")
{
    memory_cache<int, string> cache;
    for (int round = 0; round < 3; ++round) {
        for (int key = 0; key < 1000; ++key)
            cache.put(key, "some text that does not fit into the string object itself");
        CHECK(cache.size() == 1000);
        cache.clear();
        CHECK(cache.size() == 0);
        CHECK_FALSE(cache.contains(7));
        cache.check_invariants();
    }
    CHECK(cache.stats().removed(coffer::removal_cause::cleared) == 3000);
}

TEST_CASE("memory cache: put_if_absent keeps what is there")
{
    memory_cache<int, string> cache;
    CHECK(cache.put_if_absent(1, "first"));
    CHECK_FALSE(cache.put_if_absent(1, "second"));
    CHECK(cache.get(1) == "first");
}

TEST_CASE("memory cache: get_or_insert calls its factory on a miss only")
{
    memory_cache<int, string> cache;
    int calls = 0;
    const auto make = [&] {
        ++calls;
        return string("made");
    };
    CHECK(cache.get_or_insert(1, make) == "made");
    CHECK(cache.get_or_insert(1, make) == "made");
    CHECK(calls == 1);
    CHECK(cache.stats().hits == 1);
    CHECK(cache.stats().misses == 1);
}

TEST_CASE("memory cache: get_or_insert returns what another caller stored meanwhile")
{
    memory_cache<int, string> cache;
    const auto overtaken = [&] {
        cache.put(1, "theirs"); // as another thread would
        return string("ours");
    };
    CHECK(cache.get_or_insert(1, overtaken) == "theirs");
    CHECK(cache.get(1) == "theirs");
}

TEST_CASE("memory cache: for_each and snapshot show every entry once")
{
    memory_cache<int, int> cache(memory_options().shards(4));
    for (int key = 0; key < 500; ++key)
        cache.put(key, -key);
    auto all = cache.snapshot();
    std::sort(all.begin(), all.end());
    REQUIRE(all.size() == 500);
    for (int key = 0; key < 500; ++key)
        CHECK(all[static_cast<std::size_t>(key)] == std::pair(key, -key));
    int sum = 0;
    cache.for_each([&](int key, int value) { sum += key + value; });
    CHECK(sum == 0);
}

TEST_CASE("memory cache: move-only values can be put, visited and replaced")
{
    memory_cache<int, std::unique_ptr<int>> cache(memory_options().entries(2));
    for (int key = 0; key < 5; ++key)
        CHECK(cache.put(key, std::make_unique<int>(key)));
    CHECK(cache.put(4, std::make_unique<int>(40)));
    int seen = 0;
    CHECK(cache.visit(4, [&](const std::unique_ptr<int>& value) { seen = *value; }));
    CHECK(seen == 40);
    CHECK(cache.size() == 2);
    cache.check_invariants();
}

TEST_CASE("memory cache: every get is one hit or one miss")
{
    memory_cache<int, int> cache;
    cache.put(1, 1);
    cache.get(1);
    cache.get(2);
    cache.visit(1, [](int) {});
    cache.visit(3, [](int) {});
    const coffer::memory_stats stats = cache.stats();
    CHECK(stats.hits == 2);
    CHECK(stats.misses == 2);
    CHECK(stats.hit_ratio() == doctest::Approx(0.5));
    CHECK(coffer::memory_stats().hit_ratio() == 0.0);
}

TEST_CASE("memory cache: strings are looked up by string_view without building a string")
{
    memory_cache<string, int> cache;
    cache.put("key", 1);
    CHECK(cache.contains(std::string_view("key")));
    CHECK(cache.get(std::string_view("keys").substr(0, 3)) == 1);
    CHECK(cache.invalidate("key"));
}
