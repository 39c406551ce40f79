// expect: (no matching|cannot bind|use of deleted).*(await_transform|lookup_result|awaitable)
// SPDX-License-Identifier: BSL-1.0
#include <coffer/cached.hpp>

// A result is awaited once, as an rvalue: a named one needs std::move.
boost::asio::awaitable<int> ask(coffer::cached_function<int(int)> f)
{
    auto result = f(1);
    co_return co_await result;
}
