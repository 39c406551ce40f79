// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/detail/redis_part.hpp>

#include <cstdint>
#include <string_view>

namespace coffer::redis {

/// What the client must know of a command to send it once more, elsewhere, or alone.
class command_flags {
public:
    constexpr command_flags() = default;
    explicit constexpr command_flags(std::uint16_t bits) noexcept : bits_(bits) {}

    constexpr bool has(command_flags all) const noexcept
    {
        return (bits_ & all.bits_) == all.bits_;
    }
    constexpr bool has_any(command_flags some) const noexcept { return (bits_ & some.bits_) != 0; }
    constexpr bool none() const noexcept { return bits_ == 0; }
    constexpr std::uint16_t bits() const noexcept { return bits_; }

    constexpr command_flags operator|(command_flags other) const noexcept
    {
        return command_flags(static_cast<std::uint16_t>(bits_ | other.bits_));
    }
    constexpr command_flags operator&(command_flags other) const noexcept
    {
        return command_flags(static_cast<std::uint16_t>(bits_ & other.bits_));
    }
    constexpr command_flags without(command_flags other) const noexcept
    {
        return command_flags(static_cast<std::uint16_t>(bits_ & ~other.bits_));
    }
    constexpr bool operator==(const command_flags&) const = default;

private:
    std::uint16_t bits_ = 0;
};

/// Changes nothing: may be asked of a replica, and is sent again after a lost connection.
inline constexpr command_flags read_only{1};
/// Has the same effect and answer if it is carried out twice: is sent again as well.
inline constexpr command_flags idempotent{2};
/// May hold up the server's answers to whatever follows on its connection: needs one of its own.
inline constexpr command_flags blocking{4};
/// Names no key: any node may serve it.
inline constexpr command_flags keyless{8};
/// Takes keys in more than one place; all must be in one slot.
inline constexpr command_flags multi_key{16};
/// Changes the connection itself (SELECT, WATCH, MONITOR, …): not for a shared one.
inline constexpr command_flags connection_state{32};
/// Subscribes or unsubscribes: answered by pushes, one for each channel.
inline constexpr command_flags subscribes{64};
/// Its arguments or answer hold secrets.
inline constexpr command_flags secret{128};
/// Not in the table: taken to write, with its key in the first argument.
inline constexpr command_flags unknown{256};
/// Runs a script or a function in the server.
inline constexpr command_flags runs_script{512};

/// Where a command has its keys. Places count the command's name as 0.
struct key_places {
    std::int8_t first = 0; ///< 0: none here
    std::int8_t last = 0;  ///< negative: counted from the end, -1 is the last argument
    std::int8_t step = 1;
    /// The place of a count of keys, which follow it; 0: no such count.
    std::int8_t count_at = 0;
    /// The keys are the first half of what follows the word STREAMS.
    bool after_streams = false;
};

/// What the table says of one command.
struct command_facts {
    std::string_view name;
    command_flags flags;
    key_places keys;
};

/// The facts on a command, in capitals or not. One that is not in the table is `unknown`.
///
/// They were asked of a server of version 7.0 (`COMMAND`), and `idempotent`, `connection_state` and
/// `secret` added by hand.
const command_facts& facts_of(std::string_view command) noexcept;

} // namespace coffer::redis
