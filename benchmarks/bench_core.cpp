// SPDX-License-Identifier: BSL-1.0
// A call that hits, and one that misses, against the floors: a bare map, a bare coroutine.
#include "support/measure.hpp"

#include <coffer/cached.hpp>
#include <coffer/shared.hpp>

#include <string>
#include <unordered_map>

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t keys = 1000;

asio::awaitable<std::int64_t> load_number(std::int64_t id)
{
    co_return id;
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

void miss(benchmark::State& state)
{
    auto function = coffer::cached("number", load_number,
                                   coffer::options().capacity(1000).allow_concurrent(false));
    bench::in_coroutine([&]() -> asio::awaitable<void> {
        const bench::allocation_meter meter;
        std::int64_t i = 0;
        for (auto _ : state) {
            const std::int64_t value = co_await function(i++);
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
BENCHMARK(miss)->Name("core.miss.ns");

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
    {"core.miss.ns", "ns", "floor.awaitable.ns"},
    {"core.miss.ns.allocations", "allocations a call", "", "allocations"},
};

} // namespace
