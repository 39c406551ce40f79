// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/detail/key_grammar.hpp>
#include <coffer/core/detail/key_shape.hpp>
#include <coffer/core/key_writer.hpp>

#include <cstring>
#include <stdexcept>

namespace coffer::detail {

template <class T>
void encode_item(std::string& out, const T& value);

[[noreturn]] void refuse_null_text();

/// What a text-like value says; a char array ends at its first zero, if it has one.
template <text_like T>
std::string_view text_of(const T& value)
{
    if constexpr (char_pointer<T>) {
        if (value == nullptr)
            refuse_null_text();
        return value;
    } else if constexpr (is_char_array<T>) {
        return {value, ::strnlen(value, sizeof value)};
    } else {
        return {value.data(), value.size()};
    }
}

/// The number that stands for an integer, character or enumerator: its value, in 64 bits.
template <class T>
constexpr auto wide_number(T value) noexcept
{
    if constexpr (std::is_enum_v<T>)
        return wide_number(static_cast<std::underlying_type_t<T>>(value));
    else if constexpr (std::same_as<T, bool>)
        return static_cast<std::uint64_t>(value);
    else if constexpr (char_type<T>)
        return static_cast<std::uint64_t>(static_cast<std::make_unsigned_t<T>>(value));
    else if constexpr (std::is_signed_v<T>)
        return static_cast<std::int64_t>(value);
    else
        return static_cast<std::uint64_t>(value);
}

template <class T>
void encode_number(std::string& out, const T& value)
{
    constexpr char tag = std::is_enum_v<T> ? 'e' : char_type<T> ? 'c' : 'i';
    key_grammar::number(out, tag, wide_number(value));
}

template <class T>
void encode_bytes(std::string& out, const T& value)
{
    if constexpr (std::ranges::contiguous_range<const T>) {
        const std::span bytes(std::ranges::data(value), std::ranges::size(value));
        const std::span plain = std::as_bytes(bytes);
        if (plain.empty())
            return key_grammar::framed(out, 'y', {});
        key_grammar::framed(out, 'y', {reinterpret_cast<const char*>(plain.data()), plain.size()});
    } else {
        std::string bytes;
        for (const auto one : value)
            bytes += static_cast<char>(one);
        key_grammar::framed(out, 'y', bytes);
    }
}

template <class T>
void encode_list(std::string& out, const T& value)
{
    const auto count = std::ranges::distance(value);
    key_grammar::number(out, 'L', static_cast<std::uint64_t>(count));
    for (auto at = std::ranges::begin(value); at != std::ranges::end(value); ++at) {
        const list_item_t<T>& item = *at; // a proxy, as of vector<bool>, becomes a value
        encode_item(out, item);
    }
}

template <class T>
void encode_unordered(std::string& out, const T& value)
{
    key_grammar::unordered_words members;
    for (const auto& member : value) {
        if constexpr (shape_of<T> == key_shape::map) {
            encode_item(members.words(), member.first);
            encode_item(members.words(), member.second);
        } else {
            encode_item(members.words(), member);
        }
        members.end_of_one();
    }
    members.write_sorted(out, shape_of<T> == key_shape::map ? 'M' : 'S');
}

template <class T>
void encode_optional(std::string& out, const T& value)
{
    if constexpr (!std::same_as<T, std::nullopt_t>) {
        if (value) {
            out += 'j';
            return encode_item(out, *value);
        }
    }
    out += 'n';
}

template <class... Types>
void encode_variant(std::string& out, const std::variant<Types...>& value)
{
    if (value.valueless_by_exception()) {
        out += "v-";
        return;
    }
    key_grammar::number(out, 'v', static_cast<std::uint64_t>(value.index()));
    std::visit([&](const auto& held) { encode_item(out, held); }, value);
}

template <class T>
void encode_fields(std::string& out, const T& value)
{
    out += 'O';
    std::apply([&](const auto&... field) { (encode_item(out, field), ...); },
               key_encoder<T>::fields(value));
    out += '.';
}

template <class T>
void encode_custom(std::string& out, const T& value)
{
    out += 'O';
    key_writer to(out);
    key_encoder<T>::encode(to, value);
    out += '.';
}

template <class T>
void encode_tuple(std::string& out, const T& value)
{
    key_grammar::number(out, 'T', static_cast<std::uint64_t>(std::tuple_size_v<T>));
    std::apply([&](const auto&... item) { (encode_item(out, item), ...); }, value);
}

template <class Rep, class Period>
void encode_duration(std::string& out, const std::chrono::duration<Rep, Period>& value)
{
    key_grammar::number(out, 'h', static_cast<std::int64_t>(Period::num));
    key_grammar::number(out, '.', static_cast<std::int64_t>(Period::den));
    encode_item(out, value.count());
}

template <class T>
void encode_date(std::string& out, const T& value)
{
    key_grammar::number(out, 'g', static_cast<std::int64_t>(static_cast<int>(value.year())));
    key_grammar::number(out, '.', std::uint64_t{static_cast<unsigned>(value.month())});
    key_grammar::number(out, '.', std::uint64_t{static_cast<unsigned>(value.day())});
}

template <class T>
constexpr void require_encoder()
{
    static_assert(shape_of<T> != key_shape::pointer,
                  "coffer: a pointer cannot be part of a key, because it is unclear whether the "
                  "address or what it points to counts. Take a value, or wrap the parameter in "
                  "coffer::unkeyed<T> to leave it out of the key.");
    static_assert(
        shape_of<T> != key_shape::none,
        "coffer: no key encoder for this type of argument. Specialise "
        "coffer::key_encoder<T>, or #include <coffer/json.hpp> if the type has nlohmann's "
        "to_json, or wrap the parameter in coffer::unkeyed<T> to leave it out of the key.");
}

template <class T>
void encode_scalar(std::string& out, const T& value)
{
    if constexpr (shape_of<T> == key_shape::boolean)
        out += value ? 't' : 'f';
    else if constexpr (std::same_as<T, long double>)
        key_grammar::floating(out, value);
    else if constexpr (shape_of<T> == key_shape::floating)
        key_grammar::floating(out, static_cast<double>(value));
    else
        encode_number(out, value);
}

template <class T>
void encode_item(std::string& out, const T& value)
{
    constexpr key_shape shape = shape_of<T>;
    require_encoder<T>();
    if constexpr (std::is_scalar_v<T> && shape >= key_shape::boolean && shape < key_shape::text)
        encode_scalar(out, value);
    else if constexpr (shape == key_shape::text)
        key_grammar::framed(out, 's', text_of(value));
    else if constexpr (shape == key_shape::path)
        key_grammar::framed(out, 'p', value.native());
    else if constexpr (shape == key_shape::bytes)
        encode_bytes(out, value);
    else if constexpr (shape == key_shape::list)
        encode_list(out, value);
    else if constexpr (shape == key_shape::set || shape == key_shape::map)
        encode_unordered(out, value);
    else if constexpr (shape == key_shape::optional)
        encode_optional(out, value);
    else if constexpr (shape == key_shape::tuple)
        encode_tuple(out, value);
    else if constexpr (shape == key_shape::variant)
        encode_variant(out, value);
    else if constexpr (shape == key_shape::unit || shape == key_shape::unkeyed)
        out += 'u';
    else if constexpr (shape == key_shape::duration)
        encode_duration(out, value);
    else if constexpr (shape == key_shape::moment)
        encode_item(out += 'a', value.time_since_epoch());
    else if constexpr (shape == key_shape::date)
        encode_date(out, value);
    else if constexpr (shape == key_shape::fields)
        encode_fields(out, value);
    else if constexpr (shape == key_shape::custom)
        encode_custom(out, value);
}

/// As `encode_item`, but an unkeyed argument leaves no trace at all.
template <class T>
void encode_argument(std::string& out, const T& value)
{
    if constexpr (shape_of<T> != key_shape::unkeyed)
        encode_item(out, value);
}

} // namespace coffer::detail
