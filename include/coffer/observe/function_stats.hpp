// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

namespace coffer {

/// What a cached function did so far. Every call ends in exactly one of `hits`, `storage_hits`,
/// `loads`, `joined`, `stale`, `errors` and `cancelled`, so these add up to the calls that ended.
struct function_stats {
    std::uint64_t hits = 0;         ///< served by the near tier
    std::uint64_t storage_hits = 0; ///< served by the storage
    std::uint64_t loads = 0;        ///< waited for a load that it started
    std::uint64_t joined = 0;       ///< waited for a load that another call had started
    std::uint64_t stale = 0;        ///< served a stale entry within its grace
    std::uint64_t errors = 0;       ///< got an error
    std::uint64_t cancelled = 0;    ///< left before the answer

    std::uint64_t loads_started = 0; ///< runs of the loader, for whatever reason
    std::uint64_t loads_failed = 0;
    std::uint64_t loads_running = 0;
    std::uint64_t stored = 0;     ///< loaded values that were stored
    std::uint64_t poisoned = 0;   ///< not stored: invalidated while loading
    std::uint64_t declined = 0;   ///< not stored: `store_if`, a zero ttl, or a scope
    std::uint64_t lease_lost = 0; ///< not stored: the storage refused the fill
    std::uint64_t invalidations = 0;
    std::uint64_t storage_errors = 0; ///< failed storage operations that callers did not see
    std::uint64_t undecodable = 0;    ///< stored bytes that were not readable: counted as misses

    std::uint64_t near_entries = 0;
    std::uint64_t near_weight = 0;
    std::uint64_t near_evictions = 0;
    /// Calls that found a near entry for which the storage did not vouch any more: see
    /// `near(coherent)`.
    std::uint64_t near_voided = 0;
};

} // namespace coffer
