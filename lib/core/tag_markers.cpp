// SPDX-License-Identifier: BSL-1.0
#include <coffer/core/tag_markers.hpp>

#include <algorithm>

namespace coffer {

void tag_markers::bump(const std::string& tag)
{
    const std::lock_guard lock(mutex_);
    const auto next = sequence_.load(std::memory_order_relaxed) + 1;
    marked(tag).hard = next;
    sequence_.store(next, std::memory_order_release);
}

void tag_markers::expire(const std::string& tag, clock::steady_time now)
{
    const std::lock_guard lock(mutex_);
    const auto next = sequence_.load(std::memory_order_relaxed) + 1;
    marker& one = marked(tag);
    one.soft = next;
    one.soft_at = now;
    sequence_.store(next, std::memory_order_release);
}

std::uint64_t tag_markers::next()
{
    const std::lock_guard lock(mutex_);
    const auto number = sequence_.load(std::memory_order_relaxed) + 1;
    sequence_.store(number, std::memory_order_release);
    return number;
}

std::pair<tag_markers::verdict, clock::steady_time>
tag_markers::since(std::uint64_t captured, const std::vector<std::string>& tags) const
{
    constexpr auto never = clock::steady_time::max();
    if (tags.empty() || captured == sequence())
        return {verdict::valid, never};
    const std::lock_guard lock(mutex_);
    if (captured < forgotten_)
        return {verdict::invalid, never};
    std::pair worst(verdict::valid, never);
    for (const auto& tag : tags) {
        const auto found = markers_.find(tag);
        if (found == markers_.end())
            continue;
        if (captured < found->second.hard)
            return {verdict::invalid, never};
        if (captured < found->second.soft)
            worst = {verdict::stale, std::min(worst.second, found->second.soft_at)};
    }
    return worst;
}

tag_markers::marker& tag_markers::marked(const std::string& tag)
{
    if (markers_.size() >= limit_ && !markers_.contains(tag)) {
        forgotten_ = sequence_.load(std::memory_order_relaxed) + 1;
        markers_.clear();
    }
    return markers_[tag];
}

} // namespace coffer
