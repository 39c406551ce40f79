// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/cached/outcome.hpp>
#include <coffer/cached/signature.hpp>

#include <boost/asio/awaitable.hpp>

#include <any>
#include <functional>
#include <utility>
#include <vector>

namespace coffer {

namespace detail {

template <class T>
struct batch_traits;
template <class K>
struct batch_traits<type_list<std::vector<K>>> {
    using key = K;
};
template <class K>
struct batch_traits<type_list<const std::vector<K>&>> : batch_traits<type_list<std::vector<K>>> {};

template <class R>
struct batch_result;
template <class R>
struct batch_result<std::vector<R>> {
    using value = R;
};
template <class R>
struct batch_result<std::vector<outcome<R>>> {
    using value = R;
};

template <class R, class K>
using batch_loader = std::function<asio::awaitable<std::vector<outcome<R>>>(std::vector<K>)>;

// The frame owns the user's loader for as long as it runs.
template <class R, class F, class K>
asio::awaitable<std::vector<outcome<R>>> run_batch(F load_many, std::vector<K> keys)
{
    auto loaded = co_await load_many(std::move(keys));
    std::vector<outcome<R>> all;
    all.reserve(loaded.size());
    for (auto&& one : loaded)
        all.emplace_back(std::move(one));
    co_return all;
}

/// Erases a user's batch loader to the one form that a function of the same types looks for.
template <class F>
std::any batch_hook(F load_many)
{
    static_assert(plain_callable<F>,
                  "coffer: name the parameter type of the batch loader (no auto, no overloads)");
    using signature = call_signature<F>;
    using key = typename batch_traits<typename signature::arguments>::key;
    using loaded = typename awaited_type<typename signature::result>::type;
    using value = typename batch_result<loaded>::value;
    return batch_loader<value, key>([f = std::move(load_many)](std::vector<key> keys) {
        return run_batch<value>(f, std::move(keys));
    });
}

} // namespace detail
} // namespace coffer
