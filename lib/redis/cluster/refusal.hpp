// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <string_view>

namespace coffer::redis::detail {

/// What a server means that does not carry a command out, for a client that may ask another one.
enum class refusal : std::uint8_t {
    none,      ///< it is the command's own answer
    moved,     ///< the slot is elsewhere
    ask,       ///< this command is to be asked elsewhere, this time
    again,     ///< not now: keys of the command are on their way to another server
    unfit,     ///< not by this server as it is: it loads, is a replica, or has lost the others
    no_script, ///< it does not have the script
};

/// Reads the text of an error reply.
refusal refusal_of(std::string_view error) noexcept;

} // namespace coffer::redis::detail
