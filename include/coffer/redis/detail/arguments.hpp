// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/detail/redis_part.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ranges>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace coffer::redis {

/// Bytes that a request refers to instead of copying them; worth it from some KiB on.
///
/// Lifetime: they must stay as they are until the operation has completed.
struct borrowed {
    std::string_view bytes;
};

namespace detail {

template <class T>
concept text_argument = std::convertible_to<const T&, std::string_view>;
template <class T>
concept character = std::same_as<T, char> || std::same_as<T, wchar_t> || std::same_as<T, char8_t> ||
                    std::same_as<T, char16_t> || std::same_as<T, char32_t>;
template <class T>
concept number_argument = std::is_arithmetic_v<T> && !std::same_as<T, bool> && !character<T>;
template <class T>
concept bytes_argument = std::convertible_to<const T&, std::span<const std::byte>>;

template <class T>
struct is_argument
    : std::bool_constant<text_argument<T> || number_argument<T> || bytes_argument<T>> {};
template <>
struct is_argument<borrowed> : std::true_type {};
template <class T>
struct is_argument<std::optional<T>> : is_argument<T> {};
template <class A, class B>
struct is_argument<std::pair<A, B>>
    : std::bool_constant<is_argument<std::remove_cv_t<A>>::value && is_argument<B>::value> {};
template <class T>
    requires(std::ranges::forward_range<const T> && !text_argument<T> && !bytes_argument<T>)
struct is_argument<T> : is_argument<std::ranges::range_value_t<const T>> {};

} // namespace detail

/// What may follow a command's name. Neither `bool` nor `char`: what is meant differs between
/// commands.
template <class T>
concept command_argument = detail::is_argument<std::remove_cvref_t<T>>::value;

namespace detail {

template <class T>
std::size_t argument_count(const T&) noexcept
{
    return 1;
}
template <class T>
std::size_t argument_count(const std::optional<T>& argument) noexcept;
template <class A, class B>
std::size_t argument_count(const std::pair<A, B>& argument) noexcept;
template <class T>
    requires(std::ranges::forward_range<const T> && !text_argument<T> && !bytes_argument<T>)
std::size_t argument_count(const T& range) noexcept
{
    std::size_t count = 0;
    for (const auto& one : range)
        count += argument_count(one);
    return count;
}
template <class T>
std::size_t argument_count(const std::optional<T>& argument) noexcept
{
    return argument ? argument_count(*argument) : 0;
}
template <class A, class B>
std::size_t argument_count(const std::pair<A, B>& argument) noexcept
{
    return argument_count(argument.first) + argument_count(argument.second);
}

template <class Request, class T>
void append_argument(Request& to, const T& argument);

template <class Request, class T>
void append_parts(Request& to, const std::optional<T>& argument)
{
    if (argument)
        append_argument(to, *argument);
}
template <class Request, class A, class B>
void append_parts(Request& to, const std::pair<A, B>& argument)
{
    append_argument(to, argument.first);
    append_argument(to, argument.second);
}
template <class Request, std::ranges::forward_range T>
void append_parts(Request& to, const T& range)
{
    for (const auto& one : range)
        append_argument(to, one);
}

template <class Request, class T>
void append_argument(Request& to, const T& argument)
{
    if constexpr (std::same_as<T, borrowed>) {
        to.append(argument);
    } else if constexpr (text_argument<T>) {
        to.append(static_cast<std::string_view>(argument));
    } else if constexpr (std::floating_point<T>) {
        to.append(static_cast<double>(argument));
    } else if constexpr (std::signed_integral<T>) {
        to.append(static_cast<std::int64_t>(argument));
    } else if constexpr (std::unsigned_integral<T>) {
        to.append(static_cast<std::uint64_t>(argument));
    } else if constexpr (bytes_argument<T>) {
        const std::span<const std::byte> bytes = argument;
        to.append(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
    } else {
        append_parts(to, argument);
    }
}

} // namespace detail
} // namespace coffer::redis
