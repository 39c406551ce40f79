// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/latency.hpp>

#include <cstdint>

namespace coffer::redis::detail {

/// What one multiplexer has done so far.
struct wire_stats {
    std::uint64_t submitted = 0;
    std::uint64_t refused = 0;   ///< by `submit`, because of a limit
    std::uint64_t answered = 0;  ///< operations
    std::uint64_t replies = 0;   ///< delivered or swallowed
    std::uint64_t swallowed = 0; ///< replies of operations that had gone
    std::uint64_t pushes = 0;
    std::uint64_t cancelled = 0;
    std::uint64_t timed_out = 0;
    std::uint64_t connections = 0;
    std::uint64_t sent_again = 0; ///< that had been written before
    std::uint64_t lost = 0;       ///< failed with the connection
    std::uint64_t writes = 0;
    std::uint64_t bytes_written = 0;
    std::uint64_t reads = 0;
    std::uint64_t bytes_read = 0;
    std::uint64_t pings = 0;
    latencies latency; ///< of answered operations that say when they began
};

} // namespace coffer::redis::detail
