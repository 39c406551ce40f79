// SPDX-License-Identifier: BSL-1.0
#include <coffer/core/detail/encode_item.hpp>
#include <coffer/core/detail/key_grammar.hpp>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <stdexcept>

namespace coffer::detail::key_grammar {
namespace {

template <class Integer>
void append_number(std::string& out, char tag, Integer value)
{
    char digits[24];
    digits[0] = tag;
    const auto end = std::to_chars(digits + 1, digits + sizeof digits, value).ptr;
    out.append(digits, end);
}

void append_hex(std::string& out, std::uint64_t bits)
{
    for (int shift = 60; shift >= 0; shift -= 4)
        out += "0123456789abcdef"[(bits >> shift) & 15];
}

} // namespace

void number(std::string& out, char tag, std::int64_t value)
{
    append_number(out, tag, value);
}

void number(std::string& out, char tag, std::uint64_t value)
{
    append_number(out, tag, value);
}

std::uint64_t canonical_bits(double value) noexcept
{
    if (std::isnan(value))
        return 0x7ff8'0000'0000'0000;
    return value == 0 ? 0 : std::bit_cast<std::uint64_t>(value);
}

void floating(std::string& out, double value)
{
    out += 'd';
    append_hex(out, canonical_bits(value));
}

void floating(std::string& out, long double value)
{
    const double narrow = static_cast<double>(value);
    if (std::isnan(value) || static_cast<long double>(narrow) == value)
        return floating(out, narrow);
    // Sign, exponent, and 128 bits of mantissa: enough for every long double there is.
    int exponent = 0;
    const long double mantissa = std::frexp(std::fabs(value), &exponent);
    const long double high = std::floor(std::ldexp(mantissa, 64));
    const long double low = std::ldexp(std::ldexp(mantissa, 64) - high, 64);
    out += value < 0 ? "D-" : "D+";
    append_number(out, '.', exponent);
    out += '.';
    append_hex(out, static_cast<std::uint64_t>(high));
    append_hex(out, static_cast<std::uint64_t>(low));
}

void framed(std::string& out, char tag, std::string_view bytes)
{
    append_number(out, tag, bytes.size());
    out += '.';
    out += bytes;
}

void unordered_words::write_sorted(std::string& out, char tag) const
{
    std::vector<std::string_view> members;
    members.reserve(ends_.size());
    std::size_t begin = 0;
    for (const std::size_t end : ends_) {
        members.push_back(std::string_view(words_).substr(begin, end - begin));
        begin = end;
    }
    std::sort(members.begin(), members.end());
    append_number(out, tag, members.size());
    for (const std::string_view member : members)
        out += member;
}

} // namespace coffer::detail::key_grammar

void coffer::detail::refuse_null_text()
{
    throw std::invalid_argument("coffer: a null pointer to char cannot be part of a key; take a "
                                "std::optional<std::string> if the text may be absent");
}
