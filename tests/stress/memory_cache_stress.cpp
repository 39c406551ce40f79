// SPDX-License-Identifier: BSL-1.0
#include <coffer/memory/lru.hpp>
#include <coffer/memory/memory_cache.hpp>
#include <coffer/testing/manual_clock.hpp>

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <latch>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using coffer::memory_options;
using coffer::removal_cause;

namespace {

constexpr int threads = 8;

/// How often each thread does its work; more in a deep run.
int rounds(int usual)
{
    return std::getenv("COFFER_DEEP") ? 20 * usual : usual;
}

/// Runs `work(thread number)` on all threads, started at one moment.
template <class F>
void together(F work)
{
    std::latch start(threads);
    std::vector<std::jthread> all;
    for (int number = 0; number < threads; ++number)
        all.emplace_back([&start, &work, number] {
            start.arrive_and_wait();
            work(number);
        });
}

/// A value on the heap that knows its key and has a number of its own.
struct parcel {
    int key;
    unsigned number;
    std::string text; // so that a torn or freed one is noticed

    parcel(int for_key, unsigned its_number)
        : key(for_key), number(its_number), text(text_of(for_key, its_number))
    {}
    static std::string text_of(int key, unsigned number)
    {
        return "key " + std::to_string(key) + " number " + std::to_string(number);
    }
    bool whole() const { return text == text_of(key, number); }
};

/// Hands out numbered parcels and checks that each is told of at most once.
class ledger {
public:
    explicit ledger(std::size_t most)
        : told_(std::make_unique<std::atomic<int>[]>(most)), most_(most)
    {}

    parcel make(int key)
    {
        const unsigned number = next_++;
        if (number >= most_)
            std::abort();
        return parcel(key, number);
    }

    void tell(int key, const parcel& value)
    {
        wrong_ += value.key != key || !value.whole();
        wrong_ += told_[value.number]++ != 0;
        ++heard_;
    }

    std::uint64_t heard() const { return heard_; }
    int wrong() const { return wrong_; }

private:
    std::unique_ptr<std::atomic<int>[]> told_;
    std::size_t most_;
    std::atomic<unsigned> next_ = 0;
    std::atomic<std::uint64_t> heard_ = 0;
    std::atomic<int> wrong_ = 0;
};

template <template <class> class Policy>
using cache_of =
    coffer::memory_cache<int, parcel, coffer::memory_hash<int>, coffer::memory_equal<int>, Policy>;

/// One random operation; counts what it sees wrong.
template <class Cache>
void operate(Cache& cache, ledger& parcels, std::mt19937& random, std::atomic<int>& wrong)
{
    const int key = static_cast<int>(random() % 300);
    const auto look = [&](const parcel& value) { wrong += value.key != key || !value.whole(); };
    switch (random() % 24) {
    case 0:
        cache.invalidate(key);
        break;
    case 1:
        cache.put_if_absent(key, parcels.make(key));
        break;
    case 2:
        cache.compute(key, [&](coffer::value_slot<parcel>& slot) {
            if (!slot)
                slot = parcels.make(key);
            else if (random() % 2 == 0)
                slot.reset();
        });
        break;
    case 3:
        if (random() % 100 == 0)
            cache.clear();
        break;
    case 4:
        if (random() % 50 == 0)
            cache.invalidate_if([&](int each, const parcel&) { return each % 7 == key % 7; });
        break;
    case 5:
        if (random() % 50 == 0)
            cache.for_each([&](int each, const parcel& value) {
                wrong += value.key != each || !value.whole();
            });
        break;
    case 6:
        cache.purge_expired(5);
        break;
    case 7:
        if (random() % 50 == 0)
            cache.resize(50 + random() % 100);
        break;
    case 8:
    case 9:
    case 10:
    case 11:
    case 12:
        cache.put(key, parcels.make(key), std::chrono::milliseconds(random() % 20));
        break;
    case 13:
        if (const auto found = cache.get(key))
            look(*found);
        break;
    default:
        cache.visit(key, look);
    }
}

template <template <class> class Policy>
void mingle(std::size_t shards)
{
    const int steps = rounds(20'000);
    ledger parcels(static_cast<std::size_t>(threads * steps));
    coffer::testing::manual_clock clock;
    cache_of<Policy> cache(
        memory_options().entries(100).shards(shards).clock(clock),
        typename cache_of<Policy>::hooks().on_removal(
            [&](int key, const parcel& value, removal_cause) { parcels.tell(key, value); }));
    std::atomic<int> wrong = 0;
    std::atomic<int> over = 0;
    together([&](int number) {
        std::mt19937 random(static_cast<unsigned>(number) + 1);
        for (int step = 0; step < steps; ++step) {
            operate(cache, parcels, random, wrong);
            over += cache.size() > 150 + threads; // each thread may have booked one
            if (number == 0 && step % 10 == 0)
                clock.advance(1ms);
        }
    });
    CHECK(wrong == 0);
    CHECK(over == 0);
    cache.check_invariants();
    cache.clear();
    CHECK(cache.size() == 0);
    const coffer::memory_stats stats = cache.stats();
    CHECK(stats.insertions == stats.removed());
    CHECK(parcels.heard() == stats.removed() + stats.rejected);
    CHECK(parcels.wrong() == 0);
}

} // namespace

TEST_CASE("stress: every value is told of exactly once, whatever eight threads do, one shard")
{
    mingle<coffer::s3_fifo>(1);
}

TEST_CASE("stress: every value is told of exactly once, whatever eight threads do, eight shards")
{
    mingle<coffer::s3_fifo>(8);
    mingle<coffer::lru>(8);
}

TEST_CASE("stress: compute is atomic, so no increment is lost")
{
    coffer::memory_cache<int, int> cache(memory_options().shards(4));
    const int steps = rounds(20'000);
    together([&](int) {
        for (int step = 0; step < steps; ++step)
            cache.compute(step % 10, [](coffer::value_slot<int>& slot) {
                if (slot)
                    ++*slot;
                else
                    slot = 1;
            });
    });
    int sum = 0;
    cache.for_each([&](int, int count) { sum += count; });
    CHECK(sum == threads * steps);
}

TEST_CASE("stress: once invalidate or put returned, no thread sees an older value")
{
    coffer::memory_cache<int, int> cache;
    std::array<std::atomic<int>, 4> floor{}; // of each key: nothing older may be seen from now on
    std::atomic<int> stale = 0;
    const int steps = rounds(20'000);
    together([&](int number) {
        const int key = number % 4;
        auto& lowest = floor[static_cast<std::size_t>(key)];
        const bool writes = number < 4; // one writer for each key
        for (int step = 1; step <= steps; ++step) {
            if (!writes) {
                const int before = lowest;
                cache.visit(key, [&](int version) { stale += version < before; });
            } else if (step % 3 == 0) {
                cache.invalidate(key);
                lowest = step; // what is put from now on is newer
            } else {
                cache.put(key, step);
                lowest = step;
            }
        }
    });
    CHECK(stale == 0);
}

TEST_CASE("stress: get_or_insert gives every thread the value that was stored first")
{
    const int steps = rounds(300);
    coffer::memory_cache<int, int> cache;
    std::vector<std::array<int, threads>> seen(static_cast<std::size_t>(steps));
    together([&](int number) {
        for (int key = 0; key < steps; ++key)
            seen[static_cast<std::size_t>(key)][static_cast<std::size_t>(number)] =
                cache.get_or_insert(key, [&] { return number; });
    });
    int torn = 0;
    for (int key = 0; key < steps; ++key)
        for (const int value : seen[static_cast<std::size_t>(key)])
            torn += value != cache.peek(key);
    CHECK(torn == 0);
}

TEST_CASE("stress: the weight bound holds while every thread puts large and small values")
{
    using cache_type = coffer::memory_cache<int, std::size_t>;
    cache_type cache(memory_options().weight(1000).shards(16),
                     cache_type::hooks().weigher([](int, std::size_t value) { return value; }));
    const int steps = rounds(20'000);
    together([&](int number) {
        std::mt19937 random(static_cast<unsigned>(number) + 100);
        for (int step = 0; step < steps; ++step)
            cache.put(static_cast<int>(random() % 200), random() % (step % 10 == 0 ? 900 : 20));
    });
    cache.check_invariants();
    CHECK(cache.weight() <= 1000);
}
