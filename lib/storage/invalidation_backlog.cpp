// SPDX-License-Identifier: BSL-1.0
#include "storage/invalidation_backlog.hpp"

#include <algorithm>

namespace coffer::detail {

void invalidation_backlog::insert(const pending_invalidation& one)
{
    const auto [at, fresh] = items_.try_emplace(target_of(one), item{one.mode, one.floor, 0});
    item& here = at->second;
    if (!fresh) {
        if (one.mode == invalidation::hard)
            here.mode = invalidation::hard;
        here.floor = std::max(here.floor, one.floor);
        by_number_.erase(here.number);
    }
    here.number = ++number_;
    by_number_.emplace(here.number, at->first);
}

void invalidation_backlog::erase(items::iterator at)
{
    by_number_.erase(at->second.number);
    items_.erase(at);
}

std::optional<std::string> invalidation_backlog::add(const pending_invalidation& one)
{
    // A wider one that waits covers this, but for its floor and for what comes after it was tried.
    insert(one);
    if (items_.size() <= most_)
        return std::nullopt;
    if (!can_clear_)
        return lose(one);
    collapse(one.key.space);
    if (items_.size() > most_)
        collapse(largest_space());
    return items_.size() > most_ ? lose(one) : std::nullopt;
}

void invalidation_backlog::collapse(const std::string& space)
{
    for (auto at = items_.begin(); at != items_.end();) {
        const auto next = std::next(at);
        const auto& [what, key] = at->first;
        if (key.space == space) {
            if (at->second.floor) {
                lost_floors_.raise(key, *at->second.floor);
                lost_something_ = true;
            }
            erase(at);
        }
        at = next;
    }
    insert({subject::place, storage_key(space, "", ""), invalidation::hard});
}

std::string invalidation_backlog::largest_space() const
{
    std::map<std::string, std::size_t> sizes;
    for (const auto& [which, unused] : items_)
        ++sizes[which.second.space];
    return std::max_element(sizes.begin(), sizes.end(),
                            [](const auto& a, const auto& b) { return a.second < b.second; })
        ->first;
}

std::optional<std::string> invalidation_backlog::lose(const pending_invalidation& one)
{
    if (auto at = items_.find(target_of(one)); at != items_.end())
        erase(at);
    else if (auto place = items_.find({subject::place, storage_key(one.key.space, "", "")});
             place != items_.end())
        erase(place); // what `one` has become
    lost_something_ = true;
    if (lost_everything_ || lost_spaces_.contains(one.key.space))
        return std::nullopt; // said already
    if (lost_spaces_.size() < most_) {
        lost_spaces_.insert(one.key.space);
        return one.key.space;
    }
    lost_everything_ = true;
    return std::string();
}

bool invalidation_backlog::has_place(const std::string& space, const std::string& group) const
{
    return items_.contains({subject::place, storage_key(space, group, "")});
}

bool invalidation_backlog::trusts(const storage_key& key) const
{
    if (clean())
        return true;
    return !lost_everything_ && !lost_spaces_.contains(key.space) &&
           !items_.contains({subject::key, key}) && !has_place(key.space, "") &&
           !has_place(key.space, key.group);
}

bool invalidation_backlog::trusts_tags(const std::string& space,
                                       const std::vector<std::string>& tags) const
{
    return items_.empty() || std::none_of(tags.begin(), tags.end(), [&](const std::string& tag) {
               return items_.contains({subject::tag, storage_key(space, "", tag)});
           });
}

bool invalidation_backlog::admits_fill(const storage_key& key,
                                       std::optional<std::uint64_t> version) const
{
    return lost_floors_.admits(key, version);
}

bool invalidation_backlog::admits_put(const storage_key& key,
                                      std::optional<std::uint64_t> version) const
{
    if (!version)
        return true; // a write like any other
    const auto at = items_.find({subject::key, key});
    if (at != items_.end() && at->second.floor && *version < *at->second.floor)
        return false;
    return lost_floors_.admits(key, version);
}

std::optional<invalidation_backlog::ticket> invalidation_backlog::after(std::uint64_t number) const
{
    const auto next = by_number_.upper_bound(number);
    if (next == by_number_.end())
        return std::nullopt;
    const auto& [what, key] = next->second;
    const item& here = items_.at(next->second);
    return ticket({what, key, here.mode, here.floor}, next->first);
}

pending_invalidation invalidation_backlog::merged(pending_invalidation with) const
{
    if (auto at = items_.find(target_of(with)); at != items_.end()) {
        if (at->second.mode == invalidation::hard)
            with.mode = invalidation::hard;
        with.floor = std::max(with.floor, at->second.floor);
    }
    return with;
}

void invalidation_backlog::carried_out(const pending_invalidation& one, std::uint64_t begun)
{
    const auto covers = [&](const target& which, const item& what) {
        if (what.number > begun)
            return false;
        if (which == target_of(one))
            return (one.mode == invalidation::hard || what.mode == invalidation::soft) &&
                   what.floor <= one.floor;
        // A clear is hard and voids leases; only a floor it does not bring.
        return one.what == subject::place && which.second.space == one.key.space && !what.floor &&
               (one.key.group.empty() ||
                (which.first != subject::tag && which.second.group == one.key.group));
    };
    for (auto at = items_.begin(); at != items_.end();) {
        const auto next = std::next(at);
        if (covers(at->first, at->second))
            erase(at);
        at = next;
    }
}

std::vector<pending_invalidation> invalidation_backlog::list() const
{
    std::vector<pending_invalidation> result;
    for (const auto& [number, which] : by_number_) {
        const item& here = items_.at(which);
        result.emplace_back(which.first, which.second, here.mode, here.floor);
    }
    return result;
}

} // namespace coffer::detail
