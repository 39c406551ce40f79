// SPDX-License-Identifier: BSL-1.0
// A call that hits, and one that misses, against the floors: a bare map, a bare coroutine.
#include "support/measure.hpp"

#include <coffer/cached.hpp>
#include <coffer/shared.hpp>
#include <coffer/storage/memory_storage.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <string>
#include <unordered_map>
#include <vector>

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t keys = 1000;

asio::awaitable<std::int64_t> load_number(std::int64_t id)
{
    co_return id;
}

asio::awaitable<std::int64_t> load_after_post(std::int64_t id)
{
    co_await asio::post(asio::use_awaitable);
    co_return id;
}

asio::awaitable<std::vector<std::int64_t>> load_numbers(std::vector<std::int64_t> ids)
{
    co_return ids;
}

asio::awaitable<std::string> load_text(std::int64_t id)
{
    co_return std::string(64, static_cast<char>('a' + id % 26));
}

void map_find(benchmark::State& state)
{
    std::unordered_map<std::int64_t, std::int64_t> map;
    for (std::int64_t i = 0; i < keys; ++i)
        map.emplace(i, i);
    std::int64_t i = 0;
    for (auto _ : state)
        benchmark::DoNotOptimize(map.find(i++ % keys)->second);
}

void bare_awaitable(benchmark::State& state)
{
    bench::in_coroutine([&]() -> asio::awaitable<void> {
        std::int64_t i = 0;
        for (auto _ : state) {
            const std::int64_t value = co_await load_number(i++ % keys);
            benchmark::DoNotOptimize(value);
        }
    });
}

template <class Function>
void hit(benchmark::State& state, Function function)
{
    bench::in_coroutine([&]() -> asio::awaitable<void> {
        for (std::int64_t i = 0; i < keys; ++i) {
            const auto value = co_await function(i);
            benchmark::DoNotOptimize(value);
        }
        const bench::allocation_meter meter;
        std::int64_t i = 0;
        for (auto _ : state) {
            const auto value = co_await function(i++ % keys);
            benchmark::DoNotOptimize(value);
        }
        meter.report(state);
    });
}

void hit_number(benchmark::State& state)
{
    hit(state, coffer::cached("number", load_number, coffer::options().ttl(5min)));
}

void hit_never(benchmark::State& state)
{
    hit(state, coffer::cached("number", load_number, coffer::options().ttl(coffer::never)));
}

void hit_text(benchmark::State& state)
{
    hit(state, coffer::cached("text", load_text));
}

void hit_shared(benchmark::State& state)
{
    hit(state, coffer::cached("text", coffer::shared(load_text)));
}

void peek(benchmark::State& state)
{
    auto function = coffer::cached("number", load_number);
    bench::in_coroutine([&]() -> asio::awaitable<void> {
        const std::int64_t value = co_await function(7);
        benchmark::DoNotOptimize(value);
    });
    for (auto _ : state)
        benchmark::DoNotOptimize(function.peek(7));
}

template <class Function>
void miss(benchmark::State& state, Function function)
{
    bench::in_coroutine([&]() -> asio::awaitable<void> {
        for (std::int64_t k = -2 * keys; k < 0; ++k) { // until it evicts as much as it stores
            const auto value = co_await function(k);
            benchmark::DoNotOptimize(value);
        }
        const bench::allocation_meter meter;
        std::int64_t i = 0;
        for (auto _ : state) {
            const std::int64_t value = co_await function(i++);
            benchmark::DoNotOptimize(value);
        }
        meter.report(state);
    });
}

coffer::options small()
{
    return coffer::options().capacity(keys).allow_concurrent(false);
}

void miss_at_once(benchmark::State& state)
{
    miss(state, coffer::cached("number", load_number, small()));
}

// Its load waits, as real ones do, so it gets a deadline.
void miss_waiting(benchmark::State& state)
{
    miss(state, coffer::cached("number", load_after_post, small()));
}

void miss_stored(benchmark::State& state)
{
    const auto limits = coffer::memory_storage_options().max_entries(keys);
    miss(state, coffer::cached("number", load_number,
                               small().storage(coffer::memory_storage(limits)).near(1min)));
}

// Each round is 100 keys that nobody asked for before.
template <class Function>
void many(benchmark::State& state, Function function)
{
    bench::in_coroutine([&]() -> asio::awaitable<void> {
        std::vector<std::int64_t> asked(100);
        std::int64_t next = 0;
        const bench::allocation_meter meter;
        for (auto _ : state) {
            for (auto& key : asked)
                key = next++;
            const auto values = co_await function.get_many(asked);
            benchmark::DoNotOptimize(values.data());
        }
        meter.report(state);
    });
}

void many_in_batch(benchmark::State& state)
{
    many(state, coffer::cached("number", load_number, small().batch(load_numbers)));
}

void many_by_one(benchmark::State& state)
{
    many(state, coffer::cached("number", load_number, small()));
}

// What a coroutine of one's own costs, spawned and awaited.
void bare_spawn(benchmark::State& state)
{
    bench::in_coroutine([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const bench::allocation_meter meter;
        std::int64_t i = 0;
        for (auto _ : state) {
            const std::int64_t value =
                co_await asio::co_spawn(executor, load_number(i++), asio::use_awaitable);
            benchmark::DoNotOptimize(value);
        }
        meter.report(state);
    });
}

BENCHMARK(map_find)->Name("floor.map_find.ns");
BENCHMARK(bare_awaitable)->Name("floor.awaitable.ns");
BENCHMARK(hit_number)->Name("core.hit.ns");
BENCHMARK(hit_never)->Name("core.hit_never.ns");
BENCHMARK(hit_text)->Name("core.hit_text.ns");
BENCHMARK(hit_shared)->Name("core.hit_shared.ns");
BENCHMARK(peek)->Name("core.peek.ns");
BENCHMARK(bare_spawn)->Name("floor.spawn.ns");
BENCHMARK(miss_at_once)->Name("core.miss.ns");
BENCHMARK(miss_waiting)->Name("core.miss_waiting.ns");
BENCHMARK(miss_stored)->Name("core.miss_stored.ns");
BENCHMARK(many_in_batch)->Name("core.many_in_batch.ns");
BENCHMARK(many_by_one)->Name("core.many_by_one.ns");

const bench::row table[] = {
    {"floor.map_find.ns", "ns", ""},
    {"floor.awaitable.ns", "ns", "floor.map_find.ns"},
    {"core.hit.ns", "ns", "floor.awaitable.ns"},
    {"core.hit.ns.allocations", "allocations a call", "", "allocations"},
    {"core.hit_never.ns", "ns", "floor.awaitable.ns"},
    {"core.hit_text.ns", "ns, 64 bytes copied", "floor.awaitable.ns"},
    {"core.hit_shared.ns", "ns", "floor.awaitable.ns"},
    {"core.hit_shared.ns.allocations", "allocations a call", "", "allocations"},
    {"core.peek.ns", "ns", "floor.map_find.ns"},
    {"floor.spawn.ns", "ns", "floor.awaitable.ns"},
    {"floor.spawn.ns.allocations", "allocations a call", "", "allocations"},
    {"core.miss.ns", "ns", "floor.spawn.ns"},
    {"core.miss.ns.allocations", "allocations a call", "", "allocations"},
    {"core.miss_waiting.ns", "ns, the load waits", "floor.spawn.ns"},
    {"core.miss_waiting.ns.allocations", "allocations a call", "", "allocations"},
    {"core.miss_stored.ns", "ns, memory storage", "floor.spawn.ns"},
    {"core.miss_stored.ns.allocations", "allocations a call", "", "allocations"},
    {"core.many_in_batch.ns", "ns for 100 keys", "core.miss.ns"},
    {"core.many_in_batch.ns.allocations", "allocations for 100", "", "allocations"},
    {"core.many_by_one.ns", "ns for 100 keys", "core.miss.ns"},
    {"core.many_by_one.ns.allocations", "allocations for 100", "", "allocations"},
};

} // namespace
