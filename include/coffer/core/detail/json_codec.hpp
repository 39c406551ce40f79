// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/codec.hpp>
#include <coffer/core/detail/json_guard.hpp>
#include <coffer/core/detail/json_types.hpp>

namespace coffer {

/// How a type with JSON is stored.
enum class json_form : std::uint8_t {
    cbor, ///< RFC 8949: compact, and keeps every number and every byte of a text
    text  ///< readable in the store; needs valid UTF-8, and knows neither NaN nor infinity
};

/// The form of a type; specialise it to choose:
///
///     template <> inline constexpr auto coffer::json_form_of<product> = coffer::json_form::text;
template <class T>
inline constexpr json_form json_form_of = json_form::cbor;

namespace detail {

template <class T>
consteval std::uint64_t json_parts_schema();

template <template <class...> class Template, class... Args>
consteval std::uint64_t json_schema_of_parts(const Template<Args...>*)
{
    std::uint64_t sum = 0;
    ((sum = schema_of("part", sum, json_parts_schema<std::remove_cv_t<Args>>())), ...);
    return sum;
}

/// Follows a raised `schema_version` through the standard's containers.
template <class T>
consteval std::uint64_t json_parts_schema()
{
    if constexpr (scalar_value<T>)
        return scalar_schema<T>();
    else if constexpr (is_from<T, std::pair> || is_from<T, std::tuple>)
        return json_schema_of_parts(static_cast<const T*>(nullptr));
    else if constexpr ((names_its_allocator<T> && !is_string<T>) || is_fixed_list<T>)
        return schema_of("list", json_parts_schema<typename T::value_type>());
    else
        return schema_version<T>;
}

inline std::string json_bytes(const nlohmann::json& json, json_form form)
{
    std::string out;
    if (form == json_form::text)
        out = json.dump();
    else
        nlohmann::json::to_cbor(json, out);
    // What could not be read again must not be written.
    if (!(form == json_form::text ? is_shallow_json(out) : is_sound_cbor(out)))
        refuse_deep_json();
    return out;
}

inline nlohmann::json parse_json(std::string_view bytes, json_form form)
{
    using json = nlohmann::json;
    if (!(form == json_form::text ? is_shallow_json(bytes) : is_sound_cbor(bytes)))
        refuse_bytes();
    auto parsed = form == json_form::text
                      ? json::parse(bytes, nullptr, false)
                      : json::from_cbor(bytes, true, false, json::cbor_tag_handler_t::store);
    if (parsed.is_discarded())
        refuse_bytes();
    return parsed;
}

} // namespace detail

template <detail::json_value T>
struct codec<T> {
    static constexpr json_form form = json_form_of<T>;
    static constexpr std::uint16_t id = form == json_form::text ? codec_id::json : codec_id::cbor;
    static constexpr std::uint64_t schema =
        detail::schema_of(form == json_form::text ? "json" : "cbor", detail::json_parts_schema<T>(),
                          schema_version<T>);

    static std::string encode(const T& value)
    {
        return detail::json_bytes(detail::as_json(value), form);
    }

    // Whatever a from_json throws on bytes that it did not expect says the same thing.
    static T decode(std::string_view bytes)
    {
        try {
            return detail::parse_json(bytes, form).template get<T>();
        } catch (...) {
            detail::refuse_bytes();
        }
    }
};

} // namespace coffer
