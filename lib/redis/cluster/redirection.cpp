// SPDX-License-Identifier: BSL-1.0
#include <redis/cluster/redirection.hpp>

#include <redis/cluster/hash_slot.hpp>

#include <charconv>
#include <string>
#include <system_error>
#include <utility>

namespace coffer::redis::detail {
namespace {

std::optional<std::uint16_t> number_of(std::string_view text) noexcept
{
    std::uint16_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (text.empty() || rest != end || error != std::errc())
        return std::nullopt;
    return number;
}

// Up to the separator, which is taken off as well.
std::string_view take_word(std::string_view& rest) noexcept
{
    const auto end = std::min(rest.find(' '), rest.size());
    const auto word = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return word;
}

} // namespace

std::optional<redirection> redirection_of(std::string_view error, std::string_view asked)
{
    const auto word = take_word(error);
    if (word != "MOVED" && word != "ASK")
        return std::nullopt;
    const auto slot = number_of(take_word(error));
    const auto colon = error.rfind(':'); // an IPv6 address has more of them
    if (!slot || *slot >= slot_count || colon == error.npos)
        return std::nullopt;
    const auto port = number_of(error.substr(colon + 1));
    const auto host = colon == 0 ? asked : error.substr(0, colon);
    if (!port || *port == 0 || host.empty())
        return std::nullopt;
    const auto how = word == "ASK" ? redirection::kind::ask : redirection::kind::moved;
    return redirection{how, *slot, endpoint(std::string(host), *port)};
}

} // namespace coffer::redis::detail
