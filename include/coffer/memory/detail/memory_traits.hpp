// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/memory/memory_options.hpp>

namespace coffer::detail {

/// What the shards of one cache have in common from its construction on.
struct memory_traits {
    std::size_t shards = 1;
    std::size_t expected = 0; // entries in one shard; `no_limit` if unknown
    std::size_t chunk = 8;    // nodes to allocate at once
    bool weighed = false;     // there is a weigher, so each entry's weight is kept
    bool by_weight = false;   // weight is bounded, so it is what the policy counts as cost
    clock::steady_time::duration idle{0}; // time to idle; zero for none
};

/// Errors: `std::invalid_argument` if the options bound weight and nothing weighs.
memory_traits traits_of(const memory_options& options, bool weighed);

/// The steady duration, or the longest there is.
clock::steady_time::duration steady_span(ttl span) noexcept;

/// The moment so far ahead, or `max` if there is no such moment.
clock::steady_time moment_after(const clock& time, ttl span) noexcept;

} // namespace coffer::detail
