// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "unit/cached/fixture.hpp"

#include <boost/asio/post.hpp>

namespace fixture {

/// Makes the loader of `b` ask `f` for `then(key)`; what it gets, it returns.
inline void make_ask(bench& b, numbers& f, int (*then)(int))
{
    struct call {
        static asio::awaitable<int> ask(numbers f, int key)
        {
            co_await asio::post(asio::use_awaitable);
            const int value = co_await f(key);
            co_return value;
        }
    };
    b.from->instead = [&f, then](coffer::load_context&, int key) {
        return call::ask(f, then(key));
    };
}

inline int same(int key)
{
    return key;
}
inline int other_one(int key)
{
    return key ^ 1;
}

} // namespace fixture
