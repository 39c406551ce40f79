// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <string>
#include <type_traits>

namespace coffer::detail {

// Numbers as stored bytes hold them, on any machine and at any alignment. Compilers turn the loops
// for big-endian machines into one swap.

template <std::integral T>
T load_le(const char* from) noexcept
{
    if constexpr (std::endian::native == std::endian::little) {
        T value;
        std::memcpy(&value, from, sizeof value);
        return value;
    } else {
        std::make_unsigned_t<T> value = 0;
        for (std::size_t i = sizeof value; i-- > 0;)
            value = static_cast<decltype(value)>(value << 8 | static_cast<unsigned char>(from[i]));
        return static_cast<T>(value);
    }
}

template <std::integral T>
void store_le(char* to, T value) noexcept
{
    if constexpr (std::endian::native == std::endian::little) {
        std::memcpy(to, &value, sizeof value);
    } else {
        auto rest = static_cast<std::make_unsigned_t<T>>(value);
        for (std::size_t i = 0; i < sizeof value; ++i, rest >>= 8)
            to[i] = static_cast<char>(rest & 0xff);
    }
}

template <std::integral T>
void append_le(std::string& to, T value)
{
    char bytes[sizeof value];
    store_le(bytes, value);
    to.append(bytes, sizeof value);
}

} // namespace coffer::detail
