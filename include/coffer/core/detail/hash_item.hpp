// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/detail/encoded.hpp>
#include <coffer/core/detail/hash_mix.hpp>

namespace coffer::detail {

template <class T>
std::uint64_t hash_item(std::uint64_t state, const T& value);

inline std::uint64_t hash_text(std::uint64_t state, std::string_view text) noexcept
{
    return hash_bytes(state, text.data(), text.size());
}

template <class T>
std::uint64_t hash_scalar(std::uint64_t state, T value) noexcept
{
    if constexpr (std::is_floating_point_v<T>)
        return hash_number(state, key_grammar::canonical_bits(static_cast<double>(value)));
    else
        return hash_number(state, static_cast<std::uint64_t>(wide_number(value)));
}

template <class T>
std::uint64_t hash_list(std::uint64_t state, const T& value)
{
    std::uint64_t count = 0;
    for (auto at = std::ranges::begin(value); at != std::ranges::end(value); ++at, ++count) {
        const list_item_t<T>& item = *at;
        state = hash_item(state, item);
    }
    return hash_number(state, count);
}

// The sum does not depend on the order, and each member is hashed well before it is added.
template <class T>
std::uint64_t hash_unordered(std::uint64_t state, const T& value)
{
    std::uint64_t sum = 0;
    for (const auto& member : value) {
        if constexpr (shape_of<T> == key_shape::map)
            sum += hash_item(hash_item(hash_seed, member.first), member.second);
        else
            sum += hash_item(hash_seed, member);
    }
    return hash_number(state, sum);
}

template <class T>
std::uint64_t hash_optional(std::uint64_t state, const T& value)
{
    if constexpr (!std::same_as<T, std::nullopt_t>)
        if (value)
            return hash_item(hash_number(state, 1), *value);
    return hash_number(state, 0);
}

template <class T>
std::uint64_t hash_tuple(std::uint64_t state, const T& value)
{
    std::apply([&](const auto&... item) { ((state = hash_item(state, item)), ...); }, value);
    return state;
}

template <class... Types>
std::uint64_t hash_variant(std::uint64_t state, const std::variant<Types...>& value)
{
    state = hash_number(state, value.index());
    if (value.valueless_by_exception())
        return state;
    return std::visit([&](const auto& held) { return hash_item(state, held); }, value);
}

template <class T>
std::uint64_t hash_date(std::uint64_t state, const T& value) noexcept
{
    const auto year = static_cast<std::uint64_t>(static_cast<int>(value.year()));
    const auto month = static_cast<unsigned>(value.month());
    return hash_number(state, year << 16 ^ month << 8 ^ static_cast<unsigned>(value.day()));
}

template <class T>
std::uint64_t hash_bytes_of(std::uint64_t state, const T& value)
{
    if constexpr (std::ranges::contiguous_range<const T>) {
        const std::span bytes(std::ranges::data(value), std::ranges::size(value));
        return hash_bytes(state, reinterpret_cast<const char*>(bytes.data()), bytes.size());
    } else {
        std::string bytes;
        for (const auto one : value)
            bytes += static_cast<char>(one);
        return hash_text(state, bytes);
    }
}

template <class T>
std::uint64_t hash_item(std::uint64_t state, const T& value)
{
    constexpr key_shape shape = shape_of<T>;
    require_encoder<T>();
    if constexpr (shape == key_shape::unkeyed || shape == key_shape::unit)
        return state;
    else if constexpr (shape >= key_shape::boolean && shape < key_shape::text)
        return hash_scalar(state, value);
    else if constexpr (shape == key_shape::text)
        return hash_text(state, text_of(value));
    else if constexpr (shape == key_shape::path)
        return hash_text(state, value.native());
    else if constexpr (shape == key_shape::bytes)
        return hash_bytes_of(state, value);
    else if constexpr (shape == key_shape::list)
        return hash_list(state, value);
    else if constexpr (shape == key_shape::set || shape == key_shape::map)
        return hash_unordered(state, value);
    else if constexpr (shape == key_shape::optional)
        return hash_optional(state, value);
    else if constexpr (shape == key_shape::tuple)
        return hash_tuple(state, value);
    else if constexpr (shape == key_shape::variant)
        return hash_variant(state, value);
    else if constexpr (shape == key_shape::duration)
        return hash_item(state, value.count());
    else if constexpr (shape == key_shape::moment)
        return hash_item(state, value.time_since_epoch());
    else if constexpr (shape == key_shape::date)
        return hash_date(state, value);
    else if constexpr (shape == key_shape::fields)
        return hash_tuple(state, key_encoder<T>::fields(value));
    else
        return hash_text(state, encoded(value).bytes());
}

} // namespace coffer::detail
