// SPDX-License-Identifier: BSL-1.0
#include "scope/touched_names.hpp"

#include <algorithm>

namespace coffer::detail {

void touched_names::add(std::string name, const scope_level& level, std::uint64_t sequence)
{
    const auto at = names_.try_emplace(std::move(name)).first;
    levels& by = at->second;
    if (std::find(by.begin(), by.end(), &level) != by.end())
        return;
    log_.push_back({&*at, &level, sequence});
    by.push_back(&level);
}

/// Calls `change` for the records from `begin` on and erases those for which it returns true.
template <class Change>
void touched_names::for_each_since(std::uint64_t begin, Change change)
{
    const auto from = std::partition_point(log_.begin(), log_.end(),
                                           [&](const record& r) { return r.sequence < begin; });
    log_.erase(std::remove_if(from, log_.end(), change), log_.end());
}

void touched_names::merge(const scope_level& from, const scope_level& to)
{
    for_each_since(from.begin, [&](record& r) {
        if (r.level != &from)
            return false;
        levels& by = r.named->second;
        const bool known = std::find(by.begin(), by.end(), &to) != by.end();
        r.level = &to;
        if (known)
            std::erase(by, &from);
        else
            std::replace(by.begin(), by.end(), &from, &to);
        return known; // `to` has a record of its own already
    });
}

void touched_names::drop(const scope_level& level)
{
    for_each_since(level.begin, [&](record& r) {
        if (!r.level->within(level))
            return false;
        std::erase(r.named->second, r.level);
        if (r.named->second.empty())
            names_.erase(names_.find(r.named->first));
        return true;
    });
}

void touched_names::clear() noexcept
{
    log_.clear();
    names_.clear();
}

} // namespace coffer::detail
