// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <ratio>
#include <type_traits>
#include <utility>

namespace coffer {

/// Where a cache reads the time. One source serves any number of caches and threads.
///
/// Steady time decides everything inside a process; wall time is only for what leaves it.
class time_source {
public:
    using steady_time = std::chrono::steady_clock::time_point;
    using wall_time = std::chrono::sys_time<std::chrono::milliseconds>;

    virtual ~time_source() = default;

    virtual steady_time now() const noexcept = 0;
    virtual wall_time wall() const noexcept = 0;

    /// True once `moment` is past. Cheaper than comparing `now()`: the real source looks at a
    /// coarse clock first and at the exact one only within some milliseconds of `moment`.
    virtual bool reached(steady_time moment) const noexcept { return now() >= moment; }

    /// A source whose time is moved by hand calls `wake` once `moment` is reached (from the thread
    /// that moves it) and returns a non-zero ticket for `forget`. A real source returns zero:
    /// then a timer of the operating system does the waiting.
    virtual std::uint64_t wake_at(steady_time, std::function<void()>) { return 0; }
    /// Drops a wake-up that has not been called yet; false if it has been, or is being, called.
    virtual bool forget(std::uint64_t) noexcept { return false; }
};

/// A shared handle on a time source; the default one is the machine's clock.
class clock {
public:
    using steady_time = time_source::steady_time;
    using wall_time = time_source::wall_time;

    clock();
    explicit clock(std::shared_ptr<time_source> source) noexcept : source_(std::move(source)) {}

    steady_time now() const noexcept { return source_->now(); }
    wall_time wall() const noexcept { return source_->wall(); }
    bool reached(steady_time moment) const noexcept { return source_->reached(moment); }
    const std::shared_ptr<time_source>& source() const noexcept { return source_; }

private:
    std::shared_ptr<time_source> source_; // never null
};

/// `from + span`, or the last moment there is, if that is nearer.
template <class Rep, class Period>
constexpr clock::steady_time later(clock::steady_time from, std::chrono::duration<Rep, Period> span)
{
    using std::chrono::duration_cast;
    using step = clock::steady_time::duration;
    constexpr auto last = clock::steady_time::max();
    // Compared in the coarser of the two units, in which neither side can overflow.
    using coarse = std::conditional_t<std::ratio_less_v<Period, step::period>, step,
                                      std::chrono::duration<Rep, Period>>;
    if (duration_cast<coarse>(span) >= duration_cast<coarse>(last - from))
        return last;
    return from + duration_cast<step>(span);
}

} // namespace coffer
