// SPDX-License-Identifier: BSL-1.0
// Readers and writers on eight threads; a checker over what each read may have returned.
#include <coffer/cached.hpp>
#include <coffer/storage/memory_storage.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <future>
#include <random>
#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr int keys = 4;

/// The source, and what is known of it: a value that a read returned must not be older than the
/// last one whose invalidation had returned when the read began, nor newer than the source.
struct history {
    std::array<std::atomic<std::int64_t>, keys> source{};
    std::array<std::atomic<std::int64_t>, keys> promised{};
    std::atomic<std::int64_t> stale{0};
    std::atomic<std::int64_t> reads{0};
};

using function = coffer::cached_function<std::int64_t(int)>;
enum class change { key, tag, clear };

asio::awaitable<std::int64_t> load(history& of, coffer::load_context& context, int key)
{
    const std::int64_t value = of.source[static_cast<std::size_t>(key)];
    for (int i = 0; i < key; ++i) // loads of different length, between reading and delivering
        co_await asio::post(asio::use_awaitable);
    context.tag("tag " + std::to_string(key));
    co_return value;
}

asio::awaitable<void> read(history& of, function f, unsigned seed, int rounds)
{
    std::minstd_rand random(seed);
    for (int i = 0; i < rounds; ++i) {
        const auto key = static_cast<int>(random() % keys);
        const std::int64_t least = of.promised[static_cast<std::size_t>(key)];
        const std::int64_t got = co_await f(key);
        const std::int64_t most = of.source[static_cast<std::size_t>(key)];
        if (got < least || got > most)
            ++of.stale;
        ++of.reads;
        if (random() % 8 == 0)
            co_await asio::post(asio::use_awaitable);
    }
}

// One writer for each key, so that its promises only rise.
asio::awaitable<void> write(history& of, function f, int key, change how, int rounds)
{
    const auto at = static_cast<std::size_t>(key);
    for (int i = 1; i <= rounds; ++i) {
        of.source[at] = i;
        if (how == change::key)
            co_await f.invalidate(key);
        else if (how == change::tag)
            co_await f.invalidate_tag("tag " + std::to_string(key));
        else
            co_await f.clear();
        of.promised[at] = i;
        co_await asio::post(asio::use_awaitable);
    }
}

void check(const coffer::options& how, change by)
{
    const int rounds = std::getenv("COFFER_DEEP") ? 20'000 : 1'000;
    history of;
    const auto f = coffer::cached(
        "stress", [&of](coffer::load_context& context, int key) { return load(of, context, key); },
        how);
    asio::thread_pool pool(8);
    std::vector<std::future<void>> all;
    for (int key = 0; key < keys; ++key)
        all.push_back(asio::co_spawn(pool, write(of, f, key, by, rounds), asio::use_future));
    for (unsigned seed = 1; seed <= 12; ++seed)
        all.push_back(asio::co_spawn(pool, read(of, f, seed, rounds), asio::use_future));
    for (auto& one : all)
        CHECK_NOTHROW(one.get());
    asio::co_spawn(pool, f.close(), asio::use_future).get();
    pool.join();
    CHECK(of.stale == 0);
    CHECK(of.reads == 12 * rounds);
    CHECK(f.stats().loads_running == 0);
    f.check_invariants();
}

} // namespace

TEST_CASE("history: no read that begins after an invalidation returned is older, near tier only")
{
    for (const bool concurrent : {false, true})
        for (const auto by : {change::key, change::tag, change::clear})
            check(coffer::options().allow_concurrent(concurrent), by);
}

TEST_CASE("history: nor over a storage")
{
    for (const bool concurrent : {false, true})
        for (const auto by : {change::key, change::tag, change::clear}) {
            const auto store = coffer::memory_storage();
            check(coffer::options().storage(store).allow_concurrent(concurrent), by);
        }
}

TEST_CASE("history: nor with a near tier over a storage")
{
    for (const bool concurrent : {false, true})
        for (const auto by : {change::key, change::tag, change::clear}) {
            const auto store = coffer::memory_storage();
            check(coffer::options().storage(store).near(1h).allow_concurrent(concurrent), by);
        }
}
