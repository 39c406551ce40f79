// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/detail/redis_part.hpp>

#include <cstddef>

namespace coffer::redis {

/// What a server may send before its connection is dropped (`protocol_fault` names the limit).
///
/// Memory follows the bytes that have arrived, never the length that was announced.
struct reply_limits {
    /// Bytes of one bulk string; a server's own limit is 512 MiB unless changed.
    std::size_t bulk = std::size_t(512) << 20;
    /// Bytes of one line: a simple string, an error, a number.
    std::size_t line = std::size_t(64) << 10;
    /// Elements of one aggregate; a map counts two for each pair.
    std::size_t elements = std::size_t(16) << 20;
    /// Aggregates within one another; at most 128.
    std::size_t depth = 32;
    /// Bytes of one whole reply.
    std::size_t total = std::size_t(768) << 20;
};

} // namespace coffer::redis
