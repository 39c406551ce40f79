// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/detail/json_guard.hpp>
#include <coffer/core/detail/json_types.hpp>
#include <coffer/core/key_encoder.hpp>

#include <stdexcept>

namespace coffer {
namespace detail {

/// Writes JSON in the words of the key grammar, members of objects in their order there.
class json_to_key {
public:
    explicit json_to_key(key_writer& to) noexcept : to_(&key_writer_access::text(to)) {}

    void add(const nlohmann::json& value) { add(*to_, value, 0); }

private:
    using json = nlohmann::json;

    static void add(std::string& out, const json& value, std::size_t depth)
    {
        if (depth > json_max_depth)
            refuse_deep_json();
        switch (value.type()) {
        case json::value_t::null:
            return encode_item(out, std::nullopt);
        case json::value_t::boolean:
            return encode_item(out, value.get_ref<const bool&>());
        case json::value_t::number_integer:
            return encode_item(out, value.get_ref<const json::number_integer_t&>());
        case json::value_t::number_unsigned:
            return encode_item(out, value.get_ref<const json::number_unsigned_t&>());
        case json::value_t::number_float:
            return encode_item(out, value.get_ref<const double&>());
        case json::value_t::string:
            return encode_item(out, value.get_ref<const std::string&>());
        case json::value_t::binary:
            return add_binary(out, value.get_binary());
        case json::value_t::array:
            return add_array(out, value.get_ref<const json::array_t&>(), depth);
        case json::value_t::object:
            return add_object(out, value.get_ref<const json::object_t&>(), depth);
        case json::value_t::discarded:
            break;
        }
        throw std::invalid_argument("coffer: a discarded JSON value cannot be part of a key");
    }

    static void add_binary(std::string& out, const json::binary_t& value)
    {
        const auto subtype = value.has_subtype() ? std::optional(value.subtype()) : std::nullopt;
        encode_item(out, std::tuple<std::optional<std::uint64_t>, const std::vector<std::uint8_t>&>(
                             subtype, value));
    }

    static void add_array(std::string& out, const json::array_t& values, std::size_t depth)
    {
        key_grammar::number(out, 'L', std::uint64_t{values.size()});
        for (const json& value : values)
            add(out, value, depth + 1);
    }

    static void add_object(std::string& out, const json::object_t& members, std::size_t depth)
    {
        key_grammar::unordered_words words;
        for (const auto& [name, value] : members) {
            encode_item(words.words(), name);
            add(words.words(), value, depth + 1);
            words.end_of_one();
        }
        words.write_sorted(out, 'M');
    }

    std::string* to_;
};

} // namespace detail

template <detail::json_key T>
struct key_encoder<T> {
    static void encode(key_writer& to, const T& value)
    {
        detail::json_to_key(to).add(detail::as_json(value));
    }
};

} // namespace coffer
