// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/decode_status.hpp>
#include <coffer/redis/detail/decoders.hpp>
#include <coffer/redis/reply_view.hpp>

#include <string_view>
#include <type_traits>

namespace coffer::redis {

/// Decodes a reply into an object that exists; a string or vector keeps its room.
///
/// | type | takes |
/// |---|---|
/// | `std::string`, `std::string_view` | any scalar but null, as the server wrote it |
/// | integers | an integer, or text that is one; in range |
/// | `double`, `float` | a double, an integer, or text that is one |
/// | `bool` | a boolean, or 0 and 1 |
/// | `redis::ok` | the status OK |
/// | `std::optional<T>` | null, or a `T` |
/// | vectors, lists, deques, sets | an array, a set, or a push |
/// | `std::array`, `std::pair`, `std::tuple` | an array of just that many elements |
/// | maps, vectors of pairs | a map, an array of pairs, or a flat array of key, value, … |
/// | `redis::result<T>` | a `T`, or an error of the server |
/// | `redis::value` | anything |
/// | `redis::reply_view` | anything, undecoded |
/// | `std::monostate` | anything but an error |
///
/// For another type specialise `redis::reply_decoder`.
///
/// Errors: none are thrown but by allocation. After a status that is not `ok()` the object holds
/// something unspecified.
///
/// Lifetime: views in the object refer to the reply: they are valid as long as it is.
template <class T>
decode_status decode_into(const reply_view& reply, T& into)
{
    detail::reply_cursor body(reply.body());
    return detail::item_decoder<T>::read(reply.token(), body, into);
}

/// Returns what a reply holds, or nothing for `void`.
///
/// Errors: `redis::error` with `errc::server_refused` if the reply is an error, and with
/// `errc::unexpected_reply` if it does not fit.
template <class T>
T decode(const reply_view& reply)
{
    using holder = std::conditional_t<std::is_void_v<T>, std::monostate, T>;
    holder value{};
    if (const auto status = decode_into(reply, value); !status)
        status.raise();
    if constexpr (!std::is_void_v<T>)
        return value;
}

} // namespace coffer::redis
