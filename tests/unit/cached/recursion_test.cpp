// SPDX-License-Identifier: BSL-1.0
// A load that needs, directly or through others, the value it is loading.
#include "unit/cached/asking.hpp"

#include <coffer/net/timer.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/strand.hpp>

using namespace fixture;

TEST_CASE("recursion: a loader that asks for its own key gets an error, not a hang")
{
    for (const bool concurrent : {false, true}) {
        CAPTURE(concurrent);
        bench b(coffer::options().allow_concurrent(concurrent));
        make_ask(b, b.f, same);
        auto call = b.call(7);
        auto joiner = b.call(7);
        b.drain();
        CHECK(call.error() == errc::recursive_load);
        CHECK(joiner.error() == errc::recursive_load);
        CHECK(b.from->runs == (concurrent ? 2 : 1));
        b.settled(concurrent ? 4 : 3);
    }
}

TEST_CASE("recursion: a loader may ask its own function for another key")
{
    bench b;
    b.from->instead = [&](coffer::load_context&, int key) -> asio::awaitable<int> {
        struct sum {
            static asio::awaitable<int> upto(numbers f, int n)
            {
                if (n == 0)
                    co_return 0;
                const int below = co_await f(n - 1);
                co_return below + n;
            }
        };
        return sum::upto(b.f, key);
    };
    CHECK(b.now(20) == 210);
    CHECK(b.from->runs == 21);
    b.settled(21);
}

TEST_CASE("recursion: timers, nested awaits and a strand of the loader's own keep the chain")
{
    struct detour {
        static asio::awaitable<int> ask(numbers f, coffer::clock time, int key)
        {
            auto executor = co_await asio::this_coro::executor;
            auto sleeping = coffer::sleep_until(time, time.now() + 1s);
            co_await std::move(sleeping);
            const auto strand = asio::make_strand(executor);
            const int value = co_await asio::co_spawn(strand, nested(f, key), asio::use_awaitable);
            co_return value;
        }
        static asio::awaitable<int> nested(numbers f, int key)
        {
            co_await asio::post(asio::use_awaitable);
            const int value = co_await f(key);
            co_return value;
        }
    };
    bench b;
    b.from->instead = [&](coffer::load_context&, int key) {
        return detour::ask(b.f, b.clock, key);
    };
    auto call = b.call(7);
    b.drain();
    b.pass(1s);
    CHECK(call.error() == errc::recursive_load);
    b.settled(2);
}

TEST_CASE("recursion: where the chain is lost, the load's deadline answers")
{
    bench b(shared_loads().load_deadline(10s));
    b.from->instead = [&](coffer::load_context&, int key) {
        // The foreign executor knows nothing of the load.
        return asio::co_spawn(b.io, b.f(key).as_awaitable(), asio::use_awaitable);
    };
    auto call = b.call(7);
    b.drain();
    CHECK_FALSE(call.done());
    b.pass(10s);
    CHECK(call.error() == errc::load_timeout);
    b.settled(2);
}

TEST_CASE("recursion: what a load leaves running is no part of it")
{
    bench b;
    std::optional<support::outcome_of<int>> later;
    struct spawner {
        static asio::awaitable<int> load(bench* in, std::optional<support::outcome_of<int>>* to)
        {
            const auto executor = co_await asio::this_coro::executor;
            to->emplace(executor, afterwards(in));
            co_return 1;
        }
        static asio::awaitable<int> afterwards(bench* in)
        {
            auto go = in->from->gate->wait();
            co_await std::move(go);
            const int value = co_await in->f(7);
            co_return value;
        }
    };
    b.from->gate.emplace();
    b.from->instead = [&](coffer::load_context&, int) { return spawner::load(&b, &later); };
    CHECK(b.now(7) == 1);
    b.run(b.f.invalidate(7));
    b.from->instead = nullptr;
    b.from->gate->set();
    b.drain();
    REQUIRE(later.has_value());
    CHECK(later->get() == 7001);
}

TEST_CASE("recursion: get_many inside a load")
{
    struct all {
        static asio::awaitable<int> ask(numbers f, std::vector<int> keys)
        {
            auto asking = f.get_many(keys);
            const auto got = co_await std::move(asking);
            int sum = 0;
            for (const auto& one : got)
                sum += one.value();
            co_return sum;
        }
    };
    bench b;
    b.from->instead = [&](coffer::load_context&, int key) -> asio::awaitable<int> {
        std::vector<int> below;
        for (int i = 0; i < key; ++i)
            below.push_back(i);
        if (key == 5)
            below.push_back(5);
        return all::ask(b.f, std::move(below));
    };
    CHECK(b.now(4) == 0);
    auto circle = b.call(5);
    b.drain();
    CHECK(circle.error() == errc::recursive_load);
    b.drain();
    CHECK_NOTHROW(b.f.check_invariants());
}

TEST_CASE("recursion: a chain of many loads does not nest on the stack")
{
    struct chain {
        static asio::awaitable<int> below(numbers f, int n)
        {
            if (n == 0)
                co_return 0;
            const int found = co_await f(n - 1);
            co_return found + 1;
        }
    };
    bench b;
    b.from->instead = [&](coffer::load_context&, int key) { return chain::below(b.f, key); };
    constexpr int depth = 5'000;
    CHECK(b.now(depth) == depth);
    CHECK(b.from->runs == depth + 1);
    b.settled(depth + 1);
}
