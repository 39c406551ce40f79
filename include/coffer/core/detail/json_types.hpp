// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/detail/codecs.hpp>
#include <coffer/core/detail/key_shape.hpp>

#if !__has_include(<nlohmann/json.hpp>)
#error "coffer/json.hpp needs nlohmann's JSON library: install it (Debian: nlohmann-json3-dev)"
#endif
#include <nlohmann/json.hpp>

namespace coffer::detail {

/// Converts to what a user's `to_json` takes, and is no JSON to nlohmann's own ones. These take any
/// class derived from a vector for an array, and what it has besides would be lost.
struct json_for_users {
    operator nlohmann::json&() const;
};

template <class T>
concept has_to_json = requires(json_for_users& to, const T& value) { to_json(to, value); };

template <class T>
concept has_own_serializer = requires(nlohmann::json& to, const T& value) {
    nlohmann::adl_serializer<T>::to_json(to, value);
} && !requires { // which only nlohmann's general one has
    &nlohmann::adl_serializer<T>::template to_json<nlohmann::json, const T&>;
};

template <class T>
concept user_json = std::is_class_v<T> && (has_to_json<T> || has_own_serializer<T>);

template <class T>
consteval bool keeps_all_in_json();

template <template <class...> class Template, class... Args>
consteval bool parts_keep_all_in_json(const Template<Args...>*)
{
    return (keeps_all_in_json<std::remove_cv_t<Args>>() && ...);
}

/// Whether JSON holds all that there is to a value: nothing that nlohmann would cut or leave out.
template <class T>
consteval bool keeps_all_in_json()
{
    if constexpr (std::same_as<T, nlohmann::json> || std::same_as<T, std::string> ||
                  scalar_value<T>)
        return true;
    else if constexpr (user_json<T> || path_like<T>)
        return true;
    else if constexpr (is_from<T, std::pair> || is_from<T, std::tuple>)
        return parts_keep_all_in_json(static_cast<const T*>(nullptr));
    else if constexpr (names_its_allocator<T> || (is_fixed_list<T> && !std::is_array_v<T>))
        return keeps_all_in_json<typename T::value_type>();
    else
        return false;
}

template <class T>
concept json_value =
    !raw_container<T> && !is_string<T> && !std::is_scalar_v<T> && keeps_all_in_json<T>() &&
    std::constructible_from<nlohmann::json, const T&> && requires(const nlohmann::json& from) {
        { from.template get<T>() } -> std::same_as<T>;
    };

template <class T>
concept json_key =
    std::same_as<T, nlohmann::json> || (built_in_shape<T>() == key_shape::none && user_json<T>);

/// Without a copy where it is JSON already.
template <class T>
decltype(auto) as_json(const T& value)
{
    if constexpr (std::same_as<T, nlohmann::json>)
        return value;
    else
        return nlohmann::json(value);
}

} // namespace coffer::detail
