// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "storage/floor_table.hpp"

#include <coffer/storage/retry_queue.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace coffer::detail {

/// The invalidations that are not known to be carried out, and what may be trusted meanwhile.
/// Bounded without ever forgetting: what does not fit makes more be distrusted. Knows no clock,
/// lock or coroutine.
class invalidation_backlog {
public:
    /// `can_clear`: the storage can clear a space, so a space stands for what was in it.
    invalidation_backlog(std::size_t most, bool can_clear)
        : most_(most), can_clear_(can_clear), lost_floors_(most)
    {}

    /// Merged with what waits for the same key, tag or place. Returns the space that is from now on
    /// not trusted for good, if one is; empty for everything.
    std::optional<std::string> add(const pending_invalidation& one);

    bool empty() const noexcept { return items_.empty(); }
    std::size_t size() const noexcept { return items_.size(); }
    /// Nothing waits, and nothing was lost: every question below has the answer that trusts.
    bool clean() const noexcept { return items_.empty() && !lost_something_; }

    bool trusts(const storage_key& key) const;
    bool trusts_tags(const std::string& space, const std::vector<std::string>& tags) const;
    /// May this version be stored, for all that is known here about floors?
    bool admits_fill(const storage_key& key, std::optional<std::uint64_t> version) const;
    bool admits_put(const storage_key& key, std::optional<std::uint64_t> version) const;

    /// Something that waits, as it was when it was asked for.
    class ticket {
    public:
        ticket(pending_invalidation of, std::uint64_t at) : what(std::move(of)), number(at) {}
        pending_invalidation what;
        std::uint64_t number;
    };
    /// The next one after `number`, in the order of arrival; none after the last.
    std::optional<ticket> after(std::uint64_t number) const;

    /// What the caller wants to be carried out, together with what waits for the same.
    pending_invalidation merged(pending_invalidation with) const;
    /// Counts additions: what is added later has a higher number.
    std::uint64_t number() const noexcept { return number_; }
    /// It was carried out, begun when `number()` was `begun`. What was added since goes on waiting.
    void carried_out(const pending_invalidation& one, std::uint64_t begun);

    std::vector<pending_invalidation> list() const;

private:
    using subject = pending_invalidation::subject;
    using target = std::pair<subject, storage_key>;
    struct item {
        invalidation mode;
        std::optional<std::uint64_t> floor;
        std::uint64_t number;
    };
    using items = std::map<target, item>;

    static target target_of(const pending_invalidation& one) { return {one.what, one.key}; }
    void insert(const pending_invalidation& one);
    void erase(items::iterator at);
    bool has_place(const std::string& space, const std::string& group) const;
    void collapse(const std::string& space);
    std::string largest_space() const;
    std::optional<std::string> lose(const pending_invalidation& one);

    const std::size_t most_;
    const bool can_clear_;
    items items_;
    std::map<std::uint64_t, target> by_number_;
    std::uint64_t number_ = 0;
    std::set<std::string> lost_spaces_;
    bool lost_everything_ = false;
    bool lost_something_ = false;
    floor_table lost_floors_; // of invalidations that became a clear
};

} // namespace coffer::detail
