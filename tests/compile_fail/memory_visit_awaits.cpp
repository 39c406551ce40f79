// expect: value_visitor
// expect: awaited
// SPDX-License-Identifier: BSL-1.0
#include <coffer/memory/memory_cache.hpp>

#include <boost/asio/awaitable.hpp>

// The lock of a shard must not be held while a coroutine is suspended.
void suspend_under_the_lock(coffer::memory_cache<int, int>& cache)
{
    cache.visit(1, [](int) -> boost::asio::awaitable<void> { co_return; });
}
