// SPDX-License-Identifier: BSL-1.0
// The near tier's map by itself: hits, churn and memory, against the map and list of many caches.
#include "support/measure.hpp"

#include <coffer/memory/memory_cache.hpp>

#include <array>
#include <list>
#include <mutex>
#include <optional>
#include <unordered_map>

namespace {

using payload = std::array<std::uint64_t, 8>;
constexpr std::uint64_t entries = 10'000;

/// What one writes in an afternoon: least recently used, one mutex.
class list_cache {
public:
    explicit list_cache(std::size_t limit) : limit_(limit) {}

    std::optional<payload> get(std::uint64_t key)
    {
        const std::lock_guard lock(mutex_);
        const auto at = index_.find(key);
        if (at == index_.end())
            return std::nullopt;
        order_.splice(order_.begin(), order_, at->second);
        return at->second->second;
    }

    void put(std::uint64_t key, const payload& value)
    {
        const std::lock_guard lock(mutex_);
        order_.emplace_front(key, value);
        index_[key] = order_.begin();
        if (order_.size() <= limit_)
            return;
        index_.erase(order_.back().first);
        order_.pop_back();
    }

private:
    using order = std::list<std::pair<std::uint64_t, payload>>;
    std::mutex mutex_;
    std::size_t limit_;
    order order_;
    std::unordered_map<std::uint64_t, order::iterator> index_;
};

/// The same keys in the same mixed order for everybody.
class walk {
public:
    std::uint64_t next() noexcept
    {
        state_ = state_ * 6364136223846793005u + 1442695040888963407u;
        return (state_ >> 33) % entries;
    }

private:
    std::uint64_t state_ = 1;
};

void list_hit(benchmark::State& state)
{
    list_cache cache(entries);
    for (std::uint64_t i = 0; i < entries; ++i)
        cache.put(i, {});
    walk keys;
    for (auto _ : state)
        benchmark::DoNotOptimize(cache.get(keys.next()));
}

void map_hit(benchmark::State& state)
{
    std::unordered_map<std::uint64_t, payload> map;
    for (std::uint64_t i = 0; i < entries; ++i)
        map[i] = {};
    walk keys;
    for (auto _ : state)
        benchmark::DoNotOptimize(payload(map.find(keys.next())->second));
}

void memory_hit(benchmark::State& state)
{
    coffer::memory_cache<std::uint64_t, payload> cache(coffer::memory_options().entries(entries));
    for (std::uint64_t i = 0; i < entries; ++i)
        cache.put(i, {});
    walk keys;
    for (auto _ : state)
        benchmark::DoNotOptimize(cache.get(keys.next()));
}

void list_churn(benchmark::State& state)
{
    list_cache cache(entries);
    std::uint64_t i = 0;
    for (auto _ : state)
        cache.put(i++, {});
}

void memory_churn(benchmark::State& state)
{
    coffer::memory_cache<std::uint64_t, payload> cache(coffer::memory_options().entries(entries));
    std::uint64_t i = 0;
    for (auto _ : state)
        cache.put(i++, {});
}

template <class Cache>
double bytes_of_each(Cache& cache)
{
    const auto before = bench::bytes_in_use();
    for (std::uint64_t i = 0; i < entries; ++i)
        cache.put(i, {});
    return static_cast<double>(bench::bytes_in_use() - before) / entries - sizeof(payload) -
           sizeof(std::uint64_t);
}

void list_bytes(benchmark::State& state)
{
    for (auto _ : state) {
        list_cache cache(entries);
        state.counters["bytes"] = bytes_of_each(cache);
    }
}

void memory_bytes(benchmark::State& state)
{
    for (auto _ : state) {
        coffer::memory_cache<std::uint64_t, payload> cache(
            coffer::memory_options().entries(entries));
        state.counters["bytes"] = bytes_of_each(cache);
    }
}

BENCHMARK(map_hit)->Name("floor.map_hit_64.ns");
BENCHMARK(list_hit)->Name("peer.list_hit_64.ns");
BENCHMARK(memory_hit)->Name("memory.hit_64.ns");
BENCHMARK(list_churn)->Name("peer.list_churn_64.ns");
BENCHMARK(memory_churn)->Name("memory.churn_64.ns");
BENCHMARK(list_bytes)->Name("peer.list_overhead")->Iterations(1);
BENCHMARK(memory_bytes)->Name("memory.overhead")->Iterations(1);

const bench::row table[] = {
    {"floor.map_hit_64.ns", "ns, 64 bytes copied", ""},
    {"peer.list_hit_64.ns", "ns, 64 bytes copied", "floor.map_hit_64.ns"},
    {"memory.hit_64.ns", "ns, 64 bytes copied", "peer.list_hit_64.ns"},
    {"peer.list_churn_64.ns", "ns a put that evicts", ""},
    {"memory.churn_64.ns", "ns a put that evicts", "peer.list_churn_64.ns"},
    {"peer.list_overhead.bytes", "bytes an entry", "", "bytes"},
    {"memory.overhead.bytes", "bytes an entry", "peer.list_overhead", "bytes"},
};

} // namespace
