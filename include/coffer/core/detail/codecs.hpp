// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/codec.hpp>

#include <bit>
#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

namespace coffer {
namespace detail {

template <class T>
concept raw_container =
    std::same_as<T, std::string> || std::same_as<T, std::vector<char>> ||
    std::same_as<T, std::vector<unsigned char>> || std::same_as<T, std::vector<std::byte>>;

/// Only an enum of a fixed underlying type may hold any number that the bytes say.
template <class T>
concept open_enum = std::is_enum_v<T> && requires { T{0}; };

/// `long double` has no width that all compilers agree on.
template <class T>
concept scalar_value = open_enum<T> || (std::is_arithmetic_v<T> && !std::same_as<T, long double>);

template <class T>
consteval bool is_bool_inside()
{
    if constexpr (std::is_enum_v<T>)
        return std::same_as<std::underlying_type_t<T>, bool>;
    else
        return std::same_as<T, bool>;
}

template <class T>
consteval std::uint64_t scalar_schema()
{
    constexpr std::uint64_t width = sizeof(T);
    if (std::same_as<T, bool>)
        return schema_of("bool", width, schema_version<T>);
    if (std::is_floating_point_v<T>)
        return schema_of("float", width, schema_version<T>);
    if (std::is_enum_v<T>)
        return schema_of("enum", width, schema_version<T>);
    return schema_of(std::is_signed_v<T> ? "signed" : "unsigned", width, schema_version<T>);
}

void append_little_endian(std::string& out, std::uint64_t bits, std::size_t width);
std::uint64_t read_little_endian(std::string_view bytes, std::size_t width);

template <std::size_t Width>
using bits_of_width = std::conditional_t<
    Width == 1, std::uint8_t,
    std::conditional_t<Width == 2, std::uint16_t,
                       std::conditional_t<Width == 4, std::uint32_t, std::uint64_t>>>;

} // namespace detail

template <detail::raw_container T>
struct codec<T> {
    static constexpr std::uint16_t id = codec_id::raw;
    static constexpr std::uint64_t schema = detail::schema_of("raw", 0, schema_version<T>);

    static std::string encode(const T& value)
    {
        return {reinterpret_cast<const char*>(value.data()), value.size()};
    }
    static T decode(std::string_view bytes)
    {
        const auto* const begin = reinterpret_cast<const typename T::value_type*>(bytes.data());
        return T(begin, begin + bytes.size());
    }
};

template <detail::scalar_value T>
struct codec<T> {
    static constexpr std::uint16_t id = codec_id::scalar;
    static constexpr std::uint64_t schema = detail::scalar_schema<T>();

    static std::string encode(const T& value)
    {
        std::string out;
        detail::append_little_endian(out, std::bit_cast<bits>(value), sizeof(T));
        return out;
    }
    static T decode(std::string_view bytes)
    {
        const std::uint64_t number = detail::read_little_endian(bytes, sizeof(T));
        if (is_bool && number > 1)
            detail::refuse_bytes();
        return std::bit_cast<T>(static_cast<bits>(number));
    }

private:
    using bits = detail::bits_of_width<sizeof(T)>;
    static constexpr bool is_bool = detail::is_bool_inside<T>();
};

/// One byte that says whether a value follows, then the value.
template <has_codec T>
struct codec<std::optional<T>> {
    static constexpr std::uint16_t id = codec_id::optional;
    static constexpr std::uint64_t schema =
        detail::schema_of("optional", codec<T>::schema, codec<T>::id);

    static std::string encode(const std::optional<T>& value)
    {
        return value ? '\1' + std::string(codec<T>::encode(*value)) : std::string(1, '\0');
    }
    static std::optional<T> decode(std::string_view bytes)
    {
        if (bytes == std::string_view("\0", 1))
            return std::nullopt;
        if (!bytes.starts_with('\1'))
            detail::refuse_bytes();
        return codec<T>::decode(bytes.substr(1));
    }
};

/// As an optional: a null pointer is a value like any other.
template <class T>
    requires has_codec<std::remove_const_t<T>>
struct codec<std::shared_ptr<T>> {
    using value_type = std::remove_const_t<T>;
    static constexpr std::uint16_t id = codec<std::optional<value_type>>::id;
    static constexpr std::uint64_t schema = codec<std::optional<value_type>>::schema;

    static std::string encode(const std::shared_ptr<T>& value)
    {
        return value ? '\1' + std::string(codec<value_type>::encode(*value)) : std::string(1, '\0');
    }
    static std::shared_ptr<T> decode(std::string_view bytes)
    {
        auto value = codec<std::optional<value_type>>::decode(bytes);
        return value ? std::make_shared<T>(std::move(*value)) : nullptr;
    }
};

} // namespace coffer
