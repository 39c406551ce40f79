// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/clock.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>

namespace coffer::testing {

/// A clock that stands still until a test moves it. Copies are handles on the same time.
///
/// Moving it steps through the wake-ups on the way, in order of time and then of registration:
/// while one is called, `now()` is the moment it asked for, so that a wake-up which asks for
/// another within the same stretch gets that too. They are called by the thread that moves the
/// clock, outside any lock, and must not throw.
///
/// A wake-up for a moment that is reached already is called at once, by the registering thread and
/// before `wake_at` returns its ticket.
///
/// Threads: every member may be called from any thread at once, and from a wake-up.
///
///     coffer::testing::manual_clock clock;
///     auto cached = coffer::cached("product", load, coffer::options().clock(clock).ttl(5min));
///     clock.advance(5min);
class manual_clock {
public:
    using steady_time = time_source::steady_time;
    using wall_time = time_source::wall_time;

    /// Starts at some fixed moment, the wall clock at 2024-01-01 00:00 UTC.
    manual_clock();
    explicit manual_clock(wall_time start);

    /// What options and caches take.
    operator clock() const { return clock(source()); }
    std::shared_ptr<time_source> source() const;

    steady_time now() const noexcept;
    wall_time wall() const noexcept;

    /// Moves both times on. Past the last moment there is, it stops there.
    ///
    /// Errors: `std::invalid_argument` for a negative duration.
    void advance(std::chrono::steady_clock::duration by) const;
    /// Moves both times on until `now()` is `moment`.
    ///
    /// Errors: `std::invalid_argument` if `moment` is past: steady time never goes back.
    void set(steady_time moment) const;
    /// Moves the wall clock alone, forwards or back, as an administrator or NTP does. Nothing
    /// wakes.
    void shift_wall(std::chrono::milliseconds by) const noexcept;

    /// How many wake-ups are waiting.
    std::size_t pending() const;
    /// When the next wake-up is due, if there is one.
    std::optional<steady_time> next() const;

private:
    class core;
    std::shared_ptr<core> core_;
};

} // namespace coffer::testing
