// expect: name it: coffer::cached<R\(Args...\)>
// SPDX-License-Identifier: BSL-1.0
#include <coffer/cached.hpp>

auto f = coffer::cached("generic", [](auto id) -> boost::asio::awaitable<int> { co_return id; });
