// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/detail/codec_bytes.hpp>

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace coffer {

/// How a value becomes bytes for a storage, and back.
///
/// Built in: `std::string` and byte vectors as they are; arithmetic types and
/// enums as little-endian of their own width; `std::optional` and `std::shared_ptr<const T>` of
/// these. After `#include <coffer/json.hpp>`: all that has nlohmann's `to_json` and `from_json`.
/// Your own:
///
///     template <> struct coffer::codec<product> {
///         static constexpr std::uint16_t id = coffer::codec_id::user;
///         static constexpr std::uint64_t schema = 1;   // another number after a change of shape
///         static std::string encode(const product& value);
///         static product decode(std::string_view bytes);
///     };
///
/// Errors: `decode` throws `system_error` with `errc::not_decodable` for whatever `encode` did not
/// write, and nothing else: the bytes come from a store, which may hold anything.
template <class T>
struct codec;

/// Which codec wrote an entry.
namespace codec_id {
inline constexpr std::uint16_t raw = 1;
inline constexpr std::uint16_t scalar = 2;
inline constexpr std::uint16_t optional = 3;
inline constexpr std::uint16_t cbor = 4;
inline constexpr std::uint16_t json = 5;
inline constexpr std::uint16_t user = 1024; ///< the first that coffer never takes
} // namespace codec_id

/// The version of a type's shape; goes into the schema of every built-in codec of `T` and of what
/// contains `T`. Raise it when stored values of the older shape must be a miss:
///
///     template <> inline constexpr std::uint32_t coffer::schema_version<product> = 2;
template <class T>
inline constexpr std::uint32_t schema_version = 0;

/// A type whose values a storage can keep.
template <class T>
concept has_codec = requires(const T& value, std::string_view bytes) {
    { codec<T>::encode(value) } -> std::convertible_to<std::string>;
    { codec<T>::decode(bytes) } -> std::convertible_to<T>;
    { codec<T>::id } -> std::convertible_to<std::uint16_t>;
    { codec<T>::schema } -> std::convertible_to<std::uint64_t>;
};

/// Encodes with the codec of `T`, or does not compile and says what to do.
template <class T>
std::string encode_value(const T& value)
{
    detail::require_codec<T, has_codec<T>>();
    return codec<T>::encode(value);
}

/// The reverse of `encode_value`.
///
/// Errors: `errc::not_decodable`.
template <class T>
T decode_value(std::string_view bytes)
{
    detail::require_codec<T, has_codec<T>>();
    return codec<T>::decode(bytes);
}

} // namespace coffer

#include <coffer/core/detail/codecs.hpp>
