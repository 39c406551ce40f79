// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <stdexcept>

namespace coffer {

/// How long an entry may be used: `never` expires, `inherit` from the cache, or a duration.
///
/// A duration has millisecond meaning on every storage: a positive one is rounded up to whole
/// milliseconds. Zero means *expire now*: nothing is stored, and what was stored goes.
///
/// Errors: a negative duration, or one of more than about 292 million years, throws
/// `std::invalid_argument` where it is written.
class ttl {
public:
    using duration = std::chrono::milliseconds;

    /// Takes what the cache has as its default.
    constexpr ttl() noexcept = default;

    /// A time span; implicit, so that `ttl(5min)` and plain `5min` both work.
    template <class Rep, class Period>
    constexpr ttl(std::chrono::duration<Rep, Period> span) : ticks_(checked(span))
    {}

    static constexpr ttl never() noexcept { return ttl(never_ticks, raw()); }
    static constexpr ttl inherit() noexcept { return ttl(); }

    constexpr bool is_never() const noexcept { return ticks_ == never_ticks; }
    constexpr bool is_inherit() const noexcept { return ticks_ == inherit_ticks; }
    /// True for "expire now".
    constexpr bool is_zero() const noexcept { return ticks_ == 0; }
    constexpr bool is_finite() const noexcept { return ticks_ >= 0; }

    /// Precondition: `is_finite()`.
    constexpr duration span() const noexcept { return duration(ticks_); }

    /// This, or `fallback` where this says *inherit*.
    constexpr ttl or_else(ttl fallback) const noexcept { return is_inherit() ? fallback : *this; }

    friend constexpr bool operator==(ttl, ttl) noexcept = default;

private:
    struct raw {};
    constexpr ttl(std::int64_t ticks, raw) noexcept : ticks_(ticks) {}

    template <class Rep, class Period>
    static constexpr std::int64_t checked(std::chrono::duration<Rep, Period> span)
    {
        using wide = std::chrono::duration<long double, std::milli>;
        const long double exact = wide(span).count();
        if (!(exact >= 0))
            throw std::invalid_argument("coffer: a ttl must not be negative; use ttl::never() for "
                                        "no expiry and zero for expire-now");
        if (exact > static_cast<long double>(std::numeric_limits<std::int64_t>::max() / 2))
            throw std::invalid_argument("coffer: a ttl is too large; use ttl::never()");
        const auto whole = static_cast<std::int64_t>(exact);
        return static_cast<long double>(whole) < exact ? whole + 1 : whole;
    }

    static constexpr std::int64_t inherit_ticks = -1;
    static constexpr std::int64_t never_ticks = -2;

    std::int64_t ticks_ = inherit_ticks; // milliseconds >= 0, or one of the two marks above
};

/// An entry that is kept until it is evicted or invalidated.
inline constexpr ttl never = ttl::never();

} // namespace coffer
