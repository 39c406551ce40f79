// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>

namespace coffer::detail {

/// What still has to go before something new fits.
struct memory_excess {
    std::size_t entries = 0;
    std::size_t weight = 0;

    bool any() const noexcept { return entries != 0 || weight != 0; }

    void freed(std::size_t its_weight) noexcept
    {
        entries -= std::min<std::size_t>(entries, 1);
        weight -= std::min(weight, its_weight);
    }
};

/// The bound that all shards of a cache share, so that no shard is full while others have room.
///
/// Each storing thread answers for its own excess only; what another thread has reserved but not
/// yet made room for is that one's concern. Who books looks at the limit afterwards, and who lowers
/// the limit looks at the sums afterwards: in sequentially consistent order one of them sees the
/// other.
class memory_budget {
public:
    memory_budget(std::size_t most_entries, std::size_t most_weight) noexcept
        : most_entries_(most_entries), most_weight_(most_weight)
    {}

    bool admits(std::size_t weight) const noexcept
    {
        return most_entries() != 0 && weight <= most_weight();
    }

    /// Books one entry; returns how much must be freed for it.
    memory_excess reserve(std::size_t weight) noexcept
    {
        const std::size_t had = entries_.fetch_add(1);
        memory_excess excess;
        excess.entries = had >= most_entries() ? 1 : 0;
        excess.weight = reserve_weight(weight);
        return excess;
    }

    /// Books more weight for an entry that is there.
    std::size_t reserve_weight(std::size_t weight) noexcept
    {
        if (weight == 0)
            return 0;
        const std::size_t now = weight_.fetch_add(weight) + weight;
        return now > most_weight() ? std::min(now - most_weight(), weight) : 0;
    }

    void release(std::size_t entries, std::size_t weight) noexcept
    {
        entries_.fetch_sub(entries);
        if (weight != 0)
            weight_.fetch_sub(weight);
    }

    memory_excess excess() const noexcept
    {
        const std::size_t held = entries();
        const std::size_t weighed = weight();
        memory_excess over;
        over.entries = held - std::min(held, most_entries());
        over.weight = weighed - std::min(weighed, most_weight());
        return over;
    }

    std::size_t entries() const noexcept { return entries_.load(); }
    std::size_t weight() const noexcept { return weight_.load(); }
    std::size_t most_entries() const noexcept { return most_entries_.load(); }
    std::size_t most_weight() const noexcept { return most_weight_.load(); }

    void resize_entries(std::size_t most) noexcept { most_entries_.store(most); }
    void resize_weight(std::size_t most) noexcept { most_weight_.store(most); }

private:
    std::atomic<std::size_t> most_entries_;
    std::atomic<std::size_t> most_weight_;
    alignas(64) std::atomic<std::size_t> entries_ = 0;
    std::atomic<std::size_t> weight_ = 0;
};

} // namespace coffer::detail
