// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/memory/detail/hash_index.hpp>
#include <coffer/memory/detail/memory_budget.hpp>
#include <coffer/memory/detail/memory_removals.hpp>
#include <coffer/memory/memory_stats.hpp>

#include <mutex>
#include <stdexcept>

namespace coffer::detail {

/// One independently locked part of a cache. Everything but `mutex` comes under `mutex`.
template <class K, class V, template <class> class Policy>
class alignas(64) memory_shard {
public:
    using slots_type = memory_slots<K, V>;
    using node = typename slots_type::node;
    using removals = memory_removals<K, V>;
    using steady_time = clock::steady_time;
    static_assert(eviction_slots<slots_type> && eviction_policy<Policy<slots_type>>);

    memory_shard(const memory_traits& traits, const clock& time, memory_budget& budget) noexcept
        : slots_(traits), policy_(slots_), time_(time), budget_(budget)
    {}

    ~memory_shard()
    {
        index_.for_each([this](std::uint32_t, std::uint32_t slot) { slots_[slot].end(); });
    }

    std::mutex mutex;
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
    std::uint64_t insertions = 0;
    std::uint64_t rejected = 0;
    std::array<std::uint64_t, removal_causes> removed{};

    memory_slab<node>& slab() noexcept { return slots_.slab(); }
    node& operator[](std::uint32_t slot) noexcept { return slots_[slot]; }
    std::size_t size() const noexcept { return index_.size(); }
    std::size_t weight(std::uint32_t slot) noexcept { return slots_.weight(slot); }

    /// The linked entry of a key, expired or not, else `no_slot`.
    template <class Same>
    std::uint32_t find(std::uint32_t hash, Same&& same)
    {
        return index_.find(hash, [&](std::uint32_t slot) { return same(slots_[slot].key); });
    }

    bool expired(std::uint32_t slot) noexcept
    {
        const steady_time deadline = slots_[slot].deadline;
        if (slots_.idles() && time_.reached(slots_.idle_until(slot)))
            return true;
        return deadline != steady_time::max() && time_.reached(deadline);
    }

    /// Notes a read of an entry; false if it has expired.
    bool read(std::uint32_t slot) noexcept
    {
        if (slots_.idles()) {
            const steady_time now = time_.now();
            if (now >= slots_.idle_until(slot) || now >= slots_[slot].deadline)
                return false;
            slots_.touch(slot, now);
        } else if (expired(slot)) {
            return false;
        }
        policy_.on_hit(slot);
        return true;
    }

    /// A node that holds the entry but is not linked yet. May throw: then nothing has changed.
    template <class K2, class V2>
    std::uint32_t make(std::uint32_t hash, K2&& key, V2&& value, steady_time deadline,
                       std::size_t weight)
    {
        index_.reserve(index_.size() + 1, slots_.traits().expected);
        const std::uint32_t slot = slots_.take();
        node& made = slots_[slot];
        try {
            made.begin(std::forward<K2>(key), std::forward<V2>(value));
        } catch (...) {
            slots_.slab().give(slot);
            throw;
        }
        made.deadline = deadline;
        made.hash = hash;
        slots_.set_weight(slot, weight);
        return slot;
    }

    /// Links what `make` made, in place of `old` unless that is `no_slot`; makes room first.
    /// Returns what is still to be freed in other shards.
    memory_excess link(std::uint32_t slot, std::uint32_t old, removals& gone) noexcept
    {
        const memory_excess left =
            old == no_slot ? link_new(slot, gone) : link_instead(slot, old, gone);
        slots_.hook(slot).state = linked_state;
        if (slots_.idles())
            slots_.touch(slot, time_.now());
        expect(due(slot));
        ++insertions;
        return left;
    }

    /// Takes an entry out.
    void remove(std::uint32_t slot, removal_cause cause, removals& gone) noexcept
    {
        policy_.on_remove(slot);
        forget(slot, cause, gone);
    }

    void remove_all(removals& gone) noexcept
    {
        for_each([&](std::uint32_t slot) {
            budget_.release(1, slots_.weight(slot));
            ++removed[static_cast<std::size_t>(removal_cause::cleared)];
            gone.add(slot, removal_cause::cleared);
        });
        index_.clear();
        policy_.clear();
        earliest_ = next_earliest_ = steady_time::max();
        cursor_ = 0;
    }

    /// Evicts as much as asked for, as far as there is something; returns what is left to do.
    memory_excess evict(memory_excess excess, removals& gone) noexcept
    {
        evict_beside(no_slot, excess, gone);
        return excess;
    }

    /// An entry was changed in place and weighs something else now.
    memory_excess reweigh(std::uint32_t slot, std::size_t weight, removals& gone) noexcept
    {
        const std::size_t before = slots_.weight(slot);
        const std::size_t cost = slots_.cost(slot);
        slots_.set_weight(slot, weight);
        policy_.on_cost(slot, cost);
        memory_excess excess = rebook(before, weight);
        if (evict_beside(slot, excess, gone))
            policy_.on_insert(slot);
        return excess;
    }

    /// Looks at up to `look` slots for expired entries and takes out up to `most` of them. Goes on
    /// where the last call stopped; does nothing while nothing can have expired.
    void sweep(std::size_t look, std::size_t most, removals& gone) noexcept
    {
        if (!sweep_is_due())
            return;
        for (; look != 0 && most != 0; --look) {
            if (cursor_ == slots_.slab().used())
                return finish_sweep();
            const std::uint32_t slot = cursor_++;
            if (!slots_.linked(slot))
                continue;
            if (expired(slot)) {
                remove(slot, removal_cause::expired, gone);
                --most;
            } else {
                next_earliest_ = std::min(next_earliest_, due(slot));
            }
        }
    }

    bool sweep_is_due() const noexcept
    {
        return earliest_ != steady_time::max() && time_.reached(earliest_);
    }

    /// f(slot) for each entry, expired or not; f may remove it.
    template <class F>
    void for_each(F&& f)
    {
        for (std::uint32_t slot = 0; slot != slots_.slab().used(); ++slot)
            if (slots_.linked(slot))
                f(slot);
    }

    /// Frees the memory of the nodes if none is in use.
    void shrink() noexcept
    {
        slots_.slab().collect();
        if (slots_.slab().in_use() == 0)
            slots_.reset();
    }

    void add_to(memory_stats& sum) const noexcept
    {
        sum.hits += hits;
        sum.misses += misses;
        sum.insertions += insertions;
        sum.rejected += rejected;
        for (std::size_t cause = 0; cause != removal_causes; ++cause)
            sum.removals[cause] += removed[cause];
    }

    /// Throws `std::logic_error` if the parts disagree; returns entries and weight.
    memory_excess check();

private:
    void expect(steady_time moment) noexcept
    {
        earliest_ = std::min(earliest_, moment);
        next_earliest_ = std::min(next_earliest_, moment);
    }

    steady_time due(std::uint32_t slot) noexcept
    {
        const steady_time deadline = slots_[slot].deadline;
        return slots_.idles() ? std::min(deadline, slots_.idle_until(slot)) : deadline;
    }

    void finish_sweep() noexcept
    {
        earliest_ = std::exchange(next_earliest_, steady_time::max());
        cursor_ = 0;
    }

    memory_excess link_new(std::uint32_t slot, removals& gone) noexcept
    {
        memory_excess excess = budget_.reserve(slots_.weight(slot));
        evict_beside(no_slot, excess, gone);
        index_.insert(slots_.hash(slot), slot);
        policy_.on_insert(slot);
        return excess;
    }

    memory_excess link_instead(std::uint32_t slot, std::uint32_t old, removals& gone) noexcept
    {
        memory_excess excess = rebook(slots_.weight(old), slots_.weight(slot));
        const bool evicted = evict_beside(old, excess, gone);
        index_.replace(slots_.hash(slot), old, slot);
        evicted ? policy_.on_insert(slot) : policy_.on_replace(old, slot);
        ++removed[static_cast<std::size_t>(removal_cause::replaced)];
        gone.add(old, removal_cause::replaced);
        return excess;
    }

    memory_excess rebook(std::size_t before, std::size_t now) noexcept
    {
        memory_excess excess;
        if (now > before)
            excess.weight = budget_.reserve_weight(now - before);
        else
            budget_.release(0, before - now);
        return excess;
    }

    /// Evicts, but leaves `kept` in its place; true if the policy gave it up, and so forgot it.
    bool evict_beside(std::uint32_t kept, memory_excess& excess, removals& gone) noexcept
    {
        bool given_up = false;
        while (excess.any()) {
            const std::uint32_t slot = policy_.victim();
            if (slot == no_slot)
                break;
            if (slot == kept) {
                given_up = true;
                continue;
            }
            excess.freed(slots_.weight(slot));
            forget(slot, expired(slot) ? removal_cause::expired : removal_cause::size, gone);
        }
        return given_up;
    }

    void forget(std::uint32_t slot, removal_cause cause, removals& gone) noexcept
    {
        index_.erase(slots_.hash(slot), slot);
        budget_.release(1, slots_.weight(slot));
        ++removed[static_cast<std::size_t>(cause)];
        gone.add(slot, cause);
    }

    slots_type slots_;
    hash_index index_;
    Policy<slots_type> policy_;
    const clock& time_;
    memory_budget& budget_;
    // No entry expires before `earliest_`. `next_earliest_` becomes that after the running sweep,
    // which has looked at all slots below `cursor_`.
    steady_time earliest_ = steady_time::max();
    steady_time next_earliest_ = steady_time::max();
    std::uint32_t cursor_ = 0;
};

template <class K, class V, template <class> class Policy>
memory_excess memory_shard<K, V, Policy>::check()
{
    const auto demand = [](bool holds, const char* what) {
        if (!holds)
            throw std::logic_error(what);
    };
    memory_excess sum;
    std::size_t cost = 0;
    for_each([&](std::uint32_t slot) {
        ++sum.entries;
        sum.weight += slots_.weight(slot);
        cost += slots_.cost(slot);
        demand(index_.find(slots_.hash(slot), [=](auto at) { return at == slot; }) == slot,
               "coffer: an entry is not in the index");
        demand(slots_.linked(slot) && due(slot) >= earliest_, "coffer: an expiry is not expected");
    });
    slots_.slab().collect();
    demand(slots_.slab().in_use() == sum.entries, "coffer: a slot is neither free nor linked");
    demand(index_.size() == sum.entries, "coffer: the index has another number of entries");
    demand(policy_.size() == sum.entries, "coffer: the policy has another number of entries");
    demand(policy_.cost() == cost, "coffer: the policy has another sum of costs");
    std::size_t listed = 0;
    policy_.for_each([&](std::uint32_t slot) {
        ++listed;
        demand(slots_.linked(slot), "coffer: the policy lists a slot without entry");
    });
    demand(listed == sum.entries, "coffer: the policy lists another number of entries");
    return sum;
}

} // namespace coffer::detail
