// SPDX-License-Identifier: BSL-1.0
#include <coffer/net/timer.hpp>

#include <coffer/testing/manual_clock.hpp>

#include "support/coro_test.hpp"

#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <future>

using namespace std::chrono_literals;
using support::drain;
namespace asio = boost::asio;

TEST_CASE("timer: calls once, on its executor, when the moment comes")
{
    asio::io_context io;
    coffer::testing::manual_clock time;
    coffer::timer timer(io.get_executor(), time);
    int calls = 0;
    timer.start(time.now() + 5ms, [&] { ++calls; });
    time.advance(4ms);
    drain(io);
    CHECK(calls == 0);
    time.advance(1ms);
    CHECK(calls == 0);
    drain(io);
    CHECK(calls == 1);
    time.advance(1h);
    drain(io);
    CHECK(calls == 1);
    CHECK_FALSE(timer.cancel());
}

TEST_CASE("timer: a moment that is past is called at once, but never inside start")
{
    asio::io_context io;
    coffer::testing::manual_clock time;
    coffer::timer timer(io.get_executor(), time);
    int calls = 0;
    timer.start(time.now() - 5ms, [&] { ++calls; });
    CHECK(calls == 0);
    while (calls == 0)
        io.run_one();
    CHECK(calls == 1);
}

TEST_CASE("timer: cancelled between the moment and the call, it does not call")
{
    asio::io_context io;
    coffer::testing::manual_clock time;
    coffer::timer timer(io.get_executor(), time);
    int calls = 0;
    timer.start(time.now() + 5ms, [&] { ++calls; });
    time.advance(5ms);
    CHECK(timer.cancel());
    CHECK_FALSE(timer.cancel());
    drain(io);
    CHECK(calls == 0);
}

TEST_CASE("timer: starting again takes the place of the earlier start")
{
    asio::io_context io;
    coffer::testing::manual_clock time;
    coffer::timer timer(io.get_executor(), time);
    std::string order;
    timer.start(time.now() + 5ms, [&] { order += 'a'; });
    timer.start(time.now() + 10ms, [&] { order += 'b'; });
    CHECK(time.pending() == 1);
    time.advance(20ms);
    drain(io);
    CHECK(order == "b");
}

TEST_CASE("timer: may be started from its own call")
{
    asio::io_context io;
    coffer::testing::manual_clock time;
    coffer::timer timer(io.get_executor(), time);
    int calls = 0;
    std::function<void()> again = [&] {
        if (++calls < 3)
            timer.start(time.now() + 1ms, again);
    };
    timer.start(time.now() + 1ms, again);
    for (int i = 0; i < 5; ++i) {
        time.advance(1ms);
        drain(io);
    }
    CHECK(calls == 3);
}

TEST_CASE("timer: destroying it cancels and frees what the function holds")
{
    asio::io_context io;
    coffer::testing::manual_clock time;
    auto held = std::make_shared<int>(0);
    {
        coffer::timer timer(io.get_executor(), time);
        timer.start(time.now() + 5ms, [held] { ++*held; });
        CHECK(held.use_count() == 2);
    }
    CHECK(held.use_count() == 1);
    CHECK(time.pending() == 0);
    time.advance(5ms);
    drain(io);
    CHECK(*held == 0);
}

TEST_CASE("timer: a context that is destroyed drops the call")
{
    coffer::testing::manual_clock time;
    auto held = std::make_shared<int>(0);
    {
        asio::io_context io;
        coffer::timer timer(io.get_executor(), time);
        timer.start(time.now() + 5ms, [held] { ++*held; });
    }
    time.advance(5ms);
    CHECK(held.use_count() == 1);
    CHECK(*held == 0);
}

TEST_CASE("timer: works by the machine's clock, and cancels there")
{
    asio::io_context io;
    coffer::timer soon(io.get_executor(), coffer::clock());
    coffer::timer far(io.get_executor(), coffer::clock());
    int calls = 0;
    far.start(coffer::clock::steady_time::max(), [&] { calls += 100; });
    soon.start(coffer::clock().now() + 1ms, [&] {
        ++calls;
        CHECK(far.cancel());
    });
    io.run(); // ends, because the far one left nothing behind
    CHECK(calls == 1);
}

TEST_CASE("timer: start, cancel and the moment race on several threads without a double call")
{
    for (int round = 0; round < 300; ++round) {
        asio::thread_pool pool(2);
        coffer::testing::manual_clock time;
        std::atomic<int> calls{0};
        coffer::timer timer(pool.get_executor(), time);
        timer.start(time.now() + 1ms, [&] { ++calls; });
        auto mover = std::async(std::launch::async, [&] { time.advance(2ms); });
        const bool cancelled = timer.cancel();
        mover.get();
        pool.join();
        CHECK(calls == (cancelled ? 0 : 1));
    }
}
