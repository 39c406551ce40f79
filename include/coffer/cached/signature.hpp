// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/load_context.hpp>

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <tuple>
#include <type_traits>

namespace coffer {

namespace asio = boost::asio;

namespace detail {

template <class... Ts>
struct type_list {};

/// What a callable returns and takes; undefined for one whose call is overloaded or a template.
template <class F>
struct call_signature : call_signature<decltype(&F::operator())> {};
template <class R, class... A>
struct call_signature<R (*)(A...)> {
    using result = R;
    using arguments = type_list<A...>;
};
template <class R, class... A>
struct call_signature<R (*)(A...) noexcept> : call_signature<R (*)(A...)> {};
template <class R, class C, class... A>
struct call_signature<R (C::*)(A...)> : call_signature<R (*)(A...)> {};
template <class R, class C, class... A>
struct call_signature<R (C::*)(A...) const> : call_signature<R (*)(A...)> {};
template <class R, class C, class... A>
struct call_signature<R (C::*)(A...) noexcept> : call_signature<R (*)(A...)> {};
template <class R, class C, class... A>
struct call_signature<R (C::*)(A...) const noexcept> : call_signature<R (*)(A...)> {};

template <class F>
concept plain_callable = requires { typename call_signature<F>::result; };

template <class T>
struct awaited_type {};
template <class T, class Executor>
struct awaited_type<asio::awaitable<T, Executor>> {
    using type = T;
};
template <class T>
concept awaitable_type = requires { typename awaited_type<T>::type; };

template <class R, class List>
struct cached_signature;
template <class R, class... A>
struct cached_signature<R, type_list<A...>> {
    using type = R(std::decay_t<A>...);
};
template <class R, class... A>
struct cached_signature<R, type_list<load_context&, A...>> {
    using type = R(std::decay_t<A>...);
};

/// `R(Args...)` of a loader: the awaited result, and the decayed arguments without the context.
template <class Loader>
struct loader_signature {
    static_assert(plain_callable<Loader>,
                  "coffer: the loader's signature cannot be deduced (its call operator is "
                  "overloaded or a template); name it: coffer::cached<R(Args...)>(name, loader)");
    using returned = typename call_signature<Loader>::result;
    static_assert(awaitable_type<returned>,
                  "coffer: a loader must return asio::awaitable<R>; a plain function needs no "
                  "waiting, make it a coroutine if it shall be cached");
    using type = typename cached_signature<typename awaited_type<returned>::type,
                                           typename call_signature<Loader>::arguments>::type;
};

template <class T>
struct as_function;
template <class R, class... A>
struct as_function<type_list<R, A...>> {
    using type = std::function<R(const std::decay_t<A>&...)>;
};

} // namespace detail
} // namespace coffer
