// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/detail/redis_part.hpp>
#include <coffer/redis/latency.hpp>

#include <cstddef>
#include <cstdint>

namespace coffer::redis {

/// What a client has done so far, over all of its connections, and how it stands.
struct client_stats {
    std::uint64_t submitted = 0; ///< calls; a pipeline counts one
    std::uint64_t answered = 0;
    std::uint64_t refused = 0; ///< because of a limit
    std::uint64_t cancelled = 0;
    std::uint64_t timed_out = 0;
    std::uint64_t lost = 0;       ///< failed with their connection
    std::uint64_t sent_again = 0; ///< that had been sent on a connection that was lost
    std::uint64_t redirected = 0; ///< by a node, to another one
    std::uint64_t replies = 0;
    std::uint64_t pushes = 0;
    std::uint64_t writes = 0; ///< of the operating system
    std::uint64_t reads = 0;
    std::uint64_t bytes_written = 0;
    std::uint64_t bytes_read = 0;
    std::uint64_t pings = 0;

    /// How long callers waited for what was answered: from the call, in which it may have queued or
    /// been sent again, to the reply. What failed, was cancelled or timed out is not in it.
    latencies latency;

    std::uint64_t connected = 0;        ///< connections made
    std::uint64_t connect_failed = 0;   ///< attempts
    std::uint64_t connections_lost = 0; ///< that had been up

    std::size_t connections = 0; ///< up now
    std::size_t in_flight = 0;
    std::size_t queued = 0;
    std::size_t queued_bytes = 0;

    /// Both together.
    client_stats& operator+=(const client_stats& other) noexcept;
};

} // namespace coffer::redis
