// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "support/live.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

/// Deterministic stepping: a test runs an `io_context` handler by handler, on its own thread.
///
/// A *scenario* is a class that sets one operation up and checks what became of it:
///
///     struct scenario {
///         explicit scenario(asio::io_context& io);   // for `fail`: (io, support::faults&)
///         asio::awaitable<void> run();                // the operation, in many steps
///         void ended(std::exception_ptr error);       // not called by `abandon_at_every_step`
///     };
///
/// It is made anew for each step k, with an `io_context` of its own, which dies before it.
namespace support {

namespace asio = boost::asio;

/// No scenario takes so many steps: a sweep that gets here would never end.
inline constexpr std::size_t too_many_steps = 100'000;

/// Runs at most `most` handlers that are ready; returns how many ran.
inline std::size_t step(asio::io_context& io, std::size_t most)
{
    std::size_t ran = 0;
    io.restart();
    while (ran < most && io.poll_one() != 0)
        ++ran;
    return ran;
}

/// Runs all that is ready, and what becomes ready by it. Does not wait for timers.
inline std::size_t drain(asio::io_context& io)
{
    const std::size_t ran = step(io, too_many_steps);
    REQUIRE_MESSAGE(ran < too_many_steps, "the handlers never end");
    return ran;
}

/// One coroutine that a test started: whether it has ended, how, and a way to cancel it.
class started {
public:
    started(asio::any_io_executor where, asio::awaitable<void> work) : state_(new state)
    {
        asio::co_spawn(where, std::move(work),
                       asio::bind_cancellation_slot(state_->cancel.slot(),
                                                    [state = state_](std::exception_ptr error) {
                                                        state->ended = true;
                                                        state->error = error;
                                                    }));
    }
    started(asio::io_context& io, asio::awaitable<void> work)
        : started(io.get_executor(), std::move(work))
    {}

    bool ended() const noexcept { return state_->ended; }
    std::exception_ptr error() const noexcept { return state_->error; }
    void cancel(asio::cancellation_type type = asio::cancellation_type::terminal)
    {
        state_->cancel.emit(type);
    }

private:
    struct state {
        asio::cancellation_signal cancel;
        bool ended = false;
        std::exception_ptr error;
    };
    std::shared_ptr<state> state_; // shared with the completion handler
};

/// Runs `work` to its end and throws what it threw. Fails if it waits for something that never
/// becomes ready by itself.
inline void run(asio::io_context& io, asio::awaitable<void> work)
{
    started running(io, std::move(work));
    drain(io);
    REQUIRE_MESSAGE(running.ended(), "the coroutine did not end");
    if (running.error())
        std::rethrow_exception(running.error());
}

template <class T>
T run(asio::io_context& io, asio::awaitable<T> work)
{
    std::optional<T> result;
    auto store = [](std::optional<T>* to, asio::awaitable<T> from) -> asio::awaitable<void> {
        to->emplace(co_await std::move(from));
    };
    run(io, store(&result, std::move(work)));
    return std::move(*result);
}

/// Calls `attempt(k)` for every k until it says that it was the last one; no `live` object may be
/// left after any of them. Returns the last k.
template <class Attempt>
std::size_t at_every_step(const Attempt& attempt)
{
    const int before = live::count();
    for (std::size_t k = 0;; ++k) {
        REQUIRE_MESSAGE(k < too_many_steps, "the scenario never ends");
        CAPTURE(k);
        const bool last = attempt(k);
        CHECK(live::count() == before);
        if (last)
            return k;
    }
}

/// Destroys the `io_context` after k handlers, for every k up to the end of the scenario: then no
/// `live` object is left. Returns the number of steps.
template <class Scenario>
std::size_t abandon_at_every_step()
{
    return at_every_step([](std::size_t k) {
        auto io = std::make_unique<asio::io_context>(1);
        Scenario scenario(*io);
        started running(*io, scenario.run());
        const bool all = step(*io, k) < k;
        CHECK(running.ended() >= all);
        io.reset();
        return all;
    });
}

/// Cancels the scenario's coroutine after k handlers, for every k, and lets everything run to its
/// end. Returns the number of steps.
template <class Scenario>
std::size_t cancel_at_every_step(asio::cancellation_type type = asio::cancellation_type::terminal)
{
    return at_every_step([type](std::size_t k) {
        auto io = std::make_unique<asio::io_context>(1);
        Scenario scenario(*io);
        started running(*io, scenario.run());
        const bool all = step(*io, k) < k;
        running.cancel(type);
        drain(*io);
        CHECK(running.ended());
        scenario.ended(running.error());
        io.reset();
        return all;
    });
}

/// What an injected failure throws.
class injected_fault : public std::runtime_error {
public:
    injected_fault() : std::runtime_error("injected fault") {}
};

/// The points at which a scenario may fail; one of them does.
class faults {
public:
    explicit faults(std::size_t at) noexcept : at_(at) {}

    /// Throws `injected_fault` if it is this point's turn.
    void point()
    {
        if (passed_++ == at_)
            throw injected_fault();
    }
    bool happened() const noexcept { return passed_ > at_; }

private:
    std::size_t at_;
    std::size_t passed_ = 0;
};

/// Fails the scenario at its k-th fault point, for every k. Returns the number of points.
template <class Scenario>
std::size_t fail_at_every_step()
{
    return at_every_step([](std::size_t k) {
        auto io = std::make_unique<asio::io_context>(1);
        faults plan(k);
        Scenario scenario(*io, plan);
        started running(*io, scenario.run());
        drain(*io);
        CHECK(running.ended());
        scenario.ended(running.error());
        io.reset();
        return !plan.happened();
    });
}

} // namespace support
