// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

namespace coffer {

/// An argument that is left out of the key: a database handle, a logger, a trace id.
///
/// Two calls that differ only in it share one entry. It converts from and to `T` by itself, so
/// neither the caller nor the body of the loader has to mention it. All are equal.
///
///     asio::awaitable<product> load(coffer::unkeyed<db::pool> pool, std::int64_t id);
template <class T>
class unkeyed {
public:
    using value_type = T;

    constexpr unkeyed()
        requires std::default_initializable<T>
    = default;

    template <class U = T>
        requires std::convertible_to<U, T> && (!std::same_as<std::remove_cvref_t<U>, unkeyed>)
    constexpr unkeyed(U&& value) : value_(std::forward<U>(value))
    {}

    constexpr operator const T&() const noexcept { return value_; }
    constexpr const T& get() const& noexcept { return value_; }
    constexpr T&& get() && noexcept { return std::move(value_); }
    constexpr const T* operator->() const noexcept { return &value_; }

    friend constexpr bool operator==(const unkeyed&, const unkeyed&) noexcept { return true; }

private:
    T value_{};
};

template <class T>
unkeyed(T) -> unkeyed<T>;

} // namespace coffer
