// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/detail/redis_part.hpp>

#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>

#include <type_traits>

namespace coffer::redis {

/// How a peer broke the Redis protocol, or which limit on replies it passed.
///
/// After any of these nothing that follows on the connection can be trusted, so it is dropped.
/// A reply that is well formed but does not fit the C++ type asked for is not among them.
enum class protocol_fault {
    /// A reply begins with a byte that names no type.
    bad_type = 1,
    /// A length or number is not one, or does not fit.
    bad_number,
    /// A line or a bulk string does not end with CR LF.
    bad_line_end,
    /// A boolean, null, double or verbatim string holds something else.
    bad_value,
    /// A reply of unknown length (`$?`, `*?`): no server sends it unasked, and it has no bound.
    streamed,
    /// A push inside of another reply.
    misplaced_push,
    /// A line is longer than `reply_limits::line`.
    line_too_long,
    /// A bulk string is longer than `reply_limits::bulk`.
    bulk_too_large,
    /// An aggregate has more elements than `reply_limits::elements`.
    aggregate_too_long,
    /// Aggregates are nested deeper than `reply_limits::depth`.
    too_deep,
    /// A whole reply is longer than `reply_limits::total`.
    reply_too_large,
    /// A reply that no command waits for.
    unsolicited,
};

/// The category of `protocol_fault`; its name is "coffer.redis".
const boost::system::error_category& protocol_category() noexcept;

/// Lets a `protocol_fault` turn into an `error_code` by itself.
boost::system::error_code make_error_code(protocol_fault fault) noexcept;

} // namespace coffer::redis

template <>
struct boost::system::is_error_code_enum<coffer::redis::protocol_fault> : std::true_type {};
