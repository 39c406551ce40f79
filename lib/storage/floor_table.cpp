// SPDX-License-Identifier: BSL-1.0
#include "storage/floor_table.hpp"

#include <algorithm>

namespace coffer::detail {

void floor_table::raise(const storage_key& key, std::uint64_t to)
{
    const auto at = by_key_.find(key);
    if (at != by_key_.end()) {
        at->second.value = std::max(at->second.value, to);
        by_age_.splice(by_age_.end(), by_age_, at->second.age);
        return;
    }
    const auto age = by_age_.insert(by_age_.end(), key);
    by_key_.emplace(key, exact{to, age});
    if (by_key_.size() > most_)
        forget_oldest();
}

void floor_table::forget_oldest()
{
    const auto oldest = by_key_.find(by_age_.front());
    const std::uint64_t value = oldest->second.value;
    group_name group(oldest->first.space, oldest->first.group);
    by_key_.erase(oldest);
    by_age_.pop_front();

    std::uint64_t& floor_of_group = by_group_.try_emplace(std::move(group), value).first->second;
    floor_of_group = std::max(floor_of_group, value);
    if (by_group_.size() > most_) {
        everywhere_ = std::max(everywhere_, floor(by_group_.begin()->second));
        by_group_.erase(by_group_.begin());
    }
}

std::optional<std::uint64_t> floor_table::of(const storage_key& key) const
{
    floor result = everywhere_;
    if (!by_group_.empty())
        if (auto at = by_group_.find(group_name(key.space, key.group)); at != by_group_.end())
            result = std::max(result, floor(at->second));
    if (auto at = by_key_.find(key); at != by_key_.end())
        result = std::max(result, floor(at->second.value));
    return result;
}

bool floor_table::admits(const storage_key& key, std::optional<std::uint64_t> version) const
{
    if (by_key_.empty())
        return true; // then nothing was ever forgotten either
    const auto least = of(key);
    return !least || (version && *version >= *least);
}

} // namespace coffer::detail
