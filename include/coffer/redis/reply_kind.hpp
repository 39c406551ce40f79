// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/detail/redis_part.hpp>

#include <cstdint>
#include <string_view>

namespace coffer::redis {

/// The type of a reply or of an element of one, in RESP2 and RESP3.
enum class reply_kind : std::uint8_t {
    null,       ///< `_`, and `$-1` and `*-1` of RESP2
    simple,     ///< `+`: a short status, as OK
    error,      ///< `-`, and the bulk form `!`
    integer,    ///< `:`
    bulk,       ///< `$`: bytes
    real,       ///< `,`: a double
    boolean,    ///< `#`
    big_number, ///< `(`: an integer of any length, as text
    verbatim,   ///< `=`: text with a format of three letters
    array,      ///< `*`
    set,        ///< `~`
    map,        ///< `%`
    push,       ///< `>`: out of band, only at the top
    attribute,  ///< `|`: about the reply that follows; passed over
};

/// True if it has elements.
constexpr bool is_aggregate(reply_kind kind) noexcept
{
    return kind >= reply_kind::array;
}

/// What it is called in error texts.
std::string_view to_string(reply_kind kind) noexcept;

} // namespace coffer::redis
