// SPDX-License-Identifier: BSL-1.0
#include "redis/config/config_text.hpp"

#include <charconv>
#include <limits>

namespace coffer::redis::detail {

using std::chrono::milliseconds;

std::optional<std::string> percent_decoded(std::string_view text)
{
    std::string plain;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            plain += text[at];
            continue;
        }
        unsigned value = 0;
        const char* const digits = text.data() + at + 1;
        if (text.size() - at < 3 ||
            std::from_chars(digits, digits + 2, value, 16).ptr != digits + 2)
            return std::nullopt;
        plain += static_cast<char>(value);
        at += 2;
    }
    return plain;
}

std::string percent_encoded(std::string_view text)
{
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "0123456789-._~/";
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    for (const char each : text) {
        const auto byte = static_cast<unsigned char>(each);
        if (plain.find(each) != plain.npos) {
            encoded += each;
        } else {
            encoded += '%';
            encoded += digits[byte >> 4];
            encoded += digits[byte & 15];
        }
    }
    return encoded;
}

std::optional<std::uint64_t> number_of(std::string_view text, std::uint64_t most)
{
    std::uint64_t value = 0;
    const auto end = text.data() + text.size();
    const auto [at, failed] = std::from_chars(text.data(), end, value);
    if (failed != std::errc() || at != end || value > most)
        return std::nullopt;
    return value;
}

namespace {

struct unit {
    std::string_view name;
    std::uint64_t factor;
};

/// A number and one of these units, which are in the order in which they are tried.
template <std::size_t Count>
std::optional<std::uint64_t> measured(std::string_view text, const unit (&units)[Count])
{
    for (const auto& [name, factor] : units) {
        if (!text.ends_with(name))
            continue;
        constexpr auto largest = std::uint64_t(std::numeric_limits<std::int64_t>::max());
        const auto count = number_of(text.substr(0, text.size() - name.size()), largest / factor);
        if (count)
            return *count * factor;
    }
    return std::nullopt;
}

} // namespace

std::optional<milliseconds> time_of(std::string_view text)
{
    static constexpr unit units[] = {{"ms", 1}, {"s", 1'000}, {"m", 60'000}};
    const auto count = measured(text, units);
    return count ? std::optional(milliseconds(*count)) : std::nullopt;
}

std::optional<std::size_t> size_of(std::string_view text)
{
    static constexpr unit units[] = {{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"", 1}};
    const auto count = measured(text, units);
    return count ? std::optional(static_cast<std::size_t>(*count)) : std::nullopt;
}

} // namespace coffer::redis::detail
