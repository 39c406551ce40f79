// SPDX-License-Identifier: BSL-1.0
#include <coffer/redis/detail/reply_cursor.hpp>

#include <cstring>

namespace coffer::redis::detail {
namespace {

reply_kind kind_of(char type) noexcept
{
    switch (type) {
    case '+':
        return reply_kind::simple;
    case '-':
    case '!':
        return reply_kind::error;
    case ':':
        return reply_kind::integer;
    case '$':
        return reply_kind::bulk;
    case ',':
        return reply_kind::real;
    case '#':
        return reply_kind::boolean;
    case '(':
        return reply_kind::big_number;
    case '=':
        return reply_kind::verbatim;
    case '*':
        return reply_kind::array;
    case '~':
        return reply_kind::set;
    case '%':
        return reply_kind::map;
    case '>':
        return reply_kind::push;
    case '|':
        return reply_kind::attribute;
    default:
        return reply_kind::null;
    }
}

// Up to CR LF, and past it.
std::size_t read_number(const char*& at) noexcept
{
    std::size_t number = 0;
    for (; *at != '\r'; ++at)
        number = number * 10 + static_cast<std::size_t>(*at - '0');
    at += 2;
    return number;
}

} // namespace

reply_token reply_cursor::read() noexcept
{
    const char type = *at_++;
    const reply_kind kind = kind_of(type);
    if (is_aggregate(kind) || type == '$' || type == '=' || type == '!') {
        if (*at_ == '-') { // a null of RESP2
            at_ += 4;
            return {};
        }
        const std::size_t number = read_number(at_);
        if (is_aggregate(kind)) {
            const bool pairs = kind == reply_kind::map || kind == reply_kind::attribute;
            return {{}, pairs ? number * 2 : number, kind};
        }
        const std::string_view text(at_, number);
        at_ += number + 2;
        return {text, 0, kind};
    }
    const auto left = static_cast<std::size_t>(end_ - at_);
    const char* const line_end = static_cast<const char*>(std::memchr(at_, '\n', left));
    const std::string_view text(at_, static_cast<std::size_t>(line_end - 1 - at_));
    at_ = line_end + 1;
    return {text, 0, kind};
}

reply_token reply_cursor::next() noexcept
{
    for (;;) {
        const reply_token item = read();
        if (item.kind != reply_kind::attribute) [[likely]]
            return item;
        skip(item.count);
    }
}

// Counts instead of recursing: an attribute is not an item, but what it holds is.
void reply_cursor::skip(std::size_t items) noexcept
{
    while (items > 0) {
        const reply_token item = read();
        items += item.count;
        if (item.kind != reply_kind::attribute)
            --items;
    }
}

} // namespace coffer::redis::detail
