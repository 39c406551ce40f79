// SPDX-License-Identifier: BSL-1.0
#include <redis/resp/request_reader.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>

namespace coffer::redis::detail {
namespace {

using arguments_view = const std::vector<std::string_view>&;

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

void add_range(const key_places& places, arguments_view arguments,
               std::vector<std::string_view>& keys)
{
    const auto size = static_cast<std::ptrdiff_t>(arguments.size());
    const std::ptrdiff_t last = places.last < 0 ? size + places.last : places.last;
    for (std::ptrdiff_t at = places.first; at <= last && at < size; at += places.step)
        keys.push_back(arguments[static_cast<std::size_t>(at)]);
}

void add_counted(std::size_t count_at, arguments_view arguments,
                 std::vector<std::string_view>& keys)
{
    if (count_at >= arguments.size())
        return;
    const std::size_t left = arguments.size() - count_at - 1;
    const std::size_t count = std::min(count_in(arguments[count_at]), left);
    for (std::size_t at = 0; at < count; ++at)
        keys.push_back(arguments[count_at + 1 + at]);
}

void add_streams(arguments_view arguments, std::vector<std::string_view>& keys)
{
    const auto word = std::find_if(arguments.begin() + 1, arguments.end(), is_streams);
    if (word == arguments.end())
        return;
    const auto half = (arguments.end() - word - 1) / 2;
    keys.insert(keys.end(), word + 1, word + 1 + half);
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

std::vector<std::string_view> keys_of(const key_places& places, arguments_view arguments)
{
    std::vector<std::string_view> keys;
    if (places.first > 0)
        add_range(places, arguments, keys);
    if (places.count_at > 0)
        add_counted(static_cast<std::size_t>(places.count_at), arguments, keys);
    if (places.after_streams)
        add_streams(arguments, keys);
    return keys;
}

} // namespace coffer::redis::detail
