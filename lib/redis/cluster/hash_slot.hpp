// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/request.hpp>

#include <cstdint>
#include <string_view>

namespace coffer::redis::detail {

constexpr std::uint16_t slot_count = 16384;

/// The slot of a key in a cluster: of what is between its first braces, if there is something.
std::uint16_t hash_slot(std::string_view key) noexcept;

/// Where all commands of a request belong.
struct request_slot {
    enum class kind : std::uint8_t {
        any,      ///< there is no key: any node will do
        one,      ///< all keys are in this slot
        crossing, ///< no node has all of the keys
    };

    kind where = kind::any;
    std::uint16_t slot = 0;
};

/// Cost: one pass over the request, no allocation.
request_slot slot_of(const request& what);

} // namespace coffer::redis::detail
