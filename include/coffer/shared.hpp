// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/cached/signature.hpp>
#include <coffer/load_context.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <utility>

namespace coffer {

namespace detail {

template <class R, class F, class... Args>
asio::awaitable<std::shared_ptr<const R>> load_shared(F load, Args... args)
{
    auto loading = load(std::forward<Args>(args)...);
    R value = co_await std::move(loading);
    co_return std::make_shared<const R>(std::move(value));
}

template <class F, class R, class... Args>
auto sharing(F load, type_list<Args...>)
{
    return [load = std::move(load)](Args... args) {
        return load_shared<R, F, Args...>(load, std::forward<Args>(args)...);
    };
}

} // namespace detail

/// Makes a loader of `R` one of `std::shared_ptr<const R>`: a hit then copies a pointer, and `R`
/// need not be copyable.
///
///     auto pages = coffer::cached("page", coffer::shared(load_page));
///     std::shared_ptr<const page> p = co_await pages(url);
///
/// Lifetime: as for a loader given to `cached`; `load` is copied into each load.
template <class Loader>
auto shared(Loader load)
{
    static_assert(detail::plain_callable<Loader>,
                  "coffer: shared(...) needs a loader with one signature (no auto, no overloads)");
    using signature = detail::call_signature<Loader>;
    using value = typename detail::awaited_type<typename signature::result>::type;
    return detail::sharing<Loader, value>(std::move(load), typename signature::arguments());
}

} // namespace coffer
