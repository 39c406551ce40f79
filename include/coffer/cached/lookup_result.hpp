// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <coroutine>
#include <exception>
#include <utility>
#include <variant>

namespace coffer {

namespace asio = boost::asio;

/// The result of a call: a value that is there, or the recipe for a coroutine that fetches it.
///
/// Await it once, as an rvalue, in any `asio::awaitable` coroutine; a value that is there neither
/// suspends nor allocates. As an operation object it takes any other completion token, with
/// signature `void(std::exception_ptr, T)`; a token's handler always runs through a post.
///
/// `Source` has a member template `load<Executor>() &&` that returns `awaitable<T, Executor>`.
///
/// Cancellation: as the fetching coroutine says. A coroutine that was cancelled throws at a hit
/// too.
template <class T, class Source>
class [[nodiscard]] lookup_result {
public:
    using value_type = T;

    explicit lookup_result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    explicit lookup_result(Source source) : state_(std::in_place_index<1>, std::move(source)) {}
    lookup_result(lookup_result&&) = default;
    lookup_result& operator=(lookup_result&&) = default;

    bool ready() const noexcept { return state_.index() == 0; }

    /// Precondition: `ready()`.
    T take() && { return std::move(*std::get_if<0>(&state_)); }

    /// Precondition: not `ready()`.
    template <class Executor = asio::any_io_executor>
    asio::awaitable<T, Executor> load() &&
    {
        return std::move(*std::get_if<1>(&state_)).template load<Executor>();
    }

    /// The same as a plain awaitable, for `co_spawn`, `&&` and `||`.
    template <class Executor = asio::any_io_executor>
    asio::awaitable<T, Executor> as_awaitable() &&
    {
        return awaited<Executor>(std::move(*this));
    }

    // Constrained, because Asio's coroutines also try every operand as a function of their frame.
    template <asio::completion_token_for<void(std::exception_ptr, T)> Token>
    auto operator()(Token&& token) &&
    {
        return asio::async_initiate<Token, void(std::exception_ptr, T)>(initiate(), token,
                                                                        std::move(*this));
    }

private:
    template <class Executor>
    static asio::awaitable<T, Executor> awaited(lookup_result self)
    {
        if (self.ready())
            co_return std::move(self).take();
        co_return co_await std::move(self).template load<Executor>();
    }

    // A spawned coroutine filters all but terminal cancellation; opened wide, the caller's decides.
    template <class Executor>
    static asio::awaitable<T, Executor> spawned(lookup_result self)
    {
        co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
        co_return co_await std::move(self).template load<Executor>();
    }

    struct initiate {
        template <class Handler>
        void operator()(Handler handler, lookup_result self) const
        {
            auto executor = asio::get_associated_executor(handler);
            using executor_type = decltype(executor);
            if (!self.ready())
                return asio::co_spawn(executor, spawned<executor_type>(std::move(self)),
                                      std::move(handler));
            // Posted: completing here would resume the caller on top of its own stack, one level
            // for each hit of a loop.
            asio::post(executor, [h = std::move(handler), v = std::move(self).take()]() mutable {
                std::move(h)(std::exception_ptr(), std::move(v));
            });
        }
    };

    std::variant<T, Source> state_;
};

} // namespace coffer

#include <coffer/cached/ready_seam.hpp>
