// SPDX-License-Identifier: BSL-1.0
// Bodies of memory_core: what goes through all shards, one after the other.
#pragma once

#include <coffer/memory/detail/memory_core.hpp>

namespace coffer::detail {

template <class K, class V, class Hash, class Equal, template <class> class Policy>
template <class F>
std::size_t memory_core<K, V, Hash, Equal, Policy>::invalidate_if(F& pred)
{
    std::size_t count = 0;
    for (shard& each : shards_) {
        removals gone(each.slab(), listener_);
        lock guard(each.mutex);
        each.for_each([&](std::uint32_t slot) {
            if (each.expired(slot) || !pred(key_at(each, slot), value_at(each, slot)))
                return;
            each.remove(slot, removal_cause::invalidated, gone);
            ++count;
        });
    }
    return count;
}

template <class K, class V, class Hash, class Equal, template <class> class Policy>
void memory_core<K, V, Hash, Equal, Policy>::clear()
{
    for (shard& each : shards_) {
        {
            removals gone(each.slab(), listener_);
            lock guard(each.mutex);
            each.remove_all(gone);
        }
        lock guard(each.mutex);
        each.shrink();
    }
}

template <class K, class V, class Hash, class Equal, template <class> class Policy>
template <class F>
void memory_core<K, V, Hash, Equal, Policy>::for_each(F&& f) const
{
    for (shard& each : shards_) {
        lock guard(each.mutex);
        each.for_each([&](std::uint32_t slot) {
            if (!each.expired(slot))
                f(key_at(each, slot), value_at(each, slot));
        });
    }
}

template <class K, class V, class Hash, class Equal, template <class> class Policy>
std::size_t memory_core<K, V, Hash, Equal, Policy>::purge_expired(std::size_t limit)
{
    std::size_t found = 0;
    for (shard& each : shards_) {
        for (bool due = true; due && found != limit;) {
            removals gone(each.slab(), listener_);
            lock guard(each.mutex);
            each.sweep(sweep_at_once, limit - found, gone);
            found += gone.count();
            due = each.sweep_is_due();
        }
    }
    return found;
}

template <class K, class V, class Hash, class Equal, template <class> class Policy>
void memory_core<K, V, Hash, Equal, Policy>::resize(std::size_t entries)
{
    budget_.resize_entries(entries);
    trim();
}

template <class K, class V, class Hash, class Equal, template <class> class Policy>
void memory_core<K, V, Hash, Equal, Policy>::resize_weight(std::size_t weight)
{
    if (!traits_.weighed)
        throw std::invalid_argument("coffer: resize_weight needs a cache with a weigher; give "
                                    "one with memory_hooks().weigher(...)");
    budget_.resize_weight(weight);
    trim();
}

template <class K, class V, class Hash, class Equal, template <class> class Policy>
memory_stats memory_core<K, V, Hash, Equal, Policy>::stats() const
{
    memory_stats sum;
    for (shard& each : shards_) {
        lock guard(each.mutex);
        each.add_to(sum);
    }
    sum.listener_failures = listener_.failures();
    sum.entries = size();
    sum.weight = weight();
    return sum;
}

template <class K, class V, class Hash, class Equal, template <class> class Policy>
void memory_core<K, V, Hash, Equal, Policy>::check() const
{
    memory_excess sum;
    for (shard& each : shards_) {
        lock guard(each.mutex);
        const memory_excess part = each.check();
        sum.entries += part.entries;
        sum.weight += part.weight;
    }
    if (sum.entries != size() || sum.weight != weight())
        throw std::logic_error("coffer: the shards hold another sum than is booked");
    if (budget_.excess().any())
        throw std::logic_error("coffer: a bound is exceeded");
}

// After a bound was lowered: takes an even part from each shard until it holds.
template <class K, class V, class Hash, class Equal, template <class> class Policy>
void memory_core<K, V, Hash, Equal, Policy>::trim()
{
    for (bool found = true; found && budget_.excess().any();) {
        found = false;
        for (shard& each : shards_) {
            memory_excess part = budget_.excess();
            part.entries = (part.entries + traits_.shards - 1) / traits_.shards;
            part.weight = (part.weight + traits_.shards - 1) / traits_.shards;
            removals gone(each.slab(), listener_);
            lock guard(each.mutex);
            each.evict(part, gone);
            found = found || gone.count() != 0;
        }
    }
}

} // namespace coffer::detail
