// SPDX-License-Identifier: BSL-1.0
#include "storage/hold_table.hpp"

#include <algorithm>
#include <iterator>

namespace coffer::detail {

bool hold_table::hold(const storage_key& key, std::string owner, clock::steady_time until,
                      clock::steady_time now)
{
    if (by_key_.size() >= most_ && !by_key_.contains(key)) {
        sweep(now);
        if (by_key_.size() >= most_)
            return false;
    }
    holds& all = by_key_[key];
    drop_ended(all, now);
    const auto mine =
        std::find_if(all.begin(), all.end(), [&](const one_hold& h) { return h.owner == owner; });
    if (mine != all.end()) {
        mine->until = until;
        return true;
    }
    if (all.size() >= most_)
        return false;
    all.push_back({std::move(owner), until});
    return true;
}

void hold_table::release(const storage_key& key, const std::string& owner)
{
    const auto at = by_key_.find(key);
    if (at == by_key_.end())
        return;
    std::erase_if(at->second, [&](const one_hold& h) { return h.owner == owner; });
    if (at->second.empty())
        by_key_.erase(at);
}

bool hold_table::held(const storage_key& key, clock::steady_time now)
{
    if (by_key_.empty())
        return false;
    const auto at = by_key_.find(key);
    if (at == by_key_.end())
        return false;
    drop_ended(at->second, now);
    if (!at->second.empty())
        return true;
    by_key_.erase(at);
    return false;
}

void hold_table::drop_ended(holds& of, clock::steady_time now)
{
    std::erase_if(of, [&](const one_hold& h) { return h.until <= now; });
}

void hold_table::sweep(clock::steady_time now)
{
    for (auto at = by_key_.begin(); at != by_key_.end();) {
        drop_ended(at->second, now);
        at = at->second.empty() ? by_key_.erase(at) : std::next(at);
    }
}

} // namespace coffer::detail
