// SPDX-License-Identifier: BSL-1.0
#include <coffer/redis/value.hpp>

#include <coffer/redis/detail/decoders.hpp>

namespace coffer::redis {

bool value::array::operator==(const array& other) const
{
    return items == other.items;
}

bool value::set::operator==(const set& other) const
{
    return items == other.items;
}

bool value::map::operator==(const map& other) const
{
    return items == other.items;
}

bool value::operator==(const value& other) const
{
    return holds_ == other.holds_;
}

namespace detail {
namespace {

template <class List>
decode_status read_items(const reply_token& item, reply_cursor& body, value::variant& into)
{
    auto& items = into.emplace<List>().items;
    items.resize(item.count);
    for (value& one : items) {
        if (const auto status = read_item(body, one); !status)
            return status;
    }
    return {};
}

decode_status read_map(const reply_token& item, reply_cursor& body, value::variant& into)
{
    auto& items = into.emplace<value::map>().items;
    items.resize(item.count / 2);
    for (auto& [key, mapped] : items) {
        if (const auto status = read_item(body, key); !status)
            return status;
        if (const auto status = read_item(body, mapped); !status)
            return status;
    }
    return {};
}

template <class Number, class Read>
decode_status read_number(const reply_token& item, value::variant& into, Read read)
{
    return read(item, into.emplace<Number>());
}

} // namespace

// Recursion is bounded by the depth that the scanner lets through.
decode_status item_decoder<value>::read(const reply_token& item, reply_cursor& body, value& to)
{
    auto& into = to.get();
    switch (item.kind) {
    case reply_kind::simple:
    case reply_kind::bulk:
        into.emplace<std::string>(item.text);
        return {};
    case reply_kind::error:
        into.emplace<error_reply>(item.text);
        return {};
    case reply_kind::integer:
        return read_number<std::int64_t>(item, into, integer_of);
    case reply_kind::real:
        return read_number<double>(item, into, real_of);
    case reply_kind::boolean:
        return read_number<bool>(item, into, boolean_of);
    case reply_kind::big_number:
        into = value::big_number{std::string(item.text)};
        return {};
    case reply_kind::verbatim:
        into =
            value::verbatim{std::string(item.text.substr(0, 3)), std::string(item.text.substr(4))};
        return {};
    case reply_kind::array:
    case reply_kind::push:
        return read_items<value::array>(item, body, into);
    case reply_kind::set:
        return read_items<value::set>(item, body, into);
    case reply_kind::map:
        return read_map(item, body, into);
    default:
        into = value::null();
        return {};
    }
}

} // namespace detail
} // namespace coffer::redis
