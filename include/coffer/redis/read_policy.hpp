// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/detail/redis_part.hpp>

#include <cstdint>

namespace coffer::redis {

/// Which server is asked what only reads, where there are several with the same data. What may
/// write goes to the primary whatever this says.
///
/// A replica has what its primary had a moment ago, so a read may miss a write that was answered
/// before. Who must see their own writes reads from the primary.
enum class read_policy : std::uint8_t {
    primary,
    replica,        ///< one of them at random; an error if none is up
    prefer_replica, ///< one of them at random; the primary if none is up
    nearest,        ///< whoever answers fastest
};

} // namespace coffer::redis
