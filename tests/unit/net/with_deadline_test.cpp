// SPDX-License-Identifier: BSL-1.0
#include <coffer/net/with_deadline.hpp>

#include <coffer/core/errc.hpp>
#include <coffer/net/event.hpp>
#include <coffer/net/timer.hpp>
#include <coffer/testing/manual_clock.hpp>

#include "support/coro_test.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>

using namespace std::chrono_literals;
using coffer::background;
using coffer::event;
using coffer::with_deadline;
using support::drain;
using support::start;
namespace asio = boost::asio;

namespace {

struct fixture {
    asio::io_context io;
    coffer::testing::manual_clock time;
    background tasks;
    event go;

    ~fixture()
    {
        go.set();
        drain(io);
        CHECK(tasks.running() == 0);
        CHECK(time.pending() == 0);
    }

    coffer::clock::steady_time in(std::chrono::milliseconds span) const
    {
        return time.now() + span;
    }
};

asio::awaitable<std::string> say(event after, std::string text)
{
    co_await after.wait();
    co_return text;
}

asio::awaitable<void> deaf(event after, std::shared_ptr<int> ended)
{
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    co_await after.wait();
    ++*ended;
}

asio::awaitable<void> note_cancel(event after, std::shared_ptr<std::string> heard)
{
    try {
        co_await after.wait();
        *heard = "went on";
    } catch (const boost::system::system_error& failure) {
        *heard = failure.code() == asio::error::operation_aborted ? "cancelled" : "failed";
        throw;
    }
}

asio::awaitable<void> refuse()
{
    throw std::logic_error("refused");
    co_return;
}

} // namespace

TEST_CASE_FIXTURE(fixture, "with_deadline: gives the value of an operation that is in time")
{
    auto waiting = start(io, with_deadline(say(go, "hello"), time, in(5ms), tasks));
    drain(io);
    CHECK(tasks.running() == 1);
    time.advance(4ms);
    go.set();
    drain(io);
    CHECK(waiting.get() == "hello");
}

TEST_CASE_FIXTURE(fixture, "with_deadline: cancels an operation that is late, and says timeout")
{
    auto heard = std::make_shared<std::string>();
    auto waiting = start(io, with_deadline(note_cancel(go, heard), time, in(5ms), tasks));
    drain(io);
    time.advance(5ms);
    drain(io);
    CHECK(waiting.error() == coffer::errc::timeout);
    CHECK(*heard == "cancelled");
    CHECK(tasks.running() == 0);
}

TEST_CASE_FIXTURE(fixture,
                  "with_deadline: does not wait for an operation that ignores cancellation")
{
    auto ended = std::make_shared<int>(0);
    auto waiting = start(io, with_deadline(deaf(go, ended), time, in(5ms), tasks));
    drain(io);
    time.advance(5ms);
    drain(io);
    CHECK(waiting.error() == coffer::errc::timeout);
    CHECK(*ended == 0);
    CHECK(tasks.running() == 1); // no orphan: counted to its end
    go.set();
    drain(io);
    CHECK(*ended == 1);
    CHECK(tasks.running() == 0);
}

TEST_CASE_FIXTURE(fixture, "with_deadline: a moment that is past does not start the operation")
{
    auto ended = std::make_shared<int>(0);
    go.set();
    auto waiting = start(io, with_deadline(deaf(go, ended), time, in(0ms), tasks));
    drain(io);
    CHECK(waiting.error() == coffer::errc::timeout);
    CHECK(*ended == 0);
}

TEST_CASE_FIXTURE(fixture, "with_deadline: what the operation throws comes through unchanged")
{
    auto waiting = start(io, with_deadline(refuse(), time, in(5ms), tasks));
    drain(io);
    CHECK_THROWS_AS(waiting.get(), std::logic_error);
}

TEST_CASE_FIXTURE(fixture, "with_deadline: the caller's cancellation reaches the operation")
{
    auto heard = std::make_shared<std::string>();
    auto waiting = start(io, with_deadline(note_cancel(go, heard), time, in(5ms), tasks));
    drain(io);
    waiting.cancel();
    drain(io);
    CHECK(waiting.error() == asio::error::operation_aborted);
    CHECK(*heard == "cancelled");
}

TEST_CASE_FIXTURE(fixture, "with_deadline: without a deadline the operation runs in place")
{
    const auto never = coffer::clock::steady_time::max();
    auto waiting = start(io, with_deadline(say(go, "hello"), time, never, tasks));
    drain(io);
    CHECK(tasks.running() == 0);
    go.set();
    drain(io);
    CHECK(waiting.get() == "hello");
}

TEST_CASE_FIXTURE(fixture, "with_deadline: closed tasks start nothing")
{
    auto closing = start(io, tasks.close());
    auto waiting = start(io, with_deadline(say(go, "hello"), time, in(5ms), tasks));
    drain(io);
    CHECK(closing.done());
    CHECK(waiting.error() == coffer::errc::closed);
}

TEST_CASE("with_deadline: a destroyed context takes the waiter and the operation along")
{
    coffer::testing::manual_clock time;
    background tasks;
    event never;
    auto held = std::make_shared<int>(0);
    {
        asio::io_context io;
        start(io, with_deadline(deaf(never, held), time, time.now() + 5ms, tasks));
        drain(io);
        CHECK(tasks.running() == 1);
    }
    CHECK(held.use_count() == 1);
    CHECK(tasks.running() == 0);
    CHECK(time.pending() == 0);
}

namespace {

/// An operation that ends in one case and is late in the other; abandoned and cancelled everywhere.
template <bool Late>
struct limited {
    explicit limited(asio::io_context& in) : io(&in) {}

    asio::awaitable<void> run()
    {
        if (Late)
            advance_after(8);
        else
            go.set();
        auto operation = held(go, support::live());
        return with_deadline(std::move(operation), time, time.now() + 1ms, tasks);
    }
    static asio::awaitable<void> held(event after, support::live) { co_await after.wait(); }

    void advance_after(int steps)
    {
        if (steps == 0)
            return time.advance(1ms);
        asio::post(*io, [this, steps] { advance_after(steps - 1); });
    }

    void ended(std::exception_ptr error)
    {
        CHECK(tasks.running() == 0);
        CHECK(time.pending() == 0);
        if (Late)
            CHECK(error != nullptr);
    }

    asio::io_context* io;
    coffer::testing::manual_clock time;
    background tasks;
    event go;
};

} // namespace

TEST_CASE("with_deadline: abandoned or cancelled at every step, nothing is left")
{
    CHECK(support::abandon_at_every_step<limited<false>>() > 3);
    CHECK(support::abandon_at_every_step<limited<true>>() > 3);
    CHECK(support::cancel_at_every_step<limited<false>>() > 3);
    CHECK(support::cancel_at_every_step<limited<true>>() > 3);
}

TEST_CASE("with_deadline: the end and the deadline may meet on several threads")
{
    for (int round = 0; round < 200; ++round) {
        asio::thread_pool pool(3);
        coffer::testing::manual_clock time;
        background tasks;
        event go;
        std::atomic<int> ended{0};
        auto finish = [&](std::exception_ptr, std::string) { ++ended; };
        asio::co_spawn(pool, with_deadline(say(go, "x"), time, time.now() + 1ms, tasks), finish);
        asio::post(pool, [&] { go.set(); });
        asio::post(pool, [&] { time.advance(1ms); });
        pool.join();
        CHECK(ended == 1);
        CHECK(tasks.running() == 0);
    }
}
