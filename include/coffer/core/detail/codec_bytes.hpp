// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <string_view>

namespace coffer::detail {

/// Throws `errc::not_decodable`.
[[noreturn]] void refuse_bytes();

template <class T, bool HasCodec>
constexpr void require_codec()
{
    static_assert(
        HasCodec,
        "coffer: no codec for this type of value, which a storage needs. #include "
        "<coffer/json.hpp> if the type has nlohmann's to_json and from_json, or specialise "
        "coffer::codec<T>; without a storage none is needed.");
}

/// A schema is a number made from a description of the bytes, the same on every compiler.
constexpr std::uint64_t schema_of(std::string_view description, std::uint64_t part = 0,
                                  std::uint64_t version = 0) noexcept
{
    std::uint64_t sum = 0xcbf2'9ce4'8422'2325; // FNV-1a
    const auto add = [&sum](std::uint64_t byte) { sum = (sum ^ byte) * 0x100'0000'01b3; };
    for (const char c : description)
        add(static_cast<unsigned char>(c));
    for (int shift = 0; shift < 64; shift += 8)
        add(part >> shift & 0xff);
    for (int shift = 0; shift < 64; shift += 8)
        add(version >> shift & 0xff);
    return sum;
}

} // namespace coffer::detail
