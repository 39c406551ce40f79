// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "support/stepper.hpp"

#include <doctest/doctest.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <variant>

namespace support {

/// A coroutine that a test has started, and looks at from outside.
template <class T>
class outcome_of {
public:
    template <class Executor>
    outcome_of(const Executor& executor, asio::awaitable<T> work)
        : state_(std::make_shared<state>())
    {
        auto slot = state_->signal.slot();
        asio::co_spawn(executor, std::move(work),
                       asio::bind_cancellation_slot(slot, completion{state_}));
    }

    bool done() const { return state_->done; }
    bool failed() const { return state_->failure != nullptr; }

    /// Its value; rethrows what it threw.
    T get() const
    {
        REQUIRE(state_->done);
        if (state_->failure)
            std::rethrow_exception(state_->failure);
        if constexpr (!std::is_void_v<T>)
            return *state_->value;
    }

    /// The code it failed with; none if it did not, or with an exception of another type.
    boost::system::error_code error() const
    {
        try {
            get();
        } catch (const boost::system::system_error& known) {
            return known.code();
        }
        return {};
    }

    /// The caller must be where the coroutine cannot run at the same time.
    void cancel(asio::cancellation_type how = asio::cancellation_type::terminal) const
    {
        state_->signal.emit(how);
    }

private:
    using stored = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

    struct state {
        bool done = false;
        std::exception_ptr failure;
        std::optional<stored> value;
        asio::cancellation_signal signal;
    };

    struct completion {
        std::shared_ptr<state> to;
        void operator()(std::exception_ptr failure) const
        {
            to->done = true;
            to->failure = failure;
        }
        void operator()(std::exception_ptr failure, stored value) const
        {
            (*this)(failure);
            if (!failure)
                to->value.emplace(std::move(value));
        }
    };

    std::shared_ptr<state> state_;
};

template <class Context, class T>
outcome_of<T> start(Context& context, asio::awaitable<T> work)
{
    return outcome_of<T>(context.get_executor(), std::move(work));
}

/// Runs a coroutine that needs nothing but itself to its end.
template <class T>
T run(asio::awaitable<T> work)
{
    asio::io_context io;
    auto one = start(io, std::move(work));
    drain(io);
    REQUIRE_MESSAGE(one.done(), "the coroutine waits for something that never comes");
    return one.get();
}

} // namespace support

/// A test case whose body is a coroutine; it must end without any time passing.
#define CORO_TEST(NAME) COFFER_CORO_TEST(DOCTEST_ANONYMOUS(coffer_coro_test_), NAME)
#define COFFER_CORO_TEST(FUNCTION, NAME)                                                           \
    static boost::asio::awaitable<void> FUNCTION();                                                \
    TEST_CASE(NAME)                                                                                \
    {                                                                                              \
        support::run(FUNCTION());                                                                  \
    }                                                                                              \
    static boost::asio::awaitable<void> FUNCTION()
