// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/memory/detail/memory_slab.hpp>
#include <coffer/memory/detail/memory_traits.hpp>

namespace coffer::detail {

/// The entries of one shard as its policy sees them, with the columns that few caches need.
template <class K, class V>
class memory_slots {
public:
    using node = memory_node<K, V>;
    using steady_time = clock::steady_time;

    explicit memory_slots(const memory_traits& traits) noexcept
        : slab_(traits.chunk), traits_(traits)
    {}

    node& operator[](std::uint32_t slot) noexcept { return slab_[slot]; }
    eviction_hook& hook(std::uint32_t slot) noexcept { return slab_[slot].hook; }
    std::uint32_t hash(std::uint32_t slot) noexcept { return slab_[slot].hash; }
    std::size_t cost(std::uint32_t slot) noexcept { return traits_.by_weight ? weights_[slot] : 1; }
    std::size_t weight(std::uint32_t slot) noexcept { return traits_.weighed ? weights_[slot] : 0; }
    void set_weight(std::uint32_t slot, std::size_t weight) noexcept
    {
        if (traits_.weighed)
            weights_[slot] = static_cast<std::uint32_t>(weight);
    }

    bool idles() const noexcept { return traits_.idle.count() != 0; }
    steady_time idle_until(std::uint32_t slot) const noexcept { return idle_until_[slot]; }
    void touch(std::uint32_t slot, steady_time now) noexcept
    {
        idle_until_[slot] =
            traits_.idle > steady_time::max() - now ? steady_time::max() : now + traits_.idle;
    }

    bool linked(std::uint32_t slot) noexcept { return hook(slot).state == linked_state; }

    /// A free slot with room in every column.
    std::uint32_t take()
    {
        const std::uint32_t slot = slab_.take();
        try {
            if (traits_.weighed && slot >= weights_.size())
                weights_.resize(slot + 1);
            if (idles() && slot >= idle_until_.size())
                idle_until_.resize(slot + 1);
        } catch (...) {
            slab_.give(slot);
            throw;
        }
        return slot;
    }

    void reset() noexcept
    {
        slab_.reset();
        std::vector<std::uint32_t>().swap(weights_);
        std::vector<steady_time>().swap(idle_until_);
    }

    memory_slab<node>& slab() noexcept { return slab_; }
    const memory_traits& traits() const noexcept { return traits_; }

private:
    memory_slab<node> slab_;
    std::vector<std::uint32_t> weights_;
    std::vector<steady_time> idle_until_;
    const memory_traits traits_;
};

} // namespace coffer::detail
