// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/clock.hpp>

#include <algorithm>
#include <chrono>

namespace coffer::redis::detail {

/// What asking for the whereabouts of all nodes has brought.
enum class refreshed : unsigned char {
    changed, ///< something new
    same,    ///< what was known before
    failed,  ///< nobody has answered
};

/// When a router asks where its nodes are: without clocks and I/O.
///
/// Now and then by itself; soon, if somebody found that what is known is old. The more often the
/// answer is what was known before, the longer it is not asked again.
class refresh_pace {
public:
    using time = clock::steady_time;
    using milliseconds = std::chrono::milliseconds;

    static constexpr milliseconds shortest{100};
    static constexpr milliseconds longest{5'000};
    /// While a node is out of reach another one may take its place at any moment.
    static constexpr milliseconds longest_in_trouble{500};

    refresh_pace() = default;
    /// By itself it is asked every so often.
    explicit refresh_pace(milliseconds by_itself) noexcept : by_itself_(by_itself) {}

    /// Somebody has use for it; `late` of them at most if there are many, to not ask all together.
    void want(time now, milliseconds late, bool in_trouble) noexcept
    {
        in_trouble_ |= in_trouble;
        const auto pause = in_trouble_ ? std::min(pause_, longest_in_trouble) : pause_;
        const auto soon = std::max(later(now, late), has_asked_ ? later(last_, pause) : now);
        next_ = std::min(next_, soon);
    }
    time next() const noexcept { return next_; }

    void asked(time now, refreshed what) noexcept
    {
        last_ = now;
        has_asked_ = true;
        in_trouble_ = false;
        next_ = later(now, by_itself_);
        if (what == refreshed::changed)
            pause_ = shortest;
        else
            pause_ = std::min(2 * pause_, what == refreshed::failed ? longest_in_trouble : longest);
        if (what == refreshed::failed)
            next_ = later(now, pause_);
    }

private:
    milliseconds by_itself_{60'000};
    time last_{};
    time next_{}; // the first time at once
    milliseconds pause_ = shortest;
    bool has_asked_ = false;
    bool in_trouble_ = false;
};

} // namespace coffer::redis::detail
