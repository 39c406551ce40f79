// SPDX-License-Identifier: BSL-1.0
#include <coffer/redis/detail/decoders.hpp>

#include <charconv>
#include <limits>
#include <system_error>

namespace coffer::redis::detail {
namespace {

bool is_text(reply_kind kind) noexcept
{
    return kind == reply_kind::bulk || kind == reply_kind::simple || kind == reply_kind::verbatim;
}

std::string_view plain_text(const reply_token& item) noexcept
{
    return item.kind == reply_kind::verbatim ? item.text.substr(4) : item.text;
}

// Of a number's text; a plus sign is allowed by the protocol but not by from_chars.
std::string_view digits(const reply_token& item) noexcept
{
    std::string_view text = plain_text(item);
    if (text.size() > 1 && text[0] == '+' && text[1] != '-')
        text.remove_prefix(1);
    return text;
}

template <class T>
decode_status number_of(const reply_token& item, T& into, const char* wanted) noexcept
{
    const auto text = digits(item);
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, into);
    if (error == std::errc::result_out_of_range)
        return decode_status::out_of_range(item.kind, wanted);
    if (rest != end || error != std::errc()) {
        const bool negative = std::is_unsigned_v<T> && item.kind == reply_kind::integer;
        return negative ? decode_status::out_of_range(item.kind, wanted)
                        : decode_status::mismatch(item.kind, wanted);
    }
    return {};
}

// What a double makes of a number that is too large for it, or too small.
double beyond_range(std::string_view text) noexcept
{
    const bool negative = text.front() == '-';
    const auto exponent = text.find_first_of("eE");
    const bool small = exponent == text.npos ? text.substr(negative).front() <= '0'
                                             : text.substr(exponent + 1).front() == '-';
    const double size = small ? 0.0 : std::numeric_limits<double>::infinity();
    return negative ? -size : size;
}

template <class T>
decode_status whole_number(const reply_token& item, T& into) noexcept
{
    constexpr auto wanted = "an integer of this size";
    if (item.kind != reply_kind::integer && item.kind != reply_kind::big_number &&
        !is_text(item.kind))
        return wrong_kind(item, "an integer");
    return number_of(item, into, wanted);
}

} // namespace

decode_status wrong_kind(const reply_token& item, const char* wanted) noexcept
{
    if (item.kind == reply_kind::error)
        return decode_status::refused(item.text);
    return decode_status::mismatch(item.kind, wanted);
}

decode_status text_of(const reply_token& item, std::string_view& into) noexcept
{
    if (item.kind == reply_kind::null || item.kind == reply_kind::error || is_aggregate(item.kind))
        return wrong_kind(item, "text");
    into = plain_text(item);
    return {};
}

decode_status integer_of(const reply_token& item, std::int64_t& into) noexcept
{
    return whole_number(item, into);
}

decode_status unsigned_of(const reply_token& item, std::uint64_t& into) noexcept
{
    return whole_number(item, into);
}

decode_status real_of(const reply_token& item, double& into) noexcept
{
    if (item.kind != reply_kind::real && item.kind != reply_kind::integer && !is_text(item.kind))
        return wrong_kind(item, "a double");
    const auto status = number_of(item, into, "a double");
    if (status.is_out_of_range())
        into = beyond_range(digits(item));
    return status.is_out_of_range() ? decode_status() : status;
}

decode_status boolean_of(const reply_token& item, bool& into) noexcept
{
    if (item.kind == reply_kind::boolean) {
        into = item.text == "t";
        return {};
    }
    if (item.kind == reply_kind::integer && (item.text == "0" || item.text == "1")) {
        into = item.text == "1";
        return {};
    }
    return wrong_kind(item, "a boolean");
}

} // namespace coffer::redis::detail
