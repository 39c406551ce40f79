// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/clock.hpp>
#include <coffer/net/background.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <type_traits>

namespace coffer {

namespace asio = boost::asio;

/// Awaits an operation until `moment` of `time` and no longer.
///
/// If the moment comes first, the operation is told to cancel and this call ends at once, also if
/// the operation does not listen. Then it goes on by itself, counted in `tasks`, and what comes
/// out of it is dropped.
///
/// Errors: `errc::timeout` if the moment came first, without starting the operation if it is past
/// already; those of the operation; `closed` and `overloaded` of `tasks`.
///
/// Cancellation: is passed on to the operation in the same way.
///
/// Lifetime: `operation` may outlive the call, so it must own what it uses.
///
/// Threads: the operation runs in a strand over the caller's executor, since its end and its
/// cancellation may meet. Without a deadline (the last moment there is) it runs in place.
///
/// Cost: about two microseconds and a dozen allocations.
asio::awaitable<void> with_deadline(asio::awaitable<void> operation, clock time,
                                    clock::steady_time moment, background tasks);

namespace detail {

template <class T>
asio::awaitable<void> keep_result(asio::awaitable<T> operation,
                                  std::shared_ptr<std::optional<T>> to)
{
    T value = co_await std::move(operation);
    to->emplace(std::move(value));
}

} // namespace detail

template <class T>
    requires(!std::is_void_v<T>)
asio::awaitable<T> with_deadline(asio::awaitable<T> operation, clock time,
                                 clock::steady_time moment, background tasks)
{
    auto result = std::make_shared<std::optional<T>>();
    auto keeping = detail::keep_result(std::move(operation), result);
    auto limited = with_deadline(std::move(keeping), std::move(time), moment, std::move(tasks));
    co_await std::move(limited);
    co_return std::move(**result);
}

} // namespace coffer
