// SPDX-License-Identifier: BSL-1.0
// Many callers of one cold key: what each costs, against a coroutine that is spawned, posts and
// ends.
#include "support/measure.hpp"

#include <coffer/cached.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace asio = boost::asio;

namespace {

// Ends only when everything that was posted before it has run, so that all callers join.
asio::awaitable<int> load_slowly(int key)
{
    for (int i = 0; i < 3; ++i)
        co_await asio::post(asio::use_awaitable);
    co_return key;
}

asio::awaitable<void> post_once()
{
    co_await asio::post(asio::use_awaitable);
}

asio::awaitable<void> ask(coffer::cached_function<int(int)> function, int key)
{
    const int value = co_await function(key);
    benchmark::DoNotOptimize(value);
}

void stampede(benchmark::State& state)
{
    const auto callers = state.range(0);
    auto function = coffer::cached("cold", load_slowly, coffer::options().allow_concurrent(false));
    asio::io_context io(1);
    int key = 0;
    for (auto _ : state) {
        for (std::int64_t i = 0; i < callers; ++i)
            asio::co_spawn(io, ask(function, key), asio::detached);
        io.run();
        io.restart();
        ++key;
    }
    const auto seen = function.stats();
    if (seen.loads_started != static_cast<std::uint64_t>(state.iterations()))
        state.SkipWithError("more than one load for a key");
}

void spawned(benchmark::State& state)
{
    const auto callers = state.range(0);
    asio::io_context io(1);
    for (auto _ : state) {
        for (std::int64_t i = 0; i < callers; ++i)
            asio::co_spawn(io, post_once(), asio::detached);
        io.run();
        io.restart();
    }
}

BENCHMARK(spawned)->Name("floor.spawn_post.ns")->Arg(1)->Arg(100)->Arg(10'000);
BENCHMARK(stampede)->Name("stampede.ns")->Arg(1)->Arg(10)->Arg(100)->Arg(1000)->Arg(10'000);

const bench::row table[] = {
    {"floor.spawn_post.ns/1", "ns for all", ""},
    {"floor.spawn_post.ns/100", "ns for all", ""},
    {"floor.spawn_post.ns/10000", "ns for all", ""},
    {"stampede.ns/1", "ns for all", "floor.spawn_post.ns/1"},
    {"stampede.ns/10", "ns for all", ""},
    {"stampede.ns/100", "ns for all", "floor.spawn_post.ns/100"},
    {"stampede.ns/1000", "ns for all", ""},
    {"stampede.ns/10000", "ns for all", "floor.spawn_post.ns/10000"},
};

} // namespace
