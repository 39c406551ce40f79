// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/detail/encode_item.hpp>
#include <coffer/core/key_encoder.hpp>

#include <type_traits>

namespace coffer {

namespace detail {

template <class T>
struct stored {
    using type = T;
};

template <class T>
using stored_t = typename stored<std::remove_cvref_t<T>>::type;

template <text_like T>
struct stored<T> {
    using type = std::string;
};
template <class T>
struct stored<unkeyed<T>> {
    using type = omitted_argument;
};
template <class T, std::size_t Extent>
struct stored<std::span<T, Extent>> {
    using type = std::vector<stored_t<T>>;
};
template <class T>
struct stored<std::initializer_list<T>> {
    using type = std::vector<stored_t<T>>;
};
template <class T>
struct stored<std::optional<T>> {
    using type = std::optional<stored_t<T>>;
};
template <class A, class B>
struct stored<std::pair<A, B>> {
    using type = std::pair<stored_t<A>, stored_t<B>>;
};
template <class... Types>
struct stored<std::tuple<Types...>> {
    using type = std::tuple<stored_t<Types>...>;
};

/// Whether all that a type refers to is its own, as far as the standard's templates show it.
template <class T>
inline constexpr bool owns_its_parts = std::same_as<T, stored_t<T>> || is_from<T, unkeyed>;
template <template <class...> class Container, class... Args>
inline constexpr bool owns_its_parts<Container<Args...>> =
    std::same_as<Container<Args...>, stored_t<Container<Args...>>> && (owns_its_parts<Args> && ...);
template <class A, class B>
inline constexpr bool owns_its_parts<std::pair<A, B>> =
    owns_its_parts<std::remove_const_t<A>> && owns_its_parts<B>; // a map's key is const
template <class T, std::size_t N>
inline constexpr bool owns_its_parts<std::array<T, N>> = owns_its_parts<T>;

template <class To, class From>
To to_stored(const From& from)
{
    if constexpr (std::same_as<To, omitted_argument>)
        return {};
    else if constexpr (text_like<From>)
        return To(text_of(from));
    else if constexpr (std::constructible_from<To, const From&>)
        return To(from);
    else
        return To(from.begin(), from.end());
}

} // namespace detail

/// What a kept key holds of an argument of type `T`: text, spans and lists own their contents, an
/// unkeyed argument is gone, everything else is the decayed type.
///
/// The argument itself finds the kept key: `key_hash` and `key_equal` work across the two types.
template <class T>
using stored_key_t = detail::stored_t<std::decay_t<T>>;

/// The kept form of an argument list.
template <class... Args>
using key_tuple = std::tuple<stored_key_t<Args>...>;

/// Copies arguments into a key that owns all it holds.
///
/// Errors: `std::invalid_argument` for a null `const char*`.
template <class... Args>
key_tuple<Args...> make_key_tuple(const Args&... args)
{
    static_assert((detail::owns_its_parts<stored_key_t<Args>> && ...),
                  "coffer: a container of views cannot be kept as a key, because what it refers to "
                  "may go away. Take a container of std::string or std::vector.");
    return key_tuple<Args...>(detail::to_stored<stored_key_t<Args>>(args)...);
}

} // namespace coffer
