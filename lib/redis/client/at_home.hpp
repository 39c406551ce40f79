// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "redis/client/client_core.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace coffer::redis::detail {

/// Runs a coroutine on the client's executor, wherever the caller is.
template <class T>
asio::awaitable<T> at_home(std::shared_ptr<client_core> core, asio::awaitable<T> work)
{
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    if (core->home() == executor)
        co_return co_await std::move(work);
    auto running = asio::co_spawn(core->home(), std::move(work), asio::use_awaitable);
    co_return co_await std::move(running);
}

} // namespace coffer::redis::detail
