// SPDX-License-Identifier: BSL-1.0
// What a miss costs, counted in allocations, so that it does not creep up again. The bounds hold
// for every compiler and level of optimisation; a coroutine's frame that one of them makes larger
// than Asio recycles costs one more.
#include "counted_allocations.hpp"

#include <coffer/cached.hpp>
#include <coffer/storage/memory_storage.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

namespace asio = boost::asio;
using counted::allocations;

namespace {

using numbers = coffer::cached_function<std::int64_t(std::int64_t)>;

asio::awaitable<std::int64_t> load_at_once(std::int64_t id)
{
    co_return id;
}
asio::awaitable<std::int64_t> load_with_waits(std::int64_t id)
{
    for (int i = 0; i < 3; ++i)
        co_await asio::post(asio::use_awaitable);
    co_return id;
}
asio::awaitable<std::vector<std::int64_t>> load_all(std::vector<std::int64_t> ids)
{
    co_return ids;
}

coffer::options small()
{
    return coffer::options().capacity(100).allow_concurrent(false);
}

constexpr int count = 1000;

asio::awaitable<void> ask_in_turn(numbers f, double* each)
{
    for (std::int64_t i = 0; i < count; ++i) // until it evicts as much as it stores
        co_await f(i);
    const std::size_t before = allocations;
    for (std::int64_t i = count; i < 2 * count; ++i)
        co_await f(i);
    *each = static_cast<double>(allocations - before) / count;
}

/// Allocations for each of many misses, one after the other.
double each_miss(const numbers& f)
{
    double each = 0;
    asio::io_context io(1);
    asio::co_spawn(io, ask_in_turn(f, &each), asio::detached);
    io.run();
    CHECK(f.stats().loads == 2 * count);
    return each;
}

asio::awaitable<void> ask(numbers f, std::int64_t key)
{
    co_await f(key);
}
asio::awaitable<void> pass(int times)
{
    for (int i = 0; i < times; ++i)
        co_await asio::post(asio::use_awaitable);
}

/// Allocations of some callers of one cold key.
std::size_t together(const numbers& f, std::int64_t key, int callers)
{
    asio::io_context io(1);
    const std::size_t before = allocations;
    for (int i = 0; i < callers; ++i)
        asio::co_spawn(io, ask(f, key), asio::detached);
    io.run();
    return allocations - before;
}
/// Of as many coroutines that wait twice for something else.
std::size_t beside(int callers)
{
    asio::io_context io(1);
    const std::size_t before = allocations;
    for (int i = 0; i < callers; ++i)
        asio::co_spawn(io, pass(2), asio::detached);
    io.run();
    return allocations - before;
}

asio::awaitable<void> ask_for_many(numbers f, double* each)
{
    constexpr std::size_t keys = 100;
    std::vector<std::int64_t> ids(keys);
    std::int64_t next = 0;
    std::size_t before = 0;
    constexpr int rounds = 20;
    for (int round = 0; round < rounds; ++round) {
        if (round == rounds / 2)
            before = allocations;
        for (auto& id : ids)
            id = next++;
        const auto found = co_await f.get_many(ids);
        CHECK(found.size() == keys);
    }
    *each = static_cast<double>(allocations - before) / (rounds / 2 * keys);
}

double each_of_many(const numbers& f)
{
    double each = 0;
    asio::io_context io(1);
    asio::co_spawn(io, ask_for_many(f, &each), asio::detached);
    io.run();
    return each;
}

} // namespace

TEST_CASE("miss: of a load that does not wait")
{
    const double each = each_miss(coffer::cached("at once", load_at_once, small()));
    MESSAGE("allocations: " << each);
    CHECK(each <= 12);
}

TEST_CASE("miss: of a load that waits, and so gets a timer")
{
    const double each = each_miss(coffer::cached("waits", load_with_waits, small()));
    MESSAGE("allocations: " << each);
    CHECK(each <= 18);
}

TEST_CASE("miss: nobody needs to be single to be cheap")
{
    const double each =
        each_miss(coffer::cached("alone", load_at_once, small().allow_concurrent(true)));
    CHECK(each <= 12);
}

TEST_CASE("miss: who joins a load pays for a coroutine that waits")
{
    const auto f = coffer::cached("cold", load_with_waits, small());
    together(f, 1, 1000);
    beside(1000);
    const std::size_t few = together(f, 2, 1000);
    const std::size_t many = together(f, 3, 2000);
    const double joiner = static_cast<double>(many - few) / 1000;
    const double waiter = static_cast<double>(beside(2000) - beside(1000)) / 1000;
    MESSAGE("allocations: " << joiner << " beside " << waiter);
    CHECK(joiner < waiter + 3.5);
    CHECK(f.stats().loads_started == 3);
}

TEST_CASE("miss: of many keys in one call")
{
    const auto one_load = coffer::cached("batch", load_at_once, small().batch(load_all));
    const double batch = each_of_many(one_load);
    MESSAGE("allocations: " << batch);
    CHECK(batch <= 6);
    const double single = each_of_many(coffer::cached("each", load_at_once, small()));
    MESSAGE("allocations: " << single);
    CHECK(single <= 16);
}
