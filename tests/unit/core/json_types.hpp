// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/json.hpp>

#include <string>
#include <vector>

// Types as users have them, in each of the ways in which nlohmann's library knows a type.
namespace shop {

struct product {
    std::string name;
    double price = 0;
    std::vector<std::string> labels;
    friend bool operator==(const product&, const product&) = default;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(product, name, price, labels)

struct intrusive {
    int number = 0;
    friend bool operator==(const intrusive&, const intrusive&) = default;
    NLOHMANN_DEFINE_TYPE_INTRUSIVE(intrusive, number)
};

struct by_template {
    int number = 0;
};
template <class Json>
void to_json(Json& to, const by_template& from)
{
    to = from.number;
}
template <class Json>
void from_json(const Json& from, by_template& to)
{
    to.number = from.template get<int>();
}

/// Without a default constructor, through `nlohmann::adl_serializer`.
class by_serializer {
public:
    explicit by_serializer(int number) : number_(number) {}
    int number() const { return number_; }

private:
    int number_;
};

/// Stored as JSON text.
struct note {
    std::string text;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(note, text)

/// Whose shape has changed once.
struct renewed {
    int number = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(renewed, number)

/// Can be an argument, not a value.
struct only_written {
    int number = 0;
};
inline void to_json(nlohmann::json& to, const only_written& from)
{
    to = from.number;
}

/// Its conversions throw what they like.
struct moody {
    int number = 0;
};
inline void to_json(nlohmann::json& to, const moody& from)
{
    if (from.number < 0)
        throw std::domain_error("negative");
    to = from.number;
}
inline void from_json(const nlohmann::json& from, moody& to)
{
    to.number = from.get<int>();
    if (to.number == 13)
        throw 13;
}

/// Nested as deeply as wanted.
struct nest {
    std::size_t depth = 0;
};
inline void to_json(nlohmann::json& to, const nest& from)
{
    to = 0;
    for (std::size_t i = 0; i < from.depth; ++i)
        to = nlohmann::json::array({std::move(to)});
}
inline void from_json(const nlohmann::json& from, nest& to)
{
    to.depth = 0;
    for (const nlohmann::json* at = &from; at->is_array(); at = &at->at(0))
        ++to.depth;
}

/// nlohmann would take it for a plain array, and lose the width.
struct grid : std::vector<int> {
    int width = 0;
};

struct unknown {};

} // namespace shop

template <>
struct nlohmann::adl_serializer<shop::by_serializer> {
    static void to_json(json& to, const shop::by_serializer& from) { to = from.number(); }
    static shop::by_serializer from_json(const json& from)
    {
        return shop::by_serializer(from.get<int>());
    }
};

template <>
inline constexpr auto coffer::json_form_of<shop::note> = coffer::json_form::text;

template <>
inline constexpr std::uint32_t coffer::schema_version<shop::renewed> = 1;
