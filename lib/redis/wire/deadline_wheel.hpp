// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/clock.hpp>
#include <coffer/redis/detail/operation.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace coffer::redis::detail {

/// The deadlines of many operations, to 10 ms: never early, at most that much late.
///
/// Operations hang in buckets by the tick that they are due at; a deadline further off than one
/// turn of the wheel is passed over until its turn. Adding, removing and expiring cost the same
/// however many there are.
class deadline_wheel {
public:
    using time = clock::steady_time;

    static constexpr std::chrono::milliseconds tick{10};

    deadline_wheel() = default;
    deadline_wheel(const deadline_wheel&) = delete;
    deadline_wheel& operator=(const deadline_wheel&) = delete;

    /// Nothing is done for one without a deadline. Precondition: not in it.
    void add(operation& added) noexcept;
    /// Nothing is done for one that is not in it.
    void remove(operation& one) noexcept
    {
        if (one.wheel_link_ != nullptr)
            unlink(one);
    }
    /// Takes out one that is due; null once there is none. In between anything may be added or
    /// removed.
    operation* pop_due(time now) noexcept;
    /// Not later than the first that is due; `max()` if there are none.
    time next() const noexcept;
    std::size_t size() const noexcept { return size_; }

private:
    static constexpr std::size_t buckets = 512;

    static void link(operation*& head, operation& added) noexcept;
    void unlink(operation& one) noexcept;
    void collect(std::uint64_t until) noexcept;
    void collect_bucket(std::size_t bucket, std::uint64_t until) noexcept;

    std::array<operation*, buckets> heads_{};
    operation* due_ = nullptr; // taken out of their buckets, not yet handed out
    std::uint64_t done_ = 0;   // ticks up to this one are over
    // Ticks before it have nothing that is due, as far as is known.
    mutable std::uint64_t earliest_ = 0;
    std::size_t size_ = 0;
};

} // namespace coffer::redis::detail
