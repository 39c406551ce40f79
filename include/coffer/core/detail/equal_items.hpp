// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/detail/encoded.hpp>

#include <algorithm>
#include <functional>

namespace coffer::detail {

template <class A, class B>
bool equal_items(const A& a, const B& b);

template <class A, class B>
bool equal_encodings(const A& a, const B& b)
{
    const encoded left(a);
    const encoded right(b);
    return left.bytes() == right.bytes();
}

template <class A, class B>
bool equal_numbers(A a, B b) noexcept
{
    return std::cmp_equal(wide_number(a), wide_number(b));
}

template <class A, class B>
bool equal_floats(A a, B b) noexcept
{
    return a == b || (a != a && b != b);
}

template <class A, class B>
bool equal_lists(const A& a, const B& b)
{
    const auto same = [](const list_item_t<A>& x, const list_item_t<B>& y) {
        return equal_items(x, y);
    };
    if constexpr (std::ranges::sized_range<const A> && std::ranges::sized_range<const B>)
        if (std::ranges::size(a) != std::ranges::size(b))
            return false;
    return std::equal(std::ranges::begin(a), std::ranges::end(a), std::ranges::begin(b),
                      std::ranges::end(b), same);
}

/// A set or map whose order is decided by its members alone, so that the same members come in the
/// same order: no state in the comparator, no equivalent keys, and keys that are the same exactly
/// where they are equivalent for every comparator (which NaN and pointers to text are not).
template <class T>
concept ordered_by_members =
    requires {
        typename T::key_compare;
        typename T::insert_return_type;
    } && std::is_empty_v<typename T::key_compare> &&
    (is_string<typename T::key_type> || std::is_integral_v<typename T::key_type> ||
     std::is_enum_v<typename T::key_type>);

template <class A, class B>
bool equal_unordered(const A& a, const B& b)
{
    if (a.size() != b.size())
        return false;
    if constexpr (!std::same_as<A, B> || !ordered_by_members<A>)
        return equal_encodings(a, b);
    else if constexpr (shape_of<A> == key_shape::set)
        return std::equal(a.begin(), a.end(), b.begin(),
                          [](const auto& x, const auto& y) { return equal_items(x, y); });
    else
        return std::equal(a.begin(), a.end(), b.begin(), [](const auto& x, const auto& y) {
            return equal_items(x.first, y.first) && equal_items(x.second, y.second);
        });
}

template <class A, class B>
bool equal_optionals(const A& a, const B& b)
{
    if constexpr (std::same_as<A, std::nullopt_t> && std::same_as<B, std::nullopt_t>)
        return true;
    else if constexpr (std::same_as<A, std::nullopt_t>)
        return !b;
    else if constexpr (std::same_as<B, std::nullopt_t>)
        return !a;
    else
        return a && b ? equal_items(*a, *b) : !a && !b;
}

template <class A, class B, std::size_t... I>
bool equal_elements(const A& a, const B& b, std::index_sequence<I...>)
{
    return (equal_items(std::get<I>(a), std::get<I>(b)) && ...);
}

template <class A, class B>
bool equal_tuples(const A& a, const B& b)
{
    constexpr std::size_t size = std::tuple_size_v<A>;
    if constexpr (size != std::tuple_size_v<B>)
        return false;
    else
        return equal_elements(a, b, std::make_index_sequence<size>());
}

template <class A, class B>
bool equal_variants(const A& a, const B& b)
{
    if (a.index() != b.index() || a.valueless_by_exception())
        return a.index() == b.index();
    return std::visit(
        [&](const auto& x) {
            return std::visit([&](const auto& y) { return equal_items(x, y); }, b);
        },
        a);
}

template <class A, class B>
bool equal_durations(const A& a, const B& b)
{
    if constexpr (std::same_as<typename A::period, typename B::period>)
        return equal_items(a.count(), b.count());
    else
        return false;
}

template <class A, class B>
bool equal_bytes(const A& a, const B& b)
{
    const auto same = [](auto x, auto y) {
        return static_cast<unsigned char>(x) == static_cast<unsigned char>(y);
    };
    return std::equal(std::ranges::begin(a), std::ranges::end(a), std::ranges::begin(b),
                      std::ranges::end(b), same);
}

template <class A, class B>
bool equal_items(const A& a, const B& b)
{
    constexpr key_shape shape = shape_of<A>;
    require_encoder<A>();
    require_encoder<B>();
    if constexpr (shape != shape_of<B>)
        return false;
    else if constexpr (shape == key_shape::unkeyed || shape == key_shape::unit)
        return true;
    else if constexpr (shape == key_shape::floating)
        return equal_floats(a, b);
    else if constexpr (shape >= key_shape::boolean && shape < key_shape::text)
        return equal_numbers(a, b);
    else if constexpr (shape == key_shape::text)
        return text_of(a) == text_of(b);
    else if constexpr (shape == key_shape::path)
        return a.native() == b.native();
    else if constexpr (shape == key_shape::bytes)
        return equal_bytes(a, b);
    else if constexpr (shape == key_shape::list)
        return equal_lists(a, b);
    else if constexpr (shape == key_shape::set || shape == key_shape::map)
        return equal_unordered(a, b);
    else if constexpr (shape == key_shape::optional)
        return equal_optionals(a, b);
    else if constexpr (shape == key_shape::tuple)
        return equal_tuples(a, b);
    else if constexpr (shape == key_shape::variant)
        return equal_variants(a, b);
    else if constexpr (shape == key_shape::duration)
        return equal_durations(a, b);
    else if constexpr (shape == key_shape::moment)
        return equal_durations(a.time_since_epoch(), b.time_since_epoch());
    else if constexpr (shape == key_shape::date)
        return a == b;
    else if constexpr (shape == key_shape::fields)
        return equal_tuples(key_encoder<A>::fields(a), key_encoder<B>::fields(b));
    else
        return equal_encodings(a, b);
}

} // namespace coffer::detail
