// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/clock.hpp>
#include <coffer/core/jitter.hpp>
#include <coffer/storage/storage.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace coffer {

enum class breaker_state : std::uint8_t {
    closed,    ///< every operation goes through
    open,      ///< none does, until the cool-down is over
    half_open, ///< a few do, to find out
};

/// When a `breaker` opens, and how it comes back.
///
/// Errors: a count of zero, a duration that is not positive, or a rate outside 0 to 1 throws
/// `std::invalid_argument`.
class breaker_options {
public:
    /// Opens after so many failures in a row; 5 by default.
    breaker_options& failures(std::size_t in_a_row);
    /// Opens as well when this share of the operations of the last `window` failed, of at least
    /// `least` operations. Off by default.
    breaker_options& failure_rate(double share, std::chrono::milliseconds window,
                                  std::size_t least = 20);
    /// How long at most it stays open before it tries again, 1 s by default. Each time the trial
    /// fails the time doubles, up to `longest`, 30 s by default. How long it really is, is left to
    /// chance, so that not all processes try a storage at once.
    breaker_options& cool_down(std::chrono::milliseconds first,
                               std::optional<std::chrono::milliseconds> longest = std::nullopt);
    /// The chance in those times; the machine's by default.
    breaker_options& jitter(coffer::jitter source);
    /// How many operations may try at once while it is half open, and how many must succeed until
    /// it closes; 1 by default.
    breaker_options& probes(std::size_t count);
    /// An operation that takes longer is cancelled and counts as a failure (`errc::timeout`). Off
    /// by default. A time limit set elsewhere, above the breaker, looks like a caller who left.
    breaker_options& timeout(std::chrono::milliseconds limit);
    /// Hears of every change, outside any lock; must not throw.
    breaker_options& on_change(std::function<void(breaker_state)> handler);
    breaker_options& clock(coffer::clock time);

    std::size_t failures() const noexcept { return failures_; }
    double failure_rate() const noexcept { return rate_; }
    std::chrono::milliseconds window() const noexcept { return window_; }
    std::size_t least() const noexcept { return least_; }
    std::chrono::milliseconds cool_down() const noexcept { return cool_down_; }
    std::chrono::milliseconds longest_cool_down() const noexcept { return longest_cool_down_; }
    const coffer::jitter& jitter() const noexcept { return jitter_; }
    std::size_t probes() const noexcept { return probes_; }
    std::optional<std::chrono::milliseconds> timeout() const noexcept { return timeout_; }
    const std::function<void(breaker_state)>& on_change() const noexcept { return on_change_; }
    const coffer::clock& clock() const noexcept { return clock_; }

private:
    std::size_t failures_ = 5;
    double rate_ = 2; // above 1: never reached
    std::chrono::milliseconds window_{10'000};
    std::size_t least_ = 20;
    std::chrono::milliseconds cool_down_{1'000};
    std::chrono::milliseconds longest_cool_down_{30'000};
    coffer::jitter jitter_;
    std::size_t probes_ = 1;
    std::optional<std::chrono::milliseconds> timeout_;
    std::function<void(breaker_state)> on_change_;
    coffer::clock clock_;
};

/// Keeps a storage that fails from being asked on every call. Copies are handles on the same one.
///
/// A failure is whatever an operation throws, except a cancellation, which says nothing, and errors
/// that are the caller's own: a key or value too large, an operation that is not offered, a
/// counter's range, `closed`.
///
/// Errors: `errc::storage_unavailable` while it is open; else those of the storage. An operation
/// that is refused was not carried out: put a `retry_queue` around the breaker, not inside it.
///
/// Threads: every member may be called from any thread at once.
class breaker {
public:
    explicit breaker(storage_ptr inner, breaker_options options = breaker_options());

    operator storage_ptr() const { return storage_; }
    storage* operator->() const noexcept { return storage_.get(); }

    breaker_state state() const;
    /// How many operations it has refused.
    std::uint64_t refused() const;
    /// How often it has opened.
    std::uint64_t opened() const;

private:
    class policy;
    std::shared_ptr<policy> policy_;
    storage_ptr storage_;
};

} // namespace coffer
