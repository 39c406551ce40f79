// expect: a loader must return asio::awaitable<R>
// SPDX-License-Identifier: BSL-1.0
#include <coffer/cached.hpp>

int twice(int);

auto f = coffer::cached("twice", twice);
