// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/errc.hpp>
#include <coffer/json.hpp>

#include <boost/system/system_error.hpp>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

// What must hold for any bytes at all. The fuzzer feeds it, and a unit test feeds it the corpus.
namespace fuzz {

struct page {
    std::string title;
    std::vector<std::string> links;
    std::map<std::string, double> scores;
    friend bool operator==(const page&, const page&) = default;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(page, title, links, scores)

/// The same, as text.
struct text_page : page {
    friend bool operator==(const text_page&, const text_page&) = default;
};
inline void to_json(nlohmann::json& to, const text_page& from)
{
    to_json(to, static_cast<const page&>(from));
}
inline void from_json(const nlohmann::json& from, text_page& to)
{
    from_json(from, static_cast<page&>(to));
}

/// Any JSON, as text.
struct any_text {
    nlohmann::json value;
};
inline void to_json(nlohmann::json& to, const any_text& from)
{
    to = from.value;
}
inline void from_json(const nlohmann::json& from, any_text& to)
{
    to.value = from;
}

} // namespace fuzz

template <>
inline constexpr auto coffer::json_form_of<fuzz::text_page> = coffer::json_form::text;
template <>
inline constexpr auto coffer::json_form_of<fuzz::any_text> = coffer::json_form::text;

namespace fuzz {

inline void require_json(bool holds, const char* what)
{
    if (holds)
        return;
    std::fprintf(stderr, "json codec: %s\n", what);
    std::abort();
}

// Either not decodable, and nothing else; or what was read is written, and read as the same.
template <class T>
bool read_json(std::string_view bytes)
{
    try {
        const T once = coffer::decode_value<T>(bytes);
        const std::string written = coffer::encode_value(once);
        const T twice = coffer::decode_value<T>(written);
        require_json(coffer::encode_value(twice) == written, "read, it is written in another way");
        return true;
    } catch (const boost::system::system_error& error) {
        require_json(error.code() == coffer::errc::not_decodable, "another error code");
        return false;
    }
}

// JSON whose key can be written: none, or the same one again.
inline void key_json(std::string_view bytes)
{
    if (!read_json<nlohmann::json>(bytes))
        return;
    const auto json = coffer::decode_value<nlohmann::json>(bytes);
    const nlohmann::json copy = json;
    require_json(coffer::encode_key(json) == coffer::encode_key(copy), "two keys of one value");
}

inline void json_codec(std::string_view bytes)
{
    key_json(bytes);
    read_json<any_text>(bytes);
    read_json<page>(bytes);
    read_json<text_page>(bytes);
    read_json<std::vector<std::map<std::string, std::vector<int>>>>(bytes);
    read_json<std::tuple<bool, std::string, std::array<double, 2>>>(bytes);
    read_json<std::optional<std::pair<std::string, std::uint64_t>>>(bytes);
}

} // namespace fuzz
