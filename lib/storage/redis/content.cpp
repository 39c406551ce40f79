// SPDX-License-Identifier: BSL-1.0
#include "storage/redis/content.hpp"

#include <algorithm>
#include <stdexcept>

namespace coffer::detail {
namespace {

using std::chrono::milliseconds;

// Beyond it a sum with the time of day would leave the bits that a script's numbers have.
constexpr std::int64_t longest_span = 4'000'000'000'000'000;

std::optional<std::int64_t> span_in(const std::optional<std::string>& text)
{
    if (!text)
        return std::nullopt;
    const auto number = number_in<std::int64_t>(*text);
    return number && *number >= -1 && *number <= redis_never ? number : std::nullopt;
}

enum place : std::size_t { q, b, f, x, g, t, n, e, all };

} // namespace

std::optional<redis_content> redis_content::read(redis_fields& answer, std::size_t from,
                                                 const storage_key& key, const envelope& how)
{
    if (answer.size() != from + all || !answer[from + q])
        return std::nullopt;
    const auto captured = number_in<std::uint64_t>(*answer[from + q]);
    std::int64_t times[5] = {};
    for (std::size_t i = 0; i < 5; ++i) {
        const auto number = span_in(answer[from + b + i]);
        if (!number)
            return std::nullopt;
        times[i] = *number;
    }
    if (!captured)
        return std::nullopt;
    redis_content result;
    if (answer[from + n]) {
        if (!number_in<std::int64_t>(*answer[from + n]))
            return std::nullopt;
        result.value_.payload = std::move(*answer[from + n]);
    } else {
        if (!answer[from + e])
            return std::nullopt;
        auto decoded = how.decode(*answer[from + e], key, clock().wall());
        if (!decoded)
            return std::nullopt;
        result.value_ = std::move(decoded->value);
    }
    result.captured = *captured;
    result.born_ = times[0];
    result.fresh_until_ = times[1];
    result.over_at_ = times[2];
    result.value_.grace = milliseconds(std::max<std::int64_t>(times[3], 0));
    result.value_.lifetime = times[4] < 0 ? ttl::never() : ttl(milliseconds(times[4]));
    return result;
}

void redis_content::age_from(std::int64_t moment)
{
    if (fresh_until_ <= moment)
        return;
    fresh_until_ = moment;
    over_at_ = std::min(over_at_, moment + value_.grace.count());
}

stored_entry redis_content::at(std::int64_t now) &&
{
    value_.age = milliseconds(std::max<std::int64_t>(now - born_, 0));
    value_.fresh_for.reset();
    if (fresh_until_ < redis_never)
        value_.fresh_for = milliseconds(fresh_until_ - now);
    return std::move(value_);
}

std::string token_text(const lease& of)
{
    std::string bytes;
    for (const std::uint64_t half : of.token)
        for (int shift = 0; shift < 64; shift += 8)
            bytes += static_cast<char>(half >> shift & 0xff);
    return bytes;
}

std::string version_text(const std::optional<std::uint64_t>& version)
{
    if (!version)
        return {};
    const std::string digits = std::to_string(*version);
    return std::string(20 - digits.size(), '0') + digits;
}

std::int64_t lifetime_number(ttl lifetime)
{
    if (lifetime.is_inherit())
        throw std::invalid_argument("coffer: a storage was given the lifetime `inherit`; resolve "
                                    "it to a duration or ttl::never() first");
    if (lifetime.is_never())
        return -1;
    return std::min<std::int64_t>(lifetime.span().count(), longest_span);
}

std::int64_t grace_number(milliseconds grace)
{
    return std::clamp<std::int64_t>(grace.count(), 0, longest_span);
}

std::string tags_text(const std::vector<std::string>& tags)
{
    std::string text;
    for (const std::string& tag : tags) {
        text += std::to_string(tag.size());
        text += ':';
        text += tag;
    }
    return text;
}

std::optional<std::vector<std::string>> tags_in(std::string_view text)
{
    std::vector<std::string> tags;
    while (!text.empty()) {
        const auto colon = text.find(':');
        const auto size = number_in<std::uint64_t>(text.substr(0, colon));
        if (colon == text.npos || !size || *size > text.size() - colon - 1)
            return std::nullopt;
        tags.emplace_back(text.substr(colon + 1, *size));
        text.remove_prefix(colon + 1 + *size);
    }
    return tags;
}

} // namespace coffer::detail
