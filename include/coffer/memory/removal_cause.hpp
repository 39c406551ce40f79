// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace coffer {

/// Why a value left a `memory_cache`.
enum class removal_cause : std::uint8_t {
    size,        ///< evicted to make room, or too heavy to be stored at all
    expired,     ///< its time to live or to idle was over
    replaced,    ///< another value was put under its key
    invalidated, ///< `invalidate`, `invalidate_if`, or erased by `compute`
    cleared,     ///< `clear`
};

/// How many causes there are; `memory_stats::removals` has one counter for each.
inline constexpr std::size_t removal_causes = 5;

/// The cause as metrics spell it: "size", "expired" and so on.
constexpr const char* to_string(removal_cause cause) noexcept
{
    switch (cause) {
    case removal_cause::size:
        return "size";
    case removal_cause::expired:
        return "expired";
    case removal_cause::replaced:
        return "replaced";
    case removal_cause::invalidated:
        return "invalidated";
    case removal_cause::cleared:
        return "cleared";
    }
    return "unknown";
}

} // namespace coffer
