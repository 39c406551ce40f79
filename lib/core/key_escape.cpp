// SPDX-License-Identifier: BSL-1.0
#include "base64url.hpp"

#include <coffer/core/errc.hpp>
#include <coffer/core/key_path.hpp>

#include <algorithm>
#include <array>
#include <optional>

namespace coffer {
namespace {

constexpr char base64_mark = '~';
constexpr std::string_view hex_digits = "0123456789ABCDEF";

constexpr std::array<bool, 256> make_plain()
{
    std::array<bool, 256> plain{};
    for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                         "0123456789!#$&()+,-./;<=>_|"))
        plain[static_cast<unsigned char>(c)] = true;
    return plain;
}

constexpr std::array<bool, 256> plain = make_plain();

bool is_plain(char c) noexcept
{
    return plain[static_cast<unsigned char>(c)];
}

// '#' at the beginning marks a shortened part.
bool stays(std::string_view text, std::size_t at) noexcept
{
    return is_plain(text[at]) && (at > 0 || text[at] != '#');
}

std::string percent_escaped(std::string_view text, std::size_t length)
{
    std::string out;
    out.reserve(length);
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (stays(text, at)) {
            out += text[at];
            continue;
        }
        const auto byte = static_cast<unsigned char>(text[at]);
        out += '%';
        out += hex_digits[byte >> 4];
        out += hex_digits[byte & 15];
    }
    return out;
}

std::optional<std::string> percent_unescaped(std::string_view text)
{
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            out += text[at];
            continue;
        }
        if (text.size() - at < 3)
            return std::nullopt;
        const auto high = hex_digits.find(text[at + 1]);
        const auto low = hex_digits.find(text[at + 2]);
        if (high == hex_digits.npos || low == hex_digits.npos)
            return std::nullopt;
        out += static_cast<char>(high << 4 | low);
        at += 2;
    }
    return out;
}

} // namespace

std::string escaped(std::string_view text)
{
    std::size_t length = 0;
    for (std::size_t at = 0; at < text.size(); ++at)
        length += stays(text, at) ? 1 : 3;
    if (length == text.size())
        return std::string(text);
    // Text of which half can be read is worth more than a few bytes.
    const bool mostly_binary = length > 2 * text.size();
    if (mostly_binary && length > 1 + detail::base64url_size(text.size()))
        return base64_mark + detail::to_base64url(text);
    return percent_escaped(text, length);
}

boost::system::result<std::string> unescaped(std::string_view text)
{
    const bool is_base64 = text.starts_with(base64_mark);
    auto plain_text = is_base64 ? detail::from_base64url(text.substr(1)) : percent_unescaped(text);
    // Whoever else wrote this may have spelt it in another way; there is only one of ours.
    if (!plain_text || escaped(*plain_text) != text)
        return make_error_code(errc::not_decodable);
    return std::move(*plain_text);
}

} // namespace coffer
