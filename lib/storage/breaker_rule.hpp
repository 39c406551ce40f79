// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "core/backoff.hpp"

#include <coffer/storage/breaker.hpp>

#include <array>
#include <cstdint>

namespace coffer::detail {

/// How many of the operations of the last while failed, in ten steps of time.
class failure_window {
public:
    explicit failure_window(std::chrono::milliseconds length);

    void note(bool failed, clock::steady_time now);
    void forget() noexcept;
    /// True if at least `least` operations are known, and this share of them failed.
    bool exceeds(double share, std::size_t least, clock::steady_time now);

private:
    struct step {
        std::size_t all = 0;
        std::size_t failed = 0;
    };
    static constexpr int count = 10;

    void move_to(clock::steady_time now);

    const clock::steady_time::duration width_;
    std::array<step, count> steps_{};
    std::int64_t current_ = 0; // the number of the newest step, counted from the clock's beginning
};

/// Decides what a breaker lets through. Knows no clock, lock or coroutine; times never go back.
class breaker_rule {
public:
    using time = clock::steady_time;

    explicit breaker_rule(const breaker_options& options);

    /// What an operation was let through as. Goes back with its outcome, exactly once.
    class admission {
    public:
        bool admitted = false;
        bool probe = false;
        std::uint64_t era = 0; // outcomes of an earlier era say nothing about this one
    };

    admission admit(time now);
    void succeeded(admission of, time now);
    void failed(admission of, time now);
    /// It ended without saying anything about the storage.
    void dropped(admission of) noexcept;

    breaker_state state(time now) const noexcept;
    std::uint64_t opened() const noexcept { return opened_; }

private:
    void open(time now);
    void close() noexcept;
    bool current(admission of) const noexcept { return of.era == era_; }

    const breaker_options options_;
    failure_window window_;
    breaker_state state_ = breaker_state::closed;
    std::uint64_t era_ = 0;     // counts changes of the state
    std::size_t in_a_row_ = 0;  // failures, while closed
    time open_until_{};         // while open
    detail::backoff cool_down_; // begins anew when it closes
    time probed_at_{};          // the last probe let through, while half open
    std::size_t probing_ = 0;   // under way, while half open
    std::size_t proven_ = 0;    // probes that succeeded, while half open
    std::uint64_t opened_ = 0;
};

} // namespace coffer::detail
