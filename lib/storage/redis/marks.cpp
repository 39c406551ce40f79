// SPDX-License-Identifier: BSL-1.0
#include "storage/redis/marks.hpp"

#include <algorithm>
#include <charconv>

namespace coffer::detail {

template <class Number>
std::optional<Number> number_in(std::string_view text)
{
    Number value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, value);
    if (failure != std::errc() || stop != end)
        return std::nullopt;
    return value;
}
template std::optional<std::uint64_t> number_in(std::string_view);
template std::optional<std::int64_t> number_in(std::string_view);
template std::optional<unsigned> number_in(std::string_view);

namespace {

// What is there and no sequence voids everything, as the largest one does.
std::uint64_t sequence_in(const std::optional<std::string>& text)
{
    if (!text)
        return 0;
    return number_in<std::uint64_t>(*text).value_or(~std::uint64_t{0});
}

redis_marker marker_in(const std::optional<std::string>& text)
{
    redis_marker result;
    if (!text)
        return result;
    const std::string_view all = *text;
    const auto first = std::min(all.find(' '), all.size());
    const auto second = std::min(all.find(' ', std::min(first + 1, all.size())), all.size());
    const auto hard = number_in<std::uint64_t>(all.substr(0, first));
    const auto soft =
        number_in<std::uint64_t>(all.substr(std::min(first + 1, second), second - first - 1));
    const auto at = number_in<std::int64_t>(all.substr(std::min(second + 1, all.size())));
    if (hard && soft && at)
        return {*hard, *soft, *at};
    result.hard = ~std::uint64_t{0};
    return result;
}

constexpr std::size_t fixed_fields = 4;

} // namespace

std::vector<std::string> redis_marks::wanted(const std::string& group,
                                             const std::vector<std::string>& tags)
{
    std::vector<std::string> fields{"#", "m", "c", field_of_group(group)};
    for (const std::string& tag : tags)
        fields.push_back(field_of_tag(tag));
    return fields;
}

std::string redis_marks::field_of_group(const std::string& group)
{
    return 'g' + group;
}

std::string redis_marks::field_of_tag(const std::string& tag)
{
    return 't' + tag;
}

std::optional<redis_marks> redis_marks::read(const redis_fields& answer)
{
    if (answer.size() < fixed_fields || !answer[0] || !answer[1])
        return std::nullopt;
    const auto sequence = number_in<std::uint64_t>(*answer[0]);
    if (!sequence)
        return std::nullopt;
    redis_marks result;
    result.sequence = *sequence;
    for (std::size_t at = 1; at < fixed_fields; ++at)
        result.oldest_ = std::max(result.oldest_, sequence_in(answer[at]));
    for (std::size_t at = fixed_fields; at < answer.size(); ++at)
        result.tags.push_back(marker_in(answer[at]));
    return result;
}

bool redis_marks::clears(std::uint64_t captured) const noexcept
{
    // A number above the sequence is from a time that the server has forgotten.
    return captured < oldest_ || is_behind(captured);
}

redis_marks::judgement redis_marks::judge(std::uint64_t captured,
                                          const std::vector<redis_marker>& of) const noexcept
{
    judgement result;
    if (clears(captured)) {
        result.what = verdict::dead;
        return result;
    }
    for (const redis_marker& one : of) {
        if (captured < one.hard) {
            result.what = verdict::dead;
            return result;
        }
        if (captured < one.soft) {
            const bool first = result.what == verdict::valid;
            result.stale_since = first ? one.soft_at : std::min(result.stale_since, one.soft_at);
            result.what = verdict::stale;
        }
    }
    return result;
}

redis_marker_cache::space_notes& redis_marker_cache::at(const std::string& space,
                                                        std::uint64_t sequence)
{
    if (spaces_.size() >= most_spaces && !spaces_.contains(space))
        spaces_.clear();
    space_notes& notes = spaces_[space];
    if (notes.sequence != sequence) {
        notes.sequence = sequence;
        notes.tags.clear();
    }
    return notes;
}

std::optional<std::uint64_t> redis_marker_cache::known(const std::string& space) const
{
    const std::lock_guard lock(mutex_);
    const auto found = spaces_.find(space);
    if (found == spaces_.end())
        return std::nullopt;
    return found->second.sequence;
}

void redis_marker_cache::saw(const std::string& space, std::uint64_t sequence)
{
    const std::lock_guard lock(mutex_);
    at(space, sequence);
}

std::optional<std::vector<redis_marker>>
redis_marker_cache::find(const std::string& space, std::uint64_t sequence,
                         const std::vector<std::string>& tags) const
{
    const std::lock_guard lock(mutex_);
    const auto found = spaces_.find(space);
    if (found == spaces_.end() || found->second.sequence != sequence)
        return std::nullopt;
    std::vector<redis_marker> all;
    for (const std::string& tag : tags) {
        const auto marker = found->second.tags.find(tag);
        if (marker == found->second.tags.end())
            return std::nullopt;
        all.push_back(marker->second);
    }
    return all;
}

void redis_marker_cache::keep(const std::string& space, const redis_marks& seen,
                              const std::vector<std::string>& tags)
{
    const std::lock_guard lock(mutex_);
    space_notes& notes = at(space, seen.sequence);
    if (notes.tags.size() + tags.size() > most_tags)
        notes.tags.clear();
    for (std::size_t i = 0; i < tags.size() && i < seen.tags.size(); ++i)
        notes.tags[tags[i]] = seen.tags[i];
}

} // namespace coffer::detail
