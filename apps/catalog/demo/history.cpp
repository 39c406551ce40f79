// SPDX-License-Identifier: BSL-1.0
#include "demo/history.hpp"

#include <algorithm>

namespace catalog {

void history::add_write(interval when, std::int64_t revision, std::string name)
{
    const std::lock_guard lock(mutex_);
    writes_.push_back({when, revision, std::move(name)});
}

void history::add_read(interval when, std::int64_t revision, std::string name)
{
    const std::lock_guard lock(mutex_);
    reads_.push_back({when, revision, std::move(name)});
}

history::verdict history::judge() const
{
    const std::lock_guard lock(mutex_);
    verdict all;
    all.writes = writes_.size();
    all.reads = reads_.size();
    for (const auto& read : reads_)
        judge(read, all);
    return all;
}

void history::judge(const operation& read, verdict& all) const
{
    // The writes that were answered before the read began, and those that had begun when it ended.
    const auto answered =
        std::partition_point(writes_.begin(), writes_.end(),
                             [&](const operation& w) { return w.when.end <= read.when.begin; });
    const auto begun = std::partition_point(
        answered, writes_.end(), [&](const operation& w) { return w.when.begin < read.when.end; });
    if (answered != begun)
        ++all.overlapping;
    if (answered != writes_.begin() && read.revision < std::prev(answered)->revision)
        ++all.stale;
    if (begun == writes_.begin() || read.revision > std::prev(begun)->revision)
        ++all.premature;
    const auto same = std::find_if(writes_.begin(), writes_.end(),
                                   [&](const operation& w) { return w.revision == read.revision; });
    if (same != writes_.end() && same->name != read.name)
        ++all.torn;
}

} // namespace catalog
