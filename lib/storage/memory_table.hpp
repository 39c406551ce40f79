// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "storage/floor_table.hpp"
#include "storage/hold_table.hpp"
#include "storage/marker_table.hpp"
#include "storage/memory_slots.hpp"

#include <coffer/storage/memory_storage.hpp>

#include <optional>
#include <random>

namespace coffer::detail {

/// Every decision of the memory storage, without locks, clocks or coroutines: each call is told
/// what time it is. Times never go back from one call to the next.
class memory_table {
public:
    using time = clock::steady_time;

    explicit memory_table(const memory_storage_options& options);

    /// An entry as it stands now; the value is shared, and copied by whoever asked.
    struct view {
        std::shared_ptr<const entry> value;
        std::chrono::milliseconds age{0};
        std::optional<std::chrono::milliseconds> fresh_for;
        ttl lifetime = never;

        bool is_fresh() const noexcept { return !fresh_for || fresh_for->count() > 0; }
        stored_entry copy() const;
    };
    struct answer {
        acquired_state state = acquired_state::bypass;
        std::optional<view> found;
        lease grant;
        std::chrono::milliseconds lease_for{0};
        std::chrono::milliseconds retry_after{0};
    };

    std::optional<view> get(const storage_key& key, time now);
    answer acquire(const storage_key& key, const lease_terms& terms, time now);
    bool renew(const storage_key& key, const lease& grant, std::chrono::milliseconds lease_for,
               time now);
    fill_state fill(const storage_key& key, const lease& grant, entry value, time now);
    void abandon(const storage_key& key, const lease& grant);

    fill_state put(const storage_key& key, entry value, time now);
    bool put_if_absent(const storage_key& key, entry value, time now);
    void invalidate(const storage_key& key, invalidation mode, std::optional<std::uint64_t> floor,
                    time now);
    bool touch(const storage_key& key, ttl lifetime, time now);
    /// None if the key has a value that is no counter, or the result is out of range.
    std::optional<std::int64_t> increment(const storage_key& key, std::int64_t by,
                                          const counter_terms& terms, time now);

    void bump(const std::string& space, const std::string& tag, invalidation mode, time now);
    void clear(const std::string& space, const std::string& group, time now);

    /// False if there are too many.
    bool hold(const storage_key& key, std::string owner, std::chrono::milliseconds hold_for,
              time now);
    void release(const storage_key& key, const std::string& owner);

    /// Appends the keys of one segment that can be served.
    void keys_in(std::size_t segment, const std::string& space, time now,
                 std::vector<storage_key>& to);
    std::size_t segments() const noexcept { return slots_.segments(); }

    void drop_everything() noexcept { slots_.clear(); }
    std::size_t size() const noexcept { return slots_.size(); }
    std::size_t bytes() const noexcept { return slots_.bytes(); }

private:
    bool settle(memory_slot& slot, time now);
    void apply_markers(memory_slot& slot);
    static void age_from(memory_slot& slot, time moment);
    bool cleared_since(const storage_key& key, std::uint64_t captured) const;
    bool tag_bumped_since(const std::string& space, const std::vector<std::string>& tags,
                          std::uint64_t captured) const;
    bool lease_runs(const memory_slot& slot, time now) const;
    bool owns(const memory_slot* slot, const lease& grant, time now) const;
    void end_lease(const storage_key& key);
    lease new_lease();

    view look(const memory_slot& slot, time now) const;
    memory_slot* servable(const storage_key& key, time now);
    void store(const storage_key& key, entry value, std::uint64_t captured, time now);
    void erase_if_idle(memory_slot& slot);

    memory_slots slots_;
    marker_table tags_;   // space, tag
    marker_table clears_; // space, group; an empty group is the whole space
    floor_table floors_;
    hold_table holds_;
    std::uint64_t sequence_ = 1; // of all spaces: raised by each bump and clear, never reused
    std::mt19937_64 random_;
};

} // namespace coffer::detail
