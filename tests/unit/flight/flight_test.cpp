// SPDX-License-Identifier: BSL-1.0
// A flight without a function: who parks, who wakes, and why.
#include "support/coro_test.hpp"

#include <coffer/flight/flight.hpp>
#include <coffer/flight/flight_wait.hpp>
#include <coffer/flight/load_strand.hpp>
#include <coffer/testing/manual_clock.hpp>

#include <boost/asio/this_coro.hpp>

#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace std::chrono_literals;
using coffer::detail::flight_base;
using coffer::detail::flight_wait;
using coffer::detail::wake;
using phase = flight_base::phase;

namespace {

/// A flight of ten seconds, in one context.
class bench {
public:
    coffer::testing::manual_clock clock;
    asio::io_context io;
    std::shared_ptr<flight_base> flight = std::make_shared<flight_base>(
        clock, coffer::clock(clock).now() + 10s, io.get_executor(), nullptr);

    template <class Context>
    support::outcome_of<wake> wait(Context& in)
    {
        return support::start(in, parked(flight, clock, std::nullopt));
    }
    template <class Context>
    support::outcome_of<wake> wait(Context& in, std::chrono::milliseconds most)
    {
        return support::start(in, parked(flight, clock, most));
    }

private:
    static asio::awaitable<wake> parked(std::shared_ptr<flight_base> on, coffer::clock time,
                                        std::optional<std::chrono::milliseconds> most)
    {
        const support::live here;
        const asio::any_io_executor executor = co_await asio::this_coro::executor;
        flight_wait wait(std::move(on));
        if (most)
            wait.until(executor, time, time.now() + *most);
        const wake why = co_await wait.park();
        co_return why;
    }
};

} // namespace

TEST_CASE("flight: its end wakes everybody, in the order in which they parked")
{
    bench b;
    std::vector<int> order;
    struct one {
        static asio::awaitable<void> wait(std::shared_ptr<flight_base> on, std::vector<int>* to,
                                          int number)
        {
            flight_wait waiting(std::move(on));
            const wake why = co_await waiting.park();
            CHECK(why == wake::done);
            to->push_back(number);
        }
    };
    for (int i = 0; i < 5; ++i)
        support::start(b.io, one::wait(b.flight, &order, i));
    support::drain(b.io);
    CHECK(order.empty());
    CHECK(b.flight->finish(phase::done));
    CHECK(order.empty()); // posted, never inline
    support::drain(b.io);
    CHECK(order == std::vector<int>{0, 1, 2, 3, 4});
}

TEST_CASE("flight: ends once, and delivers before anybody wakes")
{
    bench b;
    int delivered = 0;
    const auto deliver = [&] { ++delivered; };
    CHECK(b.flight->running());
    CHECK(b.flight->finish(phase::done, deliver));
    CHECK_FALSE(b.flight->finish(phase::abandoned, deliver));
    CHECK_FALSE(b.flight->running());
    CHECK_FALSE(b.flight->joinable());
    CHECK(delivered == 1);
}

TEST_CASE("flight: who comes after its end goes on at once")
{
    for (const auto how : {phase::done, phase::abandoned}) {
        bench b;
        b.flight->finish(how);
        auto late = b.wait(b.io);
        support::drain(b.io);
        CHECK(late.get() == (how == phase::done ? wake::done : wake::abandoned));
    }
}

TEST_CASE("flight: one waiter leaves, by cancellation or by its own time; the others stay")
{
    bench b;
    auto stays = b.wait(b.io);
    auto leaves = b.wait(b.io);
    auto hasty = b.wait(b.io, 50ms);
    support::drain(b.io);
    leaves.cancel();
    support::drain(b.io);
    CHECK(leaves.get() == wake::left);
    b.clock.advance(50ms);
    support::drain(b.io);
    CHECK(hasty.get() == wake::timeout);
    CHECK_FALSE(stays.done());
    b.flight->finish(phase::done);
    support::drain(b.io);
    CHECK(stays.get() == wake::done);
    CHECK(b.clock.pending() == 0);
}

TEST_CASE("flight: counts who is inside, and says who was the last one")
{
    bench b;
    b.flight->enter();
    b.flight->enter();
    CHECK(b.flight->waiting() == 2);
    CHECK_FALSE(b.flight->exit());
    CHECK(b.flight->exit());
    b.flight->enter();
    b.flight->finish(phase::done);
    CHECK_FALSE(b.flight->exit()); // there is nothing left to stop
}

TEST_CASE("flight: nobody joins one that was told to stop, or whose context has stopped")
{
    bench b;
    CHECK(b.flight->joinable());
    b.io.stop();
    CHECK_FALSE(b.flight->joinable());
    b.io.restart();
    CHECK(b.flight->joinable());
    b.flight->request_cancel();
    CHECK_FALSE(b.flight->joinable());
    CHECK(b.flight->running()); // it may not listen
}

TEST_CASE("flight: the request to stop is posted to the load, and given once")
{
    bench b;
    int heard = 0;
    const auto signal = b.flight->make_signal();
    signal->slot().assign([&](asio::cancellation_type) { ++heard; });
    b.flight->request_cancel();
    b.flight->request_cancel();
    CHECK(heard == 0);
    support::drain(b.io);
    CHECK(heard == 1);
}

TEST_CASE("flight: a waiter elsewhere finds out by itself that nobody will tell it")
{
    bench b;
    asio::io_context other;
    auto far = b.wait(other);
    auto near = b.wait(b.io);
    support::drain(other);
    support::drain(b.io);
    b.clock.advance(10s);
    support::drain(other);
    CHECK_FALSE(far.done()); // the load's own context gets to say so first
    b.clock.advance(100ms);
    support::drain(other);
    CHECK(far.get() == wake::abandoned);
    support::drain(b.io);
    CHECK(near.get() == wake::abandoned);
}

TEST_CASE("flight: the watch of a context goes with its last waiter, and comes with the next")
{
    bench b;
    asio::io_context other;
    auto one = b.wait(other);
    auto two = b.wait(other);
    support::drain(other);
    CHECK(b.clock.pending() == 1);
    one.cancel();
    support::drain(other);
    CHECK(b.clock.pending() == 1);
    two.cancel();
    support::drain(other);
    CHECK(b.clock.pending() == 0);
    auto three = b.wait(other);
    support::drain(other);
    CHECK(b.clock.pending() == 1);
    b.flight->finish(phase::done);
    CHECK(b.clock.pending() == 0);
    support::drain(other);
    CHECK(three.get() == wake::done);
}

TEST_CASE("flight: landing abandons who still waits, and lets go of the load's context")
{
    bench b;
    auto context = std::make_unique<asio::io_context>();
    const coffer::clock time(b.clock);
    auto flight = std::make_shared<flight_base>(
        time, time.now() + 10s, coffer::detail::linked_strand(context->get_executor(), nullptr),
        nullptr);
    b.flight = flight;
    auto waits = b.wait(b.io);
    support::drain(b.io);
    flight->land();
    context.reset();
    flight->request_cancel(); // has nobody to go to any more
    support::drain(b.io);
    CHECK(waits.get() == wake::abandoned);
}

TEST_CASE("flight: contexts that are destroyed take their waiters along, others stay")
{
    const int before = support::live::count();
    {
        bench b;
        auto stays = b.wait(b.io);
        support::drain(b.io);
        for (int round = 0; round < 3; ++round) {
            asio::io_context gone;
            auto one = b.wait(gone);
            auto two = b.wait(gone, 50ms);
            support::drain(gone);
        }
        CHECK(support::live::count() == before + 1);
        CHECK(b.clock.pending() == 0);
        b.flight->finish(phase::done);
        support::drain(b.io);
        CHECK(stays.get() == wake::done);
    }
    CHECK(support::live::count() == before);
}

TEST_CASE("flight: a waiter that is woken holds its context no longer")
{
    bench b;
    asio::io_context other;
    auto far = b.wait(other);
    support::drain(other);
    CHECK_FALSE(other.stopped());
    b.flight->finish(phase::done);
    support::drain(other);
    CHECK(far.done());
    CHECK(other.stopped());
}
