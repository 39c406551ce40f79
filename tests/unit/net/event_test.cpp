// SPDX-License-Identifier: BSL-1.0
#include <coffer/net/event.hpp>

#include <coffer/net/timer.hpp>
#include <coffer/testing/manual_clock.hpp>

#include "support/coro_test.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using support::drain;
using support::start;
namespace asio = boost::asio;

namespace {

asio::awaitable<void> sleep_for(coffer::clock time, std::chrono::nanoseconds span)
{
    const auto until = coffer::later(time.now(), span);
    return coffer::sleep_until(time, until);
}

asio::awaitable<void> count_wakes(coffer::event what, std::atomic<int>& woken)
{
    co_await what.wait();
    ++woken;
}

asio::awaitable<void> nothing()
{
    co_return;
}

} // namespace

TEST_CASE("event: everybody who waits goes on when it is set, and later comers do not wait")
{
    asio::io_context io;
    coffer::event happened;
    auto first = start(io, happened.wait());
    auto second = start(io, happened.wait());
    drain(io);
    CHECK_FALSE(first.done());
    CHECK_FALSE(happened.is_set());
    happened.set();
    CHECK_FALSE(first.done()); // posted, not run inside set()
    drain(io);
    CHECK(first.done());
    CHECK(second.done());
    auto third = start(io, happened.wait());
    drain(io);
    CHECK(third.done());
    CHECK(happened.is_set());
}

TEST_CASE("event: a wait ends false when its moment comes first")
{
    asio::io_context io;
    coffer::testing::manual_clock time;
    coffer::event happened;
    auto waiting = start(io, happened.wait_until(time, time.now() + 10ms));
    drain(io);
    time.advance(9ms);
    drain(io);
    CHECK_FALSE(waiting.done());
    time.advance(1ms);
    CHECK_FALSE(waiting.done());
    drain(io);
    REQUIRE(waiting.done());
    CHECK(waiting.get() == false);
    CHECK(time.pending() == 0);
}

TEST_CASE("event: set before the moment takes the wake-up back from the clock")
{
    asio::io_context io;
    coffer::testing::manual_clock time;
    coffer::event happened;
    auto waiting = start(io, happened.wait_until(time, time.now() + 10ms));
    drain(io);
    CHECK(time.pending() == 1);
    happened.set();
    drain(io);
    CHECK(waiting.get() == true);
    CHECK(time.pending() == 0);
}

TEST_CASE("event: when both are there, being set wins over the moment")
{
    asio::io_context io;
    coffer::testing::manual_clock time;
    coffer::event happened;
    happened.set();
    auto past = start(io, happened.wait_until(time, time.now() - 1s));
    drain(io);
    CHECK(past.get() == true);
    coffer::event never;
    auto reached = start(io, never.wait_until(time, time.now()));
    drain(io);
    CHECK(reached.get() == false);
}

TEST_CASE("event: cancelling one wait ends it alone")
{
    asio::io_context io;
    coffer::testing::manual_clock time;
    coffer::event happened;
    auto leaves = start(io, happened.wait_until(time, time.now() + 1s));
    auto stays = start(io, happened.wait_until(time, time.now() + 1s));
    drain(io);
    leaves.cancel();
    drain(io);
    CHECK(leaves.error() == asio::error::operation_aborted);
    CHECK(time.pending() == 1);
    CHECK_FALSE(stays.done());
    happened.set();
    drain(io);
    CHECK(stays.get() == true);
}

TEST_CASE("event: waiters resume on their own executor")
{
    asio::io_context here;
    asio::io_context there;
    coffer::event happened;
    auto mine = start(here, happened.wait());
    auto other = start(there, happened.wait());
    drain(here);
    drain(there);
    happened.set();
    drain(here);
    CHECK(mine.done());
    CHECK_FALSE(other.done());
    drain(there);
    CHECK(other.done());
}

TEST_CASE("event: a destroyed context takes its waiters along, and the clock keeps nothing of them")
{
    coffer::testing::manual_clock time;
    coffer::event happened;
    auto alive = std::make_shared<int>(0);
    auto hold_while_waiting = [](coffer::event what, coffer::clock by,
                                 std::shared_ptr<int>) -> asio::awaitable<void> {
        co_await what.wait_until(by, by.now() + 1h);
    };
    {
        asio::io_context io;
        start(io, hold_while_waiting(happened, time, alive));
        drain(io);
        CHECK(alive.use_count() == 2);
    }
    CHECK(alive.use_count() == 1);
    CHECK(time.pending() == 0);
    time.advance(2h);
    happened.set();
}

TEST_CASE("event: threads that set and threads that wait meet without losing a wake-up")
{
    for (int round = 0; round < 200; ++round) {
        asio::thread_pool pool(3);
        coffer::event happened;
        std::atomic<int> woken{0};
        for (int i = 0; i < 4; ++i)
            asio::co_spawn(pool, count_wakes(happened, woken), asio::detached);
        happened.set();
        pool.join();
        CHECK(woken == 4);
    }
}

TEST_CASE("sleep: a hand-moved clock wakes at the moment, in a strand as well")
{
    asio::io_context io;
    coffer::testing::manual_clock time;
    auto strand = asio::make_strand(io);
    support::outcome_of<void> slept(strand, sleep_for(time, 1s));
    drain(io);
    time.advance(999ms);
    drain(io);
    CHECK_FALSE(slept.done());
    time.advance(1ms);
    drain(io);
    CHECK(slept.done());
}

TEST_CASE("sleep: a moment that is past does not suspend")
{
    asio::io_context io;
    coffer::testing::manual_clock time;
    start(io, nothing());
    const std::size_t bare = drain(io);
    auto slept = start(io, coffer::sleep_until(time, time.now()));
    CHECK(drain(io) == bare);
    CHECK(slept.done());
}

TEST_CASE("sleep: cancellation ends it with operation_aborted and frees the wake-up")
{
    asio::io_context io;
    coffer::testing::manual_clock time;
    auto slept = start(io, sleep_for(time, 1s));
    drain(io);
    CHECK(time.pending() == 1);
    slept.cancel();
    drain(io);
    CHECK(slept.error() == asio::error::operation_aborted);
    CHECK(time.pending() == 0);
}

TEST_CASE("sleep: the machine's clock works the same way")
{
    asio::io_context io;
    auto asleep = start(io, sleep_for(coffer::clock(), 1h));
    auto brief = start(io, sleep_for(coffer::clock(), 1us));
    while (!brief.done())
        io.run_one();
    CHECK_FALSE(asleep.done());
    asleep.cancel();
    drain(io);
    CHECK(asleep.error() == asio::error::operation_aborted);
}

TEST_CASE("later: the last moment there is is never passed")
{
    using coffer::later;
    using steady = coffer::clock::steady_time;
    const steady some(1h);
    CHECK(later(some, 5ms) == some + 5ms);
    CHECK(later(some, std::chrono::milliseconds::max()) == steady::max());
    CHECK(later(some, std::chrono::nanoseconds::max()) == steady::max());
    CHECK(later(steady::max(), 1ms) == steady::max());
    CHECK(later(steady::max(), 0ms) == steady::max());
}
