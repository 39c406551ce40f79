// SPDX-License-Identifier: BSL-1.0
#include <coffer/memory/memory_cache.hpp>
#include <coffer/testing/manual_clock.hpp>

#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <new>
#include <stdexcept>
#include <string>

using namespace std::chrono_literals;
using coffer::memory_options;
using coffer::removal_cause;

namespace {

/// Counts the calls of users' code and throws from the one it is told to.
struct fuse {
    static inline int left = -1; // negative: never
    static inline int alive = 0;

    static void step()
    {
        if (left >= 0 && left-- == 0)
            throw std::runtime_error("fuse");
    }
};

/// A key or value whose every copy and move may throw, and whose objects are counted.
struct brittle {
    explicit brittle(int from) : number(from) { ++fuse::alive; }
    brittle(const brittle& other) : number(other.number)
    {
        fuse::step();
        ++fuse::alive;
    }
    brittle(brittle&& other) : number(other.number)
    {
        fuse::step();
        ++fuse::alive;
    }
    brittle& operator=(const brittle&) = delete;
    ~brittle() { --fuse::alive; }

    int number;
};

struct brittle_hash {
    std::size_t operator()(const brittle& key) const
    {
        fuse::step();
        return static_cast<std::size_t>(key.number) % 3; // so that keys are compared
    }
};

struct brittle_equal {
    bool operator()(const brittle& a, const brittle& b) const
    {
        fuse::step();
        return a.number == b.number;
    }
};

using cache_type = coffer::memory_cache<brittle, brittle, brittle_hash, brittle_equal>;

/// A cache with some entries, where whatever an operation does is seen, also if it failed.
struct fixture {
    fixture()
        : cache(memory_options().entries(8).ttl(10s).clock(clock),
                cache_type::hooks()
                    .weigher([](const brittle&, const brittle&) {
                        fuse::step();
                        return std::size_t(1);
                    })
                    .on_removal([this](const brittle&, const brittle&, removal_cause) { ++told; }))
    {
        for (int key = 0; key < 8; ++key)
            cache.put(brittle(key), brittle(key * 10),
                      key == 0 ? coffer::ttl(1s) : coffer::ttl(5s));
        clock.advance(1s); // entry 0 has expired and is still there
    }

    std::map<int, int> contents() const
    {
        std::map<int, int> all;
        cache.for_each(
            [&](const brittle& key, const brittle& value) { all[key.number] = value.number; });
        return all;
    }

    std::size_t told = 0;
    coffer::testing::manual_clock clock;
    cache_type cache;
};

/// Runs `operation` with the fuse set to the first step, the second, and so on until it gets
/// through. After each failure the cache must be whole and hold what it held, but for what the
/// listener was told of, and for the key `stored`, if handing out a stored value may throw too.
void sweep(const std::function<void(cache_type&)>& operation, int stored = -1)
{
    const int before = fuse::alive;
    bool failed = true;
    int failures = 0;
    for (int step = 0; failed; ++step) {
        CAPTURE(step);
        REQUIRE(step < 200);
        fixture test;
        const auto held = test.contents();
        const auto bound = static_cast<std::size_t>(test.cache.size());
        fuse::left = step;
        try {
            operation(test.cache);
            failed = false;
        } catch (const std::runtime_error&) {
            ++failures;
        }
        fuse::left = -1;
        test.cache.check_invariants();
        REQUIRE(test.cache.size() <= 8);
        if (failed) {
            const auto holds = test.contents();
            REQUIRE(test.cache.size() + test.told == bound + holds.count(stored));
            for (const auto& [key, value] : holds)
                if (key != stored)
                    REQUIRE(held.at(key) == value);
        }
        const coffer::memory_stats stats = test.cache.stats();
        REQUIRE(stats.insertions == stats.entries + stats.removed());
        test.cache.put(brittle(50), brittle(51)); // it still works
        REQUIRE(test.contents().at(50) == 51);
    }
    CHECK(failures > 0);
    CHECK(fuse::alive == before);
}

} // namespace

TEST_CASE("throwing: a put of a new key stores all or nothing")
{
    sweep([](cache_type& cache) { cache.put(brittle(100), brittle(1)); });
}

TEST_CASE("throwing: a put over a present key leaves the old value if it fails")
{
    sweep([](cache_type& cache) { cache.put(brittle(3), brittle(1)); });
}

TEST_CASE("throwing: a put over an expired entry")
{
    sweep([](cache_type& cache) { cache.put(brittle(0), brittle(1)); });
}

TEST_CASE("throwing: put_if_absent, present and absent")
{
    sweep([](cache_type& cache) { cache.put_if_absent(brittle(3), brittle(1)); });
    sweep([](cache_type& cache) { cache.put_if_absent(brittle(100), brittle(1)); });
}

TEST_CASE("throwing: a refused put")
{
    sweep([](cache_type& cache) { cache.put(brittle(100), brittle(1), 0s); });
}

TEST_CASE("throwing: get, peek, contains and visit")
{
    sweep([](cache_type& cache) { cache.get(brittle(3)); });
    sweep([](cache_type& cache) { cache.get(brittle(0)); });
    sweep([](cache_type& cache) { cache.peek(brittle(3)); });
    sweep([](cache_type& cache) { cache.contains(brittle(3)); });
    sweep([](cache_type& cache) { cache.visit(brittle(3), [](const brittle&) { fuse::step(); }); });
}

TEST_CASE("throwing: get_or_insert, whose factory may throw as well")
{
    const auto make = [] {
        fuse::step();
        return brittle(1);
    };
    sweep([&](cache_type& cache) { cache.get_or_insert(brittle(100), make); }, 100);
    sweep([&](cache_type& cache) { cache.get_or_insert(brittle(3), make); });
}

TEST_CASE("throwing: compute that sets, replaces and erases")
{
    using slot_type = coffer::value_slot<brittle>;
    const auto set = [](slot_type& slot) {
        fuse::step();
        slot = brittle(5);
        fuse::step();
    };
    sweep([&](cache_type& cache) { cache.compute(brittle(100), set); });
    sweep([&](cache_type& cache) { cache.compute(brittle(3), set); });
    sweep([&](cache_type& cache) {
        cache.compute(brittle(3), [](slot_type& slot) {
            slot.reset();
            fuse::step();
        });
    });
}

TEST_CASE("throwing: invalidate and a predicate that throws half-way")
{
    sweep([](cache_type& cache) { cache.invalidate(brittle(3)); });
    sweep([](cache_type& cache) {
        cache.invalidate_if([](const brittle& key, const brittle&) {
            fuse::step();
            return key.number % 2 == 1;
        });
    });
}

TEST_CASE("throwing: for_each and snapshot")
{
    sweep(
        [](cache_type& cache) { cache.for_each([](const auto&, const auto&) { fuse::step(); }); });
    sweep([](cache_type& cache) { cache.snapshot(); });
}
