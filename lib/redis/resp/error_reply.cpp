// SPDX-License-Identifier: BSL-1.0
#include <coffer/redis/error_reply.hpp>

#include <algorithm>

namespace coffer::redis {
namespace {

constexpr std::size_t longest = 512;

// After this a server lists arguments: of HELLO, a password may be among them.
constexpr std::string_view echo = ", with args beginning with";

bool is_capital(char c) noexcept
{
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_printable(char c) noexcept
{
    return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
}

} // namespace

std::string_view error_word(std::string_view text) noexcept
{
    const auto end = std::find_if_not(text.begin(), text.end(), is_capital);
    if (end != text.end() && *end != ' ')
        return {};
    return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

error_reply::error_reply(std::string_view text)
    : text_(text.substr(0, std::min(text.find(echo), longest))), word_(error_word(text_).size())
{
    std::replace_if(text_.begin(), text_.end(), [](char c) { return !is_printable(c); }, '?');
}

} // namespace coffer::redis
