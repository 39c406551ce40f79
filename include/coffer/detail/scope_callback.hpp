// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/asio/awaitable.hpp>

#include <concepts>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

namespace coffer {

namespace asio = boost::asio;

/// What may be registered on a scope: called without arguments, returning nothing or an
/// `asio::awaitable<void>`. It may be move-only, and a coroutine lambda that captures: the scope
/// keeps it alive until it has ended.
template <class F>
concept scope_action = std::move_constructible<F> && std::invocable<F&> &&
                       (std::is_void_v<std::invoke_result_t<F&>> ||
                        std::same_as<std::invoke_result_t<F&>, asio::awaitable<void>>);

namespace detail {

/// A registered callback whose type is forgotten.
class scope_callback {
public:
    scope_callback() = default;
    scope_callback(const scope_callback&) = delete;
    scope_callback& operator=(const scope_callback&) = delete;
    virtual ~scope_callback() = default;

    /// Called at most once; the object outlives the awaitable.
    virtual asio::awaitable<void> run() = 0;
};

template <class F>
class scope_callback_of final : public scope_callback {
public:
    explicit scope_callback_of(F action) : action_(std::move(action)) {}

    asio::awaitable<void> run() override
    {
        if constexpr (std::is_void_v<std::invoke_result_t<F&>>)
            return call(&action_);
        else
            return std::invoke(action_);
    }

private:
    static asio::awaitable<void> call(F* action)
    {
        std::invoke(*action);
        co_return;
    }

    F action_;
};

template <class F>
std::unique_ptr<scope_callback> make_scope_callback(F&& action)
{
    return std::make_unique<scope_callback_of<std::decay_t<F>>>(std::forward<F>(action));
}

} // namespace detail
} // namespace coffer
