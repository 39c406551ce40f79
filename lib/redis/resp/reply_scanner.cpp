// SPDX-License-Identifier: BSL-1.0
#include <redis/resp/reply_scanner.hpp>

#include <redis/resp/line_syntax.hpp>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <stdexcept>

namespace coffer::redis::detail {
namespace {

constexpr std::size_t deepest = 128;
constexpr std::size_t length_line = 24; // any length that fits, with its line end

bool has_length(char type) noexcept
{
    return std::strchr("$=!*~%>|", type) != nullptr;
}

bool is_text(char type) noexcept
{
    return type == '$' || type == '=' || type == '!';
}

} // namespace

reply_scanner::reply_scanner(const reply_limits& limits) : limits_(limits)
{
    if (limits.depth == 0 || limits.depth > deepest)
        throw std::invalid_argument("reply_limits: depth must be from 1 to 128");
}

void reply_scanner::reset() noexcept
{
    levels_.clear();
    at_ = looked_ = body_end_ = size_ = 0;
}

reply_scanner::state reply_scanner::scan(std::string_view bytes)
{
    if (levels_.empty())
        return begin(bytes);
    return scan_on(bytes);
}

// The common replies in one go: a whole bulk string, or a line that is here.
reply_scanner::state reply_scanner::begin(std::string_view bytes)
{
    if (bytes.size() >= 4 && bytes[0] == '$' && bytes[1] != '-') {
        std::size_t length = 0;
        std::size_t at = 1;
        const std::size_t end = std::min(bytes.size(), std::size_t(10)); // so it can't overflow
        for (unsigned digit = 0; at < end; ++at) {
            digit = static_cast<unsigned char>(bytes[at]) - unsigned('0');
            if (digit > 9)
                break;
            length = length * 10 + digit;
        }
        const std::size_t total = at + 2 + length + 2;
        if (at > 1 && total <= bytes.size() && length <= limits_.bulk && total <= limits_.total &&
            bytes[at] == '\r' && bytes[at + 1] == '\n' && bytes[total - 2] == '\r' &&
            bytes[total - 1] == '\n') {
            view_ = reply_view(reply_kind::bulk, bytes.substr(at + 2, length), 0);
            size_ = total;
            return state::complete;
        }
    }
    levels_.push_back({1, false});
    return scan_on(bytes);
}

reply_scanner::state reply_scanner::scan_on(std::string_view bytes)
{
    for (;;) {
        switch (body_end_ != 0 ? read_body(bytes) : read_token(bytes)) {
        case step::incomplete:
            if (bytes.size() <= limits_.total)
                return state::incomplete;
            fault_ = protocol_fault::reply_too_large;
            return state::broken;
        case step::broken:
            return state::broken;
        case step::opened:
            break;
        case step::item:
            if (at_ > limits_.total) {
                fault_ = protocol_fault::reply_too_large;
                return state::broken;
            }
            if (close_item())
                return finish(bytes);
        }
    }
}

reply_scanner::step reply_scanner::read_token(std::string_view bytes)
{
    if (at_ == bytes.size())
        return step::incomplete;
    const char type = bytes[at_];
    if (!is_type(type))
        return broken(is_streamed_part(type) ? protocol_fault::streamed : protocol_fault::bad_type);
    const std::size_t limit = has_length(type) ? length_line : limits_.line;
    const std::size_t from = std::max(looked_, at_ + 1);
    const std::size_t until = std::min(bytes.size(), at_ + 1 + std::min(limit, bytes.size()) + 2);
    const void* found = std::memchr(bytes.data() + from, '\n', until - from);
    if (found == nullptr) {
        looked_ = until;
        const std::size_t seen = until - at_ - 1; // its last byte may be the CR
        return seen <= 1 || seen - 1 <= limit ? step::incomplete
                                              : broken(protocol_fault::line_too_long);
    }
    const auto end = static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
    if (bytes[end - 1] != '\r')
        return broken(protocol_fault::bad_line_end);
    const auto line = bytes.substr(at_ + 1, end - 1 - (at_ + 1));
    at_ = looked_ = end + 1;
    return has_length(type) ? read_length(type, line) : read_line(type, line);
}

reply_scanner::step reply_scanner::read_line(char type, std::string_view line)
{
    switch (type) {
    case ':':
        return is_integer(line) ? step::item : broken(protocol_fault::bad_number);
    case '(':
        return is_big_number(line) ? step::item : broken(protocol_fault::bad_number);
    case ',':
        return is_real(line) ? step::item : broken(protocol_fault::bad_value);
    case '#':
        return line == "t" || line == "f" ? step::item : broken(protocol_fault::bad_value);
    case '_':
        return line.empty() ? step::item : broken(protocol_fault::bad_value);
    default: // '+' and '-' hold anything
        return step::item;
    }
}

reply_scanner::step reply_scanner::read_length(char type, std::string_view line)
{
    if (line == "?")
        return broken(protocol_fault::streamed);
    if (line == "-1" && (type == '$' || type == '*'))
        return step::item; // a null of RESP2
    std::uint64_t length = 0;
    const char* const end = line.data() + line.size();
    const auto [rest, error] = std::from_chars(line.data(), end, length);
    if (line.empty() || rest != end || error != std::errc())
        return broken(protocol_fault::bad_number);
    return is_text(type) ? open_text(type, length) : open_items(type, length);
}

reply_scanner::step reply_scanner::open_text(char type, std::uint64_t length)
{
    if (length > limits_.bulk)
        return broken(protocol_fault::bulk_too_large);
    if (length > limits_.total || at_ + length + 2 > limits_.total)
        return broken(protocol_fault::reply_too_large);
    verbatim_ = type == '=';
    if (verbatim_ && length < 4)
        return broken(protocol_fault::bad_value);
    body_end_ = at_ + static_cast<std::size_t>(length) + 2;
    return step::opened;
}

reply_scanner::step reply_scanner::read_body(std::string_view bytes)
{
    if (bytes.size() < body_end_)
        return step::incomplete;
    if (bytes[body_end_ - 2] != '\r' || bytes[body_end_ - 1] != '\n')
        return broken(protocol_fault::bad_line_end);
    if (verbatim_ && bytes[at_ + 3] != ':')
        return broken(protocol_fault::bad_value);
    at_ = looked_ = body_end_;
    body_end_ = 0;
    return step::item;
}

reply_scanner::step reply_scanner::open_items(char type, std::uint64_t count)
{
    if (type == '>' && levels_.size() > 1)
        return broken(protocol_fault::misplaced_push);
    const bool pairs = type == '%' || type == '|';
    if (count > limits_.elements / (pairs ? 2 : 1))
        return broken(protocol_fault::aggregate_too_long);
    if (count == 0)
        return type == '|' ? step::opened : step::item;
    if (levels_.size() > limits_.depth)
        return broken(protocol_fault::too_deep);
    levels_.push_back({pairs ? count * 2 : count, type == '|'});
    return step::opened;
}

// True if the whole reply is complete with it.
bool reply_scanner::close_item() noexcept
{
    while (--levels_.back().left == 0) {
        const bool attribute = levels_.back().attribute;
        levels_.pop_back();
        if (attribute)
            return false;
        if (levels_.empty())
            return true;
    }
    return false;
}

reply_scanner::state reply_scanner::finish(std::string_view bytes) noexcept
{
    size_ = at_;
    view_ = view_of_reply(bytes.substr(0, size_));
    return state::complete;
}

reply_scanner::step reply_scanner::broken(protocol_fault why) noexcept
{
    fault_ = why;
    return step::broken;
}

} // namespace coffer::redis::detail
