// SPDX-License-Identifier: BSL-1.0
#include "http/target.hpp"

#include <algorithm>

namespace catalog {
namespace {

int hex_value(char c) noexcept
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/// In a query `+` is a space; in a path it is itself.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space)
{
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '+' && plus_is_space) {
            decoded += ' ';
        } else if (text[at] != '%') {
            decoded += text[at];
        } else {
            const int high = at + 2 < text.size() ? hex_value(text[at + 1]) : -1;
            const int low = at + 2 < text.size() ? hex_value(text[at + 2]) : -1;
            if (high < 0 || low < 0)
                return std::nullopt;
            decoded += static_cast<char>(high * 16 + low);
            at += 2;
        }
    }
    return decoded;
}

/// Cuts what stands before `mark` off `rest`; all of it if there is no mark.
std::string_view cut(std::string_view& rest, char mark)
{
    const auto end = std::min(rest.find(mark), rest.size());
    const auto part = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return part;
}

} // namespace

std::optional<target> target::parse(std::string_view text)
{
    text = cut(text, '#');
    target parsed;
    const auto path = cut(text, '?');
    if (!parsed.read_path(path) || !parsed.read_query(text))
        return std::nullopt;
    return parsed;
}

bool target::read_path(std::string_view text)
{
    if (!text.starts_with('/'))
        return false;
    text.remove_prefix(1);
    while (!text.empty()) {
        auto segment = percent_decode(cut(text, '/'), false);
        if (!segment)
            return false;
        segments_.push_back(*std::move(segment));
    }
    return true;
}

bool target::read_query(std::string_view text)
{
    while (!text.empty()) {
        auto pair = cut(text, '&');
        auto name = percent_decode(cut(pair, '='), true);
        auto value = percent_decode(pair, true);
        if (!name || !value)
            return false;
        query_.emplace_back(*std::move(name), *std::move(value));
    }
    return true;
}

const std::string* target::query(std::string_view name) const noexcept
{
    const auto found = std::find_if(query_.begin(), query_.end(),
                                    [name](const auto& pair) { return pair.first == name; });
    return found == query_.end() ? nullptr : &found->second;
}

std::string percent_encode(std::string_view text)
{
    static constexpr std::string_view digits = "0123456789ABCDEF";
    static constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                              "0123456789-._~";
    std::string encoded;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (plain.find(c) != plain.npos)
            encoded += c;
        else
            encoded.append({'%', digits[byte / 16], digits[byte % 16]});
    }
    return encoded;
}

} // namespace catalog
