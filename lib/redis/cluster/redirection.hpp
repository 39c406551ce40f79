// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/settings.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace coffer::redis::detail {

/// Where a node of a cluster says that a command belongs.
struct redirection {
    enum class kind : std::uint8_t {
        moved, ///< the slot is there now, for all commands
        ask,   ///< this one command is to be asked there, after ASKING
    };

    kind how;
    std::uint16_t slot;
    endpoint to;
};

/// Reads the text of an error reply: none if it is no redirection, or not one that makes sense.
/// `asked` is the host that sent it, which it leaves out if it means itself.
std::optional<redirection> redirection_of(std::string_view error, std::string_view asked);

} // namespace coffer::redis::detail
