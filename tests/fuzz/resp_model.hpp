// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/reply_limits.hpp>
#include <coffer/redis/value.hpp>

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

/// Reads replies in the plainest way there is, by recursion from the first byte each time: what the
/// scanner and the decoders are compared with.
namespace resp_model {

using coffer::redis::value;

enum class state { incomplete, complete, broken };

struct outcome {
    state how = state::incomplete;
    std::size_t size = 0;
    value holds;
};

class reader {
public:
    reader(std::string_view bytes, const coffer::redis::reply_limits& limits)
        : bytes_(bytes), limits_(limits)
    {}

    outcome read()
    {
        auto found = item(0);
        if (!found)
            return {
                fault_ || bytes_.size() > limits_.total ? state::broken : state::incomplete, 0, {}};
        if (at_ > limits_.total)
            return {state::broken, 0, {}};
        return {state::complete, at_, std::move(*found)};
    }

private:
    using maybe = std::optional<value>;

    maybe broken()
    {
        fault_ = true;
        return std::nullopt;
    }

    // The text up to CR LF.
    std::optional<std::string> line(std::size_t limit)
    {
        const auto rest = bytes_.substr(at_);
        const auto end = rest.find('\n');
        if (end == rest.npos ? rest.size() > limit + 1 : end > limit + 1)
            return broken(), std::nullopt;
        if (end == rest.npos)
            return std::nullopt;
        if (end == 0 || rest[end - 1] != '\r')
            return broken(), std::nullopt;
        at_ += end + 1;
        return std::string(rest.substr(0, end - 1));
    }

    maybe item(std::size_t depth)
    {
        if (at_ > limits_.total)
            return broken();
        if (at_ == bytes_.size())
            return std::nullopt;
        const char type = bytes_[at_++];
        const std::string with_length = "$=!*~%>|";
        if (with_length.find(type) != std::string::npos)
            return with_count(type, depth);
        if (std::string("+-:,#_(").find(type) == std::string::npos)
            return broken();
        const auto text = line(limits_.line);
        return text ? scalar(type, *text) : std::nullopt;
    }

    maybe scalar(char type, const std::string& text)
    {
        switch (type) {
        case '+':
            return value(text);
        case '-':
            return value(coffer::redis::error_reply(text));
        case ':':
            return integer(text);
        case ',':
            return real(text);
        case '#':
            return text == "t" || text == "f" ? value(text == "t") : broken();
        case '_':
            return text.empty() ? value() : broken();
        default:
            return big(text);
        }
    }

    static bool all_digits(std::string_view text)
    {
        return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
    }

    static std::string unsigned_part(const std::string& text)
    {
        return !text.empty() && (text[0] == '+' || text[0] == '-') ? text.substr(1) : text;
    }

    maybe integer(const std::string& text)
    {
        if (!all_digits(unsigned_part(text)))
            return broken();
        errno = 0;
        const long long number = std::strtoll(text.c_str(), nullptr, 10);
        return errno == 0 ? value(std::int64_t(number)) : broken();
    }

    maybe big(const std::string& text)
    {
        return all_digits(unsigned_part(text)) ? value(value::big_number{text}) : broken();
    }

    maybe real(const std::string& text)
    {
        const auto plain = unsigned_part(text);
        if (plain == "inf")
            return value(text[0] == '-' ? -HUGE_VAL : HUGE_VAL);
        if (plain == "nan" && text != "+nan")
            return value(std::nan(""));
        if (plain.find_first_not_of("0123456789.eE+-") != plain.npos || plain.empty() ||
            plain[0] == '+' || plain[0] == '-')
            return broken();
        char* end = nullptr;
        const double number = std::strtod(text.c_str(), &end);
        return *end == '\0' && end != text.c_str() ? value(number) : broken();
    }

    maybe with_count(char type, std::size_t depth)
    {
        const auto text = line(24);
        if (!text)
            return std::nullopt;
        if (*text == "-1" && (type == '$' || type == '*'))
            return value();
        std::uint64_t count = 0;
        const auto [rest, error] =
            std::from_chars(text->data(), text->data() + text->size(), count);
        if (!all_digits(*text) || error != std::errc() || rest != text->data() + text->size())
            return broken();
        if (type == '$' || type == '=' || type == '!')
            return bulk(type, count);
        return aggregate(type, count, depth);
    }

    maybe bulk(char type, std::uint64_t size)
    {
        if (size > limits_.bulk || at_ + size + 2 > limits_.total || (type == '=' && size < 4))
            return broken();
        if (bytes_.size() - at_ < size + 2)
            return std::nullopt;
        const std::string text(bytes_.substr(at_, size));
        if (bytes_.substr(at_ + size, 2) != "\r\n" || (type == '=' && text[3] != ':'))
            return broken();
        at_ += size + 2;
        if (type == '$')
            return value(text);
        if (type == '!')
            return value(coffer::redis::error_reply(text));
        return value(value::verbatim{text.substr(0, 3), text.substr(4)});
    }

    maybe aggregate(char type, std::uint64_t count, std::size_t depth)
    {
        const bool pairs = type == '%' || type == '|';
        if ((type == '>' && depth > 0) || count > limits_.elements / (pairs ? 2 : 1))
            return broken();
        if (count > 0 && depth >= limits_.depth)
            return broken();
        std::vector<value> items;
        for (std::uint64_t left = pairs ? count * 2 : count; left > 0; --left) {
            auto one = item(depth + 1);
            if (!one)
                return std::nullopt;
            items.push_back(std::move(*one));
        }
        if (type == '|')
            return item(depth);
        if (type == '~')
            return value(value::set{std::move(items)});
        if (type != '%')
            return value(value::array{std::move(items)});
        value::map map;
        for (std::size_t at = 0; at < items.size(); at += 2)
            map.items.emplace_back(std::move(items[at]), std::move(items[at + 1]));
        return value(std::move(map));
    }

    std::string_view bytes_;
    coffer::redis::reply_limits limits_;
    std::size_t at_ = 0;
    bool fault_ = false;
};

inline outcome read(std::string_view bytes, const coffer::redis::reply_limits& limits = {})
{
    return reader(bytes, limits).read();
}

/// The same, a NaN being equal to a NaN.
inline bool same(const value& a, const value& b)
{
    if (a.get().index() != b.get().index())
        return false;
    if (a.is<double>())
        return a.as<double>() == b.as<double>() ||
               (std::isnan(a.as<double>()) && std::isnan(b.as<double>()));
    const auto same_items = [](const auto& left, const auto& right) {
        bool equal = left.size() == right.size();
        for (std::size_t at = 0; equal && at < left.size(); ++at)
            equal = same(left[at], right[at]);
        return equal;
    };
    if (a.is<value::array>())
        return same_items(a.as<value::array>().items, b.as<value::array>().items);
    if (a.is<value::set>())
        return same_items(a.as<value::set>().items, b.as<value::set>().items);
    if (a.is<value::map>()) {
        const auto& left = a.as<value::map>().items;
        const auto& right = b.as<value::map>().items;
        bool equal = left.size() == right.size();
        for (std::size_t at = 0; equal && at < left.size(); ++at)
            equal =
                same(left[at].first, right[at].first) && same(left[at].second, right[at].second);
        return equal;
    }
    return a == b;
}

} // namespace resp_model
