// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/memory/removal_cause.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace coffer {

/// What a `memory_cache` has done so far, and what it holds.
///
/// Every `get`, `visit` and `get_or_insert` is exactly one hit or one miss. Whatever was stored
/// is still there or was removed for one cause: in a quiet cache
/// `insertions == entries + all removals`.
struct memory_stats {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
    std::uint64_t insertions = 0; ///< values stored, replacing ones included
    std::uint64_t rejected = 0;   ///< values not stored: too heavy, no capacity, zero time to live
    std::array<std::uint64_t, removal_causes> removals{}; ///< by `removal_cause`
    std::uint64_t listener_failures = 0; ///< exceptions that left the removal listener
    std::size_t entries = 0;             ///< expired ones not yet swept included
    std::size_t weight = 0;

    std::uint64_t gets() const noexcept { return hits + misses; }

    std::uint64_t removed(removal_cause cause) const noexcept
    {
        return removals[static_cast<std::size_t>(cause)];
    }

    std::uint64_t removed() const noexcept
    {
        std::uint64_t sum = 0;
        for (const std::uint64_t one : removals)
            sum += one;
        return sum;
    }

    double hit_ratio() const noexcept
    {
        return gets() == 0 ? 0.0 : static_cast<double>(hits) / static_cast<double>(gets());
    }
};

} // namespace coffer
