// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "support/servers/redis_server.hpp"

#include <cstddef>

namespace bench_redis {

/// What a hit of a cached function costs whose near tier is coherent, in a coroutine.
struct near_cost {
    double nanoseconds = 0;
    double allocations = 0;
    double share = 0; ///< of the calls that were hits
};
near_cost near_hits(const support::redis_server& on, std::size_t calls);

/// Seconds of the server's CPU that a million reads of a storage take; `watched`: over the
/// connection that tells of changes, as the misses of such a near tier.
double server_cpu_of_reads(const support::redis_server& on, bool watched, std::size_t reads);

} // namespace bench_redis
