// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/cached/signature.hpp>
#include <coffer/cached_function.hpp>
#include <coffer/load_context.hpp>
#include <coffer/options.hpp>

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace coffer {

namespace detail {

template <class Signature>
struct function_maker;

template <class R, class... Args>
struct function_maker<R(Args...)> {
    static_assert(!std::is_void_v<R>,
                  "coffer: a function that returns nothing has nothing to cache; return a value, "
                  "e.g. whether it did something");
    static_assert(!std::is_reference_v<R>,
                  "coffer: a cached function returns values, not references");
    static_assert(std::is_copy_constructible_v<R>,
                  "coffer: each hit is a copy, and this value cannot be copied; wrap the loader in "
                  "coffer::shared(...) to get a shared_ptr<const R> instead");
    using core = function_core<R, Args...>;

    template <class Loader>
    static cached_function<R(Args...)> make(std::string name, Loader load, options&& how)
    {
        typename core::loader_type erased;
        if constexpr (std::is_invocable_v<Loader&, load_context&, const Args&...>)
            erased = std::move(load);
        else
            erased = [f = std::move(load)](load_context&, const Args&... args) mutable {
                return f(args...);
            };
        return cached_function<R(Args...)>(
            std::make_shared<core>(std::move(name), std::move(erased), std::move(how).take()));
    }
};

} // namespace detail

/// Puts a cache before a coroutine function.
///
/// `load` is a function, or a function object that may be called from several threads at once,
/// returning `asio::awaitable<R>`. Its arguments make the key; a first parameter `load_context&`
/// and arguments wrapped in `unkeyed<T>` do not. A reference parameter refers to a copy that lives
/// as long as the load.
///
/// Errors: `std::invalid_argument` for an empty name, and for options that do not fit each other,
/// the function or the storage.
///
///     asio::awaitable<product> load_product(std::int64_t id);
///     auto products = coffer::cached("product", load_product, coffer::options().ttl(5min));
template <class Loader>
auto cached(std::string name, Loader load, options how = options())
{
    using signature = typename detail::loader_signature<Loader>::type;
    return detail::function_maker<signature>::make(std::move(name), std::move(load),
                                                   std::move(how));
}

/// The same with the signature spelled out, for callables that do not have a single one.
///
///     auto products = coffer::cached<product(std::int64_t)>("product", std::bind_front(load, db));
template <class Signature, class Loader>
    requires std::is_function_v<Signature>
cached_function<Signature> cached(std::string name, Loader load, options how = options())
{
    return detail::function_maker<Signature>::make(std::move(name), std::move(load),
                                                   std::move(how));
}

/// The same for a member function of `object`: a pointer, plain or smart, that the cache keeps.
///
/// Lifetime: what a plain pointer points to must outlive the loads.
template <class R, class C, class... Params, class Object>
auto cached(std::string name, asio::awaitable<R> (C::*member)(Params...), Object object,
            options how = options())
{
    auto load = [member, object = std::move(object)](Params... args) {
        return ((*object).*member)(std::forward<Params>(args)...);
    };
    return cached(std::move(name), std::move(load), std::move(how));
}
template <class R, class C, class... Params, class Object>
auto cached(std::string name, asio::awaitable<R> (C::*member)(Params...) const, Object object,
            options how = options())
{
    auto load = [member, object = std::move(object)](Params... args) {
        return ((*object).*member)(std::forward<Params>(args)...);
    };
    return cached(std::move(name), std::move(load), std::move(how));
}

} // namespace coffer
