// SPDX-License-Identifier: BSL-1.0
// Included by lookup_result.hpp, after its class.
#pragma once

#include <coffer/cached/lookup_result.hpp>

#include <boost/asio/version.hpp>

#include <concepts>

// Asio wraps whatever a coroutine awaits in `detail::awaitable_async_op`. One partial
// specialisation for our type makes its `await_ready()` tell the truth: a hit costs about 1 ns over
// the look-up instead of the 14 ns of a coroutine frame, or the 50 ns of a post.
//
// It depends on the wrapper's name, its three parameters, and its construction from
// `(Op&&, frame*, ...)`, which hold from Boost 1.80 to 1.90. An Asio that nobody tried gets the
// documented, slower way. Boost 1.80 and 1.81 cannot await an operation with this signature without
// the seam; there `std::move(result).as_awaitable()` remains.
//
// All translation units must agree on COFFER_NO_READY_SEAM.
#if BOOST_ASIO_VERSION >= 102400 && BOOST_ASIO_VERSION <= 103800 && !defined(COFFER_NO_READY_SEAM)
#define COFFER_READY_SEAM 1
#else
#define COFFER_READY_SEAM 0
#endif

namespace coffer::detail {

/// Awaits a look-up without a detour. Names nothing private of Asio: an awaitable's suspend and
/// resume members are public, and the promise's type is deduced.
template <class T, class Source, class Executor>
class lookup_awaiter {
public:
    explicit lookup_awaiter(lookup_result<T, Source>& result) noexcept : result_(result) {}

    bool await_ready() const noexcept { return result_.ready(); }

    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> caller)
    {
        miss_ = std::move(result_).template load<Executor>();
        miss_.await_suspend(caller);
    }

    T await_resume() { return result_.ready() ? std::move(result_).take() : miss_.await_resume(); }

private:
    lookup_result<T, Source>& result_; // the operand, which lives to the end of its expression
    asio::awaitable<T, Executor> miss_;
};

} // namespace coffer::detail

#if COFFER_READY_SEAM
namespace boost::asio::detail {

template <class Signature, class T, class Source, class Executor>
class awaitable_async_op<Signature, coffer::lookup_result<T, Source>, Executor>
    : public coffer::detail::lookup_awaiter<T, Source, Executor> {
public:
    // What follows the operand is the frame and, with handler tracking, a source location.
    template <class... Ignored>
    explicit awaitable_async_op(coffer::lookup_result<T, Source>&& result, Ignored&&...) noexcept
        : coffer::detail::lookup_awaiter<T, Source, Executor>(result)
    {}
};

} // namespace boost::asio::detail
#endif

namespace coffer::detail {

/// Whether `co_await` of a look-up goes through the seam: asserted by a test, so that a change in
/// Asio shows as a failure and not as a slow-down.
template <class T, class Source, class Executor>
inline constexpr bool seam_active =
    std::derived_from<decltype(std::declval<typename std::coroutine_traits<
                                   asio::awaitable<void, Executor>>::promise_type&>()
                                   .await_transform(std::declval<lookup_result<T, Source>>())),
                      lookup_awaiter<T, Source, Executor>>;

} // namespace coffer::detail
