// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>
#include <boost/system/system_error.hpp>

namespace coffer {

namespace asio = boost::asio;
namespace system = boost::system;

/// Turns the `system_error` that an operation may throw into a value.
///
/// Errors: an exception of another type passes through, since an error code cannot hold it.
///
/// Cancellation: `operation_aborted` is one of the errors in the result.
///
///     auto found = co_await coffer::as_result(storage->get(key));
///     if (!found) log(found.error());
template <class T>
asio::awaitable<system::result<T>> as_result(asio::awaitable<T> operation)
{
    try {
        if constexpr (std::is_void_v<T>) {
            co_await std::move(operation);
            co_return system::result<T>();
        } else {
            T value = co_await std::move(operation);
            co_return system::result<T>(system::in_place_value, std::move(value));
        }
    } catch (const system::system_error& failure) {
        co_return system::result<T>(system::in_place_error, failure.code());
    }
}

} // namespace coffer
