// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <iterator>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace coffer {

class key_writer;
template <class T>
struct key_encoder;
template <class T>
class unkeyed;

namespace detail {

/// What a type is to a key. Two values can only be the same key if their shapes are the same.
enum class key_shape : unsigned char {
    none,    // no encoder
    pointer, // refused: is it the address or what it points to?
    custom,  // key_encoder<T>::encode
    fields,  // key_encoder<T>::fields
    unkeyed, // writes nothing
    boolean,
    character,
    integer,
    floating,
    enumeration,
    text,
    path,
    unit,     // std::monostate
    optional, // also std::nullopt_t
    tuple,    // also std::pair
    variant,
    bytes, // a list of std::byte, unsigned char or char
    list,
    set,
    map,
    duration,
    moment, // a time point
    date
};

/// What an unkeyed argument leaves behind in a stored key.
struct omitted_argument {
    constexpr omitted_argument() noexcept = default;
    template <class T>
    constexpr omitted_argument(const unkeyed<T>&) noexcept
    {}
};

template <class T, template <class...> class Template>
inline constexpr bool is_from = false;
template <template <class...> class Template, class... Args>
inline constexpr bool is_from<Template<Args...>, Template> = true;

template <class T>
concept char_type = std::same_as<T, char> || std::same_as<T, wchar_t> || std::same_as<T, char8_t> ||
                    std::same_as<T, char16_t> || std::same_as<T, char32_t>;

template <class T>
concept byte_type =
    std::same_as<T, std::byte> || std::same_as<T, unsigned char> || std::same_as<T, char>;

template <class T>
inline constexpr bool is_string = false;
template <class Traits>
inline constexpr bool is_string<std::basic_string_view<char, Traits>> = true;
template <class Traits, class Allocator>
inline constexpr bool is_string<std::basic_string<char, Traits, Allocator>> = true;

template <class T>
inline constexpr bool is_char_array = false;
template <std::size_t N>
inline constexpr bool is_char_array<char[N]> = true;

template <class T>
concept char_pointer = std::same_as<T, const char*> || std::same_as<T, char*>;

template <class T>
concept text_like = is_string<T> || is_char_array<T> || char_pointer<T>;

/// `std::filesystem::path`, recognised without its heavy header.
template <class T>
concept path_like = requires(const T& path) {
    T::preferred_separator;
    { path.native() } -> std::same_as<const std::string&>;
};

/// A container of the standard's making, recognised without its header: a template that has its
/// allocator among its arguments. A class that merely *is* a range does not count: a matrix may be
/// one, and its rows and columns would be lost.
template <class T>
inline constexpr bool names_its_allocator = false;
template <template <class...> class Container, class... Args>
    requires requires { typename Container<Args...>::allocator_type; }
inline constexpr bool names_its_allocator<Container<Args...>> =
    (std::same_as<Args, typename Container<Args...>::allocator_type> || ...);

template <class T>
inline constexpr bool is_fixed_list = std::is_bounded_array_v<T>;
template <class T, std::size_t N>
inline constexpr bool is_fixed_list<std::array<T, N>> = true;
template <class T, std::size_t Extent>
inline constexpr bool is_fixed_list<std::span<T, Extent>> = true;
template <class T>
inline constexpr bool is_fixed_list<std::initializer_list<T>> = true;

template <class T>
concept list_like =
    (is_fixed_list<T> || names_its_allocator<T>) && std::ranges::forward_range<const T>;
template <class T>
concept set_like = list_like<T> && requires { typename T::key_type; };
template <class T>
concept map_like = set_like<T> && requires { typename T::mapped_type; };

template <class T>
inline constexpr bool is_duration = false;
template <class Rep, class Period>
inline constexpr bool is_duration<std::chrono::duration<Rep, Period>> = std::is_arithmetic_v<Rep>;

template <class T>
inline constexpr bool is_moment = false;
template <class Clock, class Duration>
inline constexpr bool is_moment<std::chrono::time_point<Clock, Duration>> = is_duration<Duration>;

template <class T>
concept has_user_fields = requires(const T& value) { key_encoder<T>::fields(value); };
template <class T>
concept has_user_encode =
    requires(key_writer& to, const T& value) { key_encoder<T>::encode(to, value); };

template <class T>
consteval key_shape shape_of_scalar()
{
    if (std::same_as<T, bool>)
        return key_shape::boolean;
    if (char_type<T>)
        return key_shape::character;
    if (std::is_integral_v<T>)
        return key_shape::integer;
    if (std::is_floating_point_v<T>)
        return key_shape::floating;
    return std::is_enum_v<T> ? key_shape::enumeration : key_shape::pointer;
}

template <class T>
consteval key_shape shape_of_list()
{
    if constexpr (map_like<T>)
        return key_shape::map;
    else if constexpr (set_like<T>)
        return key_shape::set;
    else
        return byte_type<std::ranges::range_value_t<const T>> ? key_shape::bytes : key_shape::list;
}

template <class T>
consteval key_shape built_in_shape()
{
    if constexpr (text_like<T>)
        return key_shape::text;
    else if constexpr (std::is_scalar_v<T>)
        return shape_of_scalar<T>();
    else if constexpr (is_from<T, unkeyed> || std::same_as<T, omitted_argument>)
        return key_shape::unkeyed;
    else if constexpr (std::same_as<T, std::monostate>)
        return key_shape::unit;
    else if constexpr (is_from<T, std::optional> || std::same_as<T, std::nullopt_t>)
        return key_shape::optional;
    else if constexpr (is_from<T, std::tuple> || is_from<T, std::pair>)
        return key_shape::tuple;
    else if constexpr (is_from<T, std::variant>)
        return key_shape::variant;
    else if constexpr (is_duration<T>)
        return key_shape::duration;
    else if constexpr (is_moment<T>)
        return key_shape::moment;
    else if constexpr (std::same_as<T, std::chrono::year_month_day>)
        return key_shape::date;
    else if constexpr (path_like<T>)
        return key_shape::path;
    else if constexpr (list_like<T>)
        return shape_of_list<T>();
    else
        return key_shape::none;
}

template <class T>
consteval key_shape find_shape()
{
    if constexpr (has_user_fields<T>)
        return key_shape::fields;
    else if constexpr (has_user_encode<T>)
        return key_shape::custom;
    else
        return built_in_shape<T>();
}

/// A user's encoder goes before what is built in.
template <class T>
inline constexpr key_shape shape_of = find_shape<std::remove_cvref_t<T>>();

template <class T>
using list_item_t = std::ranges::range_value_t<const T>;

template <class T>
using user_fields_t =
    std::remove_cvref_t<decltype(key_encoder<T>::fields(std::declval<const T&>()))>;

template <class T>
consteval bool encodable();

template <template <class...> class Template, class... Args>
consteval bool all_encodable(const Template<Args...>*)
{
    return (encodable<std::remove_cvref_t<Args>>() && ...);
}

template <class T>
consteval bool encodable_container()
{
    if constexpr (shape_of<T> == key_shape::map)
        return encodable<typename T::key_type>() && encodable<typename T::mapped_type>();
    else
        return encodable<std::remove_cvref_t<list_item_t<T>>>();
}

template <class T>
consteval bool encodable()
{
    constexpr key_shape shape = shape_of<T>;
    if constexpr (shape == key_shape::none || shape == key_shape::pointer)
        return false;
    else if constexpr (std::same_as<T, std::nullopt_t>)
        return true;
    else if constexpr (shape == key_shape::optional || shape == key_shape::tuple ||
                       shape == key_shape::variant)
        return all_encodable(static_cast<const T*>(nullptr));
    else if constexpr (shape == key_shape::fields)
        return encodable<user_fields_t<T>>();
    else if constexpr (shape == key_shape::list || shape == key_shape::set ||
                       shape == key_shape::map)
        return encodable_container<T>();
    else
        return true;
}

} // namespace detail
} // namespace coffer
