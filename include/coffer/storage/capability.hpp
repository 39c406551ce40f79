// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>

namespace coffer {

/// What a storage can do beyond get, put and hard invalidation.
enum class capability : std::uint32_t {
    leases = 1u << 0,   ///< `acquire` grants the right to fill; a fill without it is refused
    grace = 1u << 1,    ///< keeps stale entries; soft invalidation
    tags = 1u << 2,     ///< `bump`; entries with tags
    clear = 1u << 3,    ///< `clear` of a space or a group
    counters = 1u << 4, ///< `increment`
    floors = 1u << 5,   ///< versions: nothing below the floor is stored or served
    hold = 1u << 6,     ///< `hold` and `release`
    scan = 1u << 7,     ///< `scan`
    touch = 1u << 8,    ///< `touch`
    put_if_absent = 1u << 9,
    shared = 1u << 10,  ///< other processes see the same entries
    durable = 1u << 11, ///< entries survive the end of the process
    pushes = 1u << 12,  ///< tells near tiers what others change: `board`
};

/// A set of capabilities.
class capabilities {
public:
    constexpr capabilities() = default;
    constexpr capabilities(std::initializer_list<capability> all)
    {
        for (capability one : all)
            bits_ |= static_cast<std::uint32_t>(one);
    }

    constexpr bool has(capability one) const noexcept
    {
        return (bits_ & static_cast<std::uint32_t>(one)) != 0;
    }
    /// True if all of these are there.
    constexpr bool has(capabilities all) const noexcept { return (bits_ & all.bits_) == all.bits_; }
    constexpr capabilities with(capability one) const noexcept
    {
        capabilities copy = *this;
        copy.bits_ |= static_cast<std::uint32_t>(one);
        return copy;
    }
    constexpr capabilities without(capability one) const noexcept
    {
        capabilities copy = *this;
        copy.bits_ &= ~static_cast<std::uint32_t>(one);
        return copy;
    }

    friend constexpr bool operator==(capabilities, capabilities) noexcept = default;

private:
    std::uint32_t bits_ = 0;
};

/// What a storage can take. Beyond it an operation fails with `key_too_large` or
/// `value_too_large`; a longer time to live is cut to `max_lifetime`.
struct storage_limits {
    std::size_t max_key = std::numeric_limits<std::size_t>::max();   // bytes of `text()`
    std::size_t max_value = std::numeric_limits<std::size_t>::max(); // bytes of the payload
    std::chrono::milliseconds max_lifetime = std::chrono::milliseconds::max();
    std::chrono::milliseconds resolution{1}; // the finest expiry that it keeps
};

} // namespace coffer
