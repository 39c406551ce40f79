// SPDX-License-Identifier: BSL-1.0
#include "redis/near.hpp"

#include "redis/workload.hpp"
#include "support/allocations.hpp"

#include <coffer/cached.hpp>
#include <coffer/storage/redis_storage.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstdlib>
#include <exception>
#include <vector>

namespace bench_redis {
namespace {

using cached = coffer::cached_function<std::int64_t(std::int64_t)>;

constexpr std::int64_t hot_keys = 1'000;
constexpr std::size_t calls_in_a_turn = 10'000; // the loop must hear the server meanwhile

asio::awaitable<std::int64_t> square(std::int64_t of)
{
    co_return of* of;
}

void rethrow(std::exception_ptr failure)
{
    if (failure)
        std::rethrow_exception(failure);
}

asio::awaitable<void> warm_up(cached f, coffer::redis_storage store)
{
    co_await f(0);
    auto checking = store.check();
    co_await std::move(checking);
    auto telling = store.fence();
    co_await std::move(telling);
    for (int round = 0; round < 3; ++round)
        for (std::int64_t key = 0; key < hot_keys; ++key)
            co_await f(key);
}

asio::awaitable<void> hit(cached f, coffer::redis_storage store, std::size_t calls, near_cost* to)
{
    auto warming = warm_up(f, store);
    co_await std::move(warming);
    const auto hits_before = f.stats().hits;
    double seconds = 0;
    std::uint64_t allocated = 0;
    for (std::size_t done = 0; done < calls; done += calls_in_a_turn) {
        const double begin = cpu_seconds();
        const std::uint64_t before = bench::allocations();
        for (std::size_t i = 0; i < calls_in_a_turn; ++i)
            co_await f(static_cast<std::int64_t>(i) % hot_keys);
        seconds += cpu_seconds() - begin;
        allocated += bench::allocations() - before;
        co_await asio::post(asio::use_awaitable);
    }
    const auto all = static_cast<double>(calls);
    to->nanoseconds = seconds * 1e9 / all;
    to->allocations = static_cast<double>(allocated) / all;
    to->share = static_cast<double>(f.stats().hits - hits_before) / all;
    co_await f.close();
    co_await store->close();
}

/// Of both kinds, as the server tells it.
double server_cpu(const support::redis_server& on)
{
    const std::string text = on.cli({"INFO", "cpu"});
    double sum = 0;
    for (const char* name : {"used_cpu_sys:", "used_cpu_user:"})
        if (const auto at = text.find(name); at != text.npos)
            sum += std::atof(text.c_str() + at + std::char_traits<char>::length(name));
    return sum;
}

asio::awaitable<void> read_some(coffer::storage_ptr from, std::size_t count)
{
    for (std::size_t i = 0; i < count; ++i) {
        auto reading = from->get(coffer::storage_key("bench", "near", key(i % keys)));
        co_await std::move(reading);
    }
}

asio::awaitable<void> prepare(coffer::redis_storage store, bool watched)
{
    const coffer::storage_ptr to = store;
    for (std::size_t i = 0; i < keys; ++i) {
        coffer::entry value(std::string(value_size, 'x'));
        auto putting = to->put(coffer::storage_key("bench", "near", key(i)), std::move(value));
        co_await std::move(putting);
    }
    if (!watched)
        co_return;
    to->board();
    co_await asio::post(asio::use_awaitable);
    auto checking = store.check();
    co_await std::move(checking);
    auto telling = store.fence();
    co_await std::move(telling);
}

} // namespace

near_cost near_hits(const support::redis_server& on, std::size_t calls)
{
    asio::io_context io(1);
    const coffer::redis_storage store(io.get_executor(), redis::config(on.url()));
    const cached f =
        coffer::cached("square", square, coffer::options().storage(store).near(coffer::coherent));
    near_cost seen;
    asio::co_spawn(io, hit(f, store, calls, &seen), rethrow);
    io.run();
    return seen;
}

double server_cpu_of_reads(const support::redis_server& on, bool watched, std::size_t reads)
{
    constexpr std::size_t coroutines = 16;
    asio::io_context io(1);
    const coffer::redis_storage store(io.get_executor(), redis::config(on.url()));
    asio::co_spawn(io, prepare(store, watched), rethrow);
    const auto run_until_idle = [&](std::size_t& left) {
        while (left > 0)
            io.run_one();
    };
    std::size_t left = 1;
    asio::co_spawn(io, read_some(store, keys), [&](std::exception_ptr failure) {
        rethrow(failure);
        --left;
    });
    run_until_idle(left);
    const double before = server_cpu(on);
    left = coroutines;
    for (std::size_t i = 0; i < coroutines; ++i)
        asio::co_spawn(io, read_some(store, reads / coroutines), [&](std::exception_ptr failure) {
            rethrow(failure);
            --left;
        });
    run_until_idle(left);
    const double spent = server_cpu(on) - before;
    asio::co_spawn(io, store->close(), rethrow);
    io.run();
    return spent * 1e6 / static_cast<double>(reads);
}

} // namespace bench_redis
