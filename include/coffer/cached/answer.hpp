// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace coffer {

/// Where an answer came from.
enum class source : std::uint8_t {
    near_tier, ///< this process, without a wait
    storage,
    load,  ///< the loader ran for it, for this call or for one that it joined
    stale, ///< an entry past its time to live, within its grace
};

/// A value, with where it came from and how old it is.
template <class T>
class answer {
public:
    /// Of no call: for `co_spawn`, which makes one beside each error.
    answer()
        requires std::default_initializable<T>
    = default;
    answer(T value, coffer::source from, std::chrono::milliseconds age)
        : value_(std::move(value)), age_(age), source_(from)
    {}

    const T& value() const& noexcept { return value_; }
    T&& value() && noexcept { return std::move(value_); }
    coffer::source source() const noexcept { return source_; }
    /// Since it was loaded.
    std::chrono::milliseconds age() const noexcept { return age_; }

private:
    T value_{};
    std::chrono::milliseconds age_{0};
    coffer::source source_ = source::load;
};

namespace detail {

/// An answer as a call returns it: whole, or its value.
template <class Result, class T>
Result given(answer<T> from)
{
    if constexpr (std::is_same_v<Result, answer<T>>)
        return from;
    else
        return std::move(from).value();
}

} // namespace detail

} // namespace coffer
