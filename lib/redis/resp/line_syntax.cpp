// SPDX-License-Identifier: BSL-1.0
#include <redis/resp/line_syntax.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <system_error>

namespace coffer::redis::detail {
namespace {

std::string_view without_plus(std::string_view line) noexcept
{
    if (line.size() > 1 && line[0] == '+' && line[1] != '-')
        line.remove_prefix(1);
    return line;
}

bool is_digit(char c) noexcept
{
    return c >= '0' && c <= '9';
}

} // namespace

bool is_type(char type) noexcept
{
    constexpr std::string_view types = "$:+-*_,#%~=!(>|";
    return types.find(type) != types.npos;
}

bool is_streamed_part(char type) noexcept
{
    return type == ';' || type == '.';
}

bool is_integer(std::string_view line) noexcept
{
    line = without_plus(line);
    std::int64_t value = 0;
    const char* const end = line.data() + line.size();
    const auto [rest, error] = std::from_chars(line.data(), end, value);
    return rest == end && error == std::errc();
}

bool is_big_number(std::string_view line) noexcept
{
    if (!line.empty() && (line[0] == '+' || line[0] == '-'))
        line.remove_prefix(1);
    return !line.empty() && std::all_of(line.begin(), line.end(), is_digit);
}

bool is_real(std::string_view line) noexcept
{
    if (line == "inf" || line == "+inf" || line == "-inf" || line == "nan" || line == "-nan")
        return true;
    line = without_plus(line);
    // from_chars would take other spellings of infinity as well.
    if (line.empty() || !(is_digit(line.back()) || line.back() == '.'))
        return false;
    double value = 0;
    const char* const end = line.data() + line.size();
    const auto [rest, error] = std::from_chars(line.data(), end, value);
    return rest == end && error != std::errc::invalid_argument;
}

} // namespace coffer::redis::detail
