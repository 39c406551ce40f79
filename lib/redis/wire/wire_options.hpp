// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/reply_limits.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace coffer::redis::detail {

/// The numbers of one connection's multiplexer.
struct wire_options {
    reply_limits replies;
    /// Commands sent and not yet answered; the others wait in the queue.
    std::size_t max_in_flight = 16 * 1024;
    /// Bytes of requests that wait in the queue.
    std::size_t max_queued_bytes = std::size_t(64) << 20;
    /// Requests that wait in the queue while there is no connection.
    std::size_t max_queued_offline = 1000;
    /// Beyond these two an operation with a deadline is queued nevertheless, since its memory is
    /// its owner's; without this, `submit` says `overloaded`.
    bool wait_when_full = false;

    /// Borrowed arguments and requests above this are written from where they are. `never_gather`
    /// for a transport that keeps hold of what it writes, as TLS does.
    std::size_t gather_above = 16 * 1024;
    static constexpr std::size_t never_gather = std::numeric_limits<std::size_t>::max();
    /// How much is handed out for one write, but for gathered bytes.
    std::size_t write_batch = 64 * 1024;
    /// Replies delivered by one call before others get their turn.
    std::size_t read_burst = 256;
    /// Free bytes offered for one read.
    std::size_t read_size = 16 * 1024;
    /// The input buffer shrinks back to this when it is idle.
    std::size_t read_buffer = 64 * 1024;

    /// How often a request is sent in all before a lost connection fails it.
    std::uint32_t max_attempts = 3;
    /// Whether requests wait for the next connection. If not, they fail with the one that is lost
    /// or cannot be made, for somebody who can send them elsewhere.
    bool waits_for_connection = true;
    /// After a reconnect: commands in flight at first, doubling with every round trip, until what
    /// had piled up is gone.
    std::size_t replay_window = 64;

    /// A PING is sent when nothing came for this long and nothing is awaited; with something
    /// awaited, silence for twice as long means that the connection is dead. Zero: never.
    std::chrono::milliseconds ping_after{2000};
};

} // namespace coffer::redis::detail
