// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/clock.hpp>
#include <coffer/core/entry.hpp>
#include <coffer/core/storage_key.hpp>
#include <coffer/net/event.hpp>
#include <coffer/storage/lease.hpp>

#include <cstddef>
#include <list>
#include <memory>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace coffer::detail {

/// Who waits for the end of a lease. Those are told who are there when it goes.
class lease_watch {
public:
    lease_watch() = default;
    lease_watch(const lease_watch&) = delete;
    lease_watch& operator=(const lease_watch&) = delete;
    ~lease_watch() { tell(); }

    void add(event one) { waiting_.push_back(std::move(one)); }
    void tell() noexcept
    {
        for (const event& one : std::exchange(waiting_, {}))
            one.set(); // posts
    }

private:
    std::vector<event> waiting_;
};

/// What a memory storage has for one key: a value, a counter, a running lease, or some of these.
class memory_slot {
public:
    explicit memory_slot(storage_key of) : key(std::move(of)) {}

    bool has_content() const noexcept { return value || is_counter; }
    void drop_content() noexcept
    {
        value.reset();
        is_counter = false;
    }

    storage_key key;
    std::shared_ptr<const entry> value; // never changed: readers copy it outside the lock
    bool is_counter = false;
    std::int64_t count = 0;

    clock::steady_time born{};
    clock::steady_time fresh_until{};
    clock::steady_time dead_at{};
    ttl lifetime = never;
    std::uint64_t captured = 0; // the sequence before the load
    std::uint64_t judged = 0;   // the sequence up to which the markers have been looked at

    void end_lease() noexcept
    {
        grant = lease();
        watch.tell();
    }

    lease grant; // empty if none runs
    lease_watch watch;
    clock::steady_time leased_until{};

    std::size_t hash = 0;
    std::size_t bytes = 0;
};

/// The slots, bounded by number and bytes: the one used longest ago goes first.
///
/// They are kept in a fixed number of segments, so that a walk over the segments sees every slot
/// that stays, whatever else comes and goes.
class memory_slots {
public:
    memory_slots(std::size_t most_entries, std::size_t most_bytes);

    /// Null if there is none; else it counts as used now.
    memory_slot* find(const storage_key& key);
    memory_slot& find_or_make(const storage_key& key);
    void erase(memory_slot& slot);
    void clear() noexcept;

    /// Takes note of what the slot weighs now, and lets others go until all fit again.
    void weigh(memory_slot& slot);

    std::size_t size() const noexcept { return slots_.size(); }
    std::size_t bytes() const noexcept { return bytes_; }
    std::size_t segments() const noexcept { return segments_.size(); }
    void each_in(std::size_t which, const auto& visit)
    {
        for (const auto& slot : segments_[which])
            visit(*slot);
    }

    /// What a slot with a value takes, roughly, beyond the bytes of key and value.
    static constexpr std::size_t overhead = sizeof(memory_slot) + sizeof(entry) + 96;

private:
    using order = std::list<memory_slot>;
    struct wanted {
        const storage_key& key;
        std::size_t hash;
    };
    struct hash_of {
        using is_transparent = void;
        std::size_t operator()(const wanted& one) const noexcept { return one.hash; }
        std::size_t operator()(order::const_iterator one) const noexcept { return one->hash; }
    };
    struct equal {
        using is_transparent = void;
        static const storage_key& key(const wanted& one) noexcept { return one.key; }
        static const storage_key& key(order::const_iterator one) noexcept { return one->key; }
        bool operator()(const auto& left, const auto& right) const noexcept
        {
            return key(left) == key(right);
        }
    };
    using segment = std::unordered_set<order::iterator, hash_of, equal>;

    segment& segment_of(std::size_t hash) { return segments_[hash % segments_.size()]; }
    order::iterator place_of(const wanted& which);

    const std::size_t most_entries_;
    const std::size_t most_bytes_;
    std::size_t bytes_ = 0;
    order slots_; // the one used last at the back
    std::vector<segment> segments_;
};

} // namespace coffer::detail
