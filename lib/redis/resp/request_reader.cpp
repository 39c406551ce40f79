// SPDX-License-Identifier: BSL-1.0
#include <redis/resp/request_reader.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>

namespace coffer::redis::detail {
namespace {

std::size_t count_in(std::string_view text) noexcept
{
    std::size_t count = 0;
    std::from_chars(text.data(), text.data() + text.size(), count);
    return count;
}

bool is_streams(std::string_view word) noexcept
{
    constexpr std::string_view streams = "STREAMS";
    return std::equal(word.begin(), word.end(), streams.begin(), streams.end(),
                      [](char a, char b) { return (a & ~0x20) == b; });
}

} // namespace

std::size_t request_reader::number(std::size_t& at) const noexcept
{
    std::size_t number = 0;
    for (++at; bytes_[at] != '\r'; ++at)
        number = number * 10 + static_cast<std::size_t>(bytes_[at] - '0');
    at += 2;
    return number;
}

std::size_t request_reader::text_position() const noexcept
{
    std::size_t at = at_;
    number(at);
    return at;
}

std::string_view request_reader::argument() noexcept
{
    const std::size_t size = number(at_);
    const auto text = bytes_.substr(at_, size);
    at_ += size + 2;
    return text;
}

std::string_view first_argument(std::string_view bytes) noexcept
{
    request_reader reader(bytes);
    reader.begin_command();
    return reader.argument();
}

key_finder::key_finder(const key_places& places, std::size_t arguments) noexcept
    : places_(places), arguments_(arguments)
{
    const auto last = places.last < 0 ? static_cast<std::ptrdiff_t>(arguments) + places.last
                                      : std::ptrdiff_t(places.last);
    last_ = static_cast<std::size_t>(std::max(last, std::ptrdiff_t(0)));
}

bool key_finder::in_range(std::size_t number) const noexcept
{
    if (places_.first <= 0)
        return false;
    const auto first = static_cast<std::size_t>(places_.first);
    return number >= first && number <= last_ &&
           (number - first) % static_cast<std::size_t>(places_.step) == 0;
}

bool key_finder::is_key(std::size_t number, std::string_view argument) noexcept
{
    if (number >= begin_ && number < end_)
        return true;
    const std::size_t left = arguments_ - number - 1;
    if (places_.count_at > 0 && number == static_cast<std::size_t>(places_.count_at)) {
        begin_ = number + 1;
        end_ = begin_ + std::min(count_in(argument), left);
    }
    if (places_.after_streams && !streams_ && number > 0 && is_streams(argument)) {
        streams_ = true;
        begin_ = number + 1;
        end_ = begin_ + left / 2;
    }
    return in_range(number);
}

} // namespace coffer::redis::detail
