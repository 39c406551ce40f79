// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/command_flags.hpp>
#include <coffer/redis/detail/redis_part.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace coffer::redis {

/// What is measured together. Several commands in one request are of one kind: `waiting` or
/// `script` if one of them is, `read` if all are.
enum class command_kind : std::uint8_t {
    read,
    write,
    script,  ///< EVAL, EVALSHA, FCALL and their read-only forms
    waiting, ///< may wait in the server, as BLPOP does
    other,   ///< about no key, as PING and PUBLISH; or not in the table
};
inline constexpr std::size_t command_kinds = 5;

/// Of one command, or of all in a request.
constexpr command_kind kind_of(command_flags flags) noexcept
{
    if (flags.has_any(runs_script | blocking)) [[unlikely]]
        return flags.has(blocking) ? command_kind::waiting : command_kind::script;
    if (flags.has_any(keyless | unknown)) [[unlikely]]
        return flags.has(read_only) ? command_kind::read : command_kind::other;
    return flags.has(read_only) ? command_kind::read : command_kind::write;
}

/// How often something took how long, in buckets of which each is at most an eighth longer than its
/// lower bound: from 8 µs up to two minutes; below, each is a microsecond wide (1.024, to be
/// exact).
class latency_histogram {
public:
    using nanoseconds = std::chrono::nanoseconds;

    static constexpr std::size_t buckets = 200;

    void add(nanoseconds took) noexcept
    {
        ++counts_[place_of(took)];
        sum_ += took;
    }
    latency_histogram& operator+=(const latency_histogram& other) noexcept;

    std::uint64_t count() const noexcept;
    nanoseconds sum() const noexcept { return sum_; }
    /// The time that this share of all did not exceed, by at most an eighth too long: 0.5 is the
    /// median, 0.99 what one in a hundred exceeds. Zero if there were none.
    ///
    /// Precondition: `share` is from 0 to 1.
    nanoseconds quantile(double share) const noexcept;

    /// How many are in bucket `number`, and the longest time that falls into it; for whoever
    /// exports them.
    std::uint64_t count_in(std::size_t number) const noexcept { return counts_[number]; }
    static constexpr nanoseconds bound_of(std::size_t number) noexcept
    {
        const auto octave = static_cast<int>(number / steps);
        const std::uint64_t step = number % steps + 1;
        const std::uint64_t units = octave == 0 ? step : (steps + step) << (octave - 1);
        return nanoseconds((units << unit) - 1);
    }

private:
    static constexpr int unit = 10; // 2^10 ns are the unit
    static constexpr int step_bits = 3;
    static constexpr std::size_t steps = 1 << step_bits; // in each doubling

    static constexpr std::size_t place_of(nanoseconds took) noexcept
    {
        const auto units =
            static_cast<std::uint64_t>(std::max<std::int64_t>(took.count(), 0)) >> unit;
        if (units < steps)
            return units;
        const int shift = std::bit_width(units) - 1 - step_bits;
        const auto place = (static_cast<std::size_t>(shift) << step_bits) + (units >> shift);
        return std::min(place, buckets - 1);
    }

    std::array<std::uint64_t, buckets> counts_{};
    nanoseconds sum_{0};
};

/// A histogram for each kind of command.
class latencies {
public:
    void add(command_kind of, std::chrono::nanoseconds took) noexcept { at(of).add(took); }
    latencies& operator+=(const latencies& other) noexcept;

    const latency_histogram& of(command_kind kind) const noexcept
    {
        return all_[static_cast<std::size_t>(kind)];
    }
    /// Of all commands together.
    latency_histogram total() const noexcept;

private:
    latency_histogram& at(command_kind kind) noexcept
    {
        return all_[static_cast<std::size_t>(kind)];
    }

    std::array<latency_histogram, command_kinds> all_;
};

} // namespace coffer::redis
