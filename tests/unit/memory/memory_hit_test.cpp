// SPDX-License-Identifier: BSL-1.0
#include <coffer/memory/memory_cache.hpp>
#include <coffer/testing/manual_clock.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>

using namespace std::chrono_literals;

namespace {

std::atomic<long> allocations = 0;
std::atomic<long> fail_after = -1; // so many allocations more, then one fails; negative: never

void* allocate(std::size_t bytes, std::size_t alignment)
{
    ++allocations;
    if (fail_after >= 0 && fail_after-- == 0)
        throw std::bad_alloc();
    const std::size_t whole = (bytes + alignment - 1) / alignment * alignment;
    if (void* const memory = std::aligned_alloc(alignment, whole))
        return memory;
    throw std::bad_alloc();
}

constexpr std::size_t usual = alignof(std::max_align_t);

} // namespace

// For the whole program: every allocation is counted, and may be told to fail.
void* operator new(std::size_t bytes)
{
    return allocate(bytes, usual);
}
void* operator new(std::size_t bytes, std::align_val_t alignment)
{
    return allocate(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept
{
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept
{
    std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept
{
    std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept
{
    std::free(memory);
}

TEST_CASE("hit: visit and get allocate nothing beyond what copying the value does")
{
    coffer::memory_cache<std::string, std::shared_ptr<int>> cache(
        coffer::memory_options().ttl(1h).time_to_idle(1h));
    const std::string key = "a key that is too long for the string object itself";
    cache.put(key, std::make_shared<int>(7));
    const long before = allocations;
    int sum = 0;
    for (int round = 0; round < 100; ++round) {
        cache.visit(std::string_view(key), [&](const auto& value) { sum += *value; });
        sum += **cache.get(key);
        sum += cache.contains(key);
        cache.get(std::string_view("a stranger of the same length, or nearly so, as it is"));
    }
    CHECK(allocations == before);
    CHECK(sum == 1500);
}

TEST_CASE("put: in a full cache allocates nothing either, as evicted entries make place")
{
    coffer::memory_cache<int, int> cache(coffer::memory_options().entries(100));
    for (int key = 0; key < 1000; ++key)
        cache.put(key, key);
    const long before = allocations;
    for (int key = 1000; key < 3000; ++key)
        cache.put(key, key);
    CHECK(allocations == before);
}

TEST_CASE("put: without memory it throws, stores nothing and leaves the cache whole")
{
    using cache_type = coffer::memory_cache<int, int>;
    for (long at = 0; at < 8; ++at) {
        CAPTURE(at);
        cache_type cache(coffer::memory_options().time_to_idle(1h),
                         cache_type::hooks().weigher([](int, int) { return std::size_t(1); }));
        fail_after = at;
        int stored = 0;
        bool failed = false;
        for (int key = 0; key < 2000; ++key) {
            try {
                cache.put(key, key);
                ++stored;
            } catch (const std::bad_alloc&) {
                failed = true;
            }
        }
        fail_after = -1;
        CHECK(failed);
        CHECK(stored == 1999);
        CHECK(cache.size() == 1999);
        cache.check_invariants();
    }
}

TEST_CASE("clear: gives the memory of the entries back")
{
    coffer::memory_cache<int, std::string> cache(coffer::memory_options().entries(5000));
    const auto fill = [&] {
        for (int key = 0; key < 5000; ++key)
            cache.put(key, "x");
    };
    fill();
    cache.clear();
    const long before = allocations;
    fill();
    CHECK(allocations > before); // it had to ask for it again
    const long again = allocations;
    cache.invalidate_if([](int, const std::string&) { return true; });
    fill();
    CHECK(allocations == again); // kept for reuse
}
