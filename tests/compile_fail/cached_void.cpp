// expect: a function that returns nothing has nothing to cache
// SPDX-License-Identifier: BSL-1.0
#include <coffer/cached.hpp>

boost::asio::awaitable<void> work(int);

auto f = coffer::cached("work", work);
