// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/memory/detail/match_words.hpp>
#include <coffer/memory/eviction_policy.hpp>
#include <coffer/memory/memory_hash.hpp>

#include <boost/assert.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace coffer::detail {

/// A multimap from 32 hash bits to slot numbers; keys are elsewhere, and the caller compares them.
///
/// Groups of seven places, each group one cache line, at most 5/7 full: a look-up of what is not
/// there ends at the first group that nobody passed, and at 6/7 those are rare. Who finds its home
/// group full goes to the next one with room, and is counted by each group it passed: so a look-up
/// mostly ends in the first line, and a removal leaves no tombstone.
class hash_index {
public:
    /// The first slot under `hash` for which `same(slot)` holds, else `no_slot`.
    template <class Same>
    std::uint32_t find(std::uint32_t hash, Same&& same) const
    {
        std::uint32_t at = home(hash);
        // In a small table every group may have been passed by someone.
        for (std::size_t left = groups_.size(); left != 0; --left) {
            const group& here = groups_[at];
            for (unsigned hits = here.matches(hash); hits != 0; hits &= hits - 1) {
                const std::uint32_t slot =
                    here.slots[static_cast<std::size_t>(std::countr_zero(hits))];
                if (slot != no_slot && same(slot))
                    return slot;
            }
            if (!here.was_passed())
                break;
            at = after(at);
        }
        return no_slot;
    }

    /// Makes room for `count` slots in all; may throw `std::bad_alloc`, then nothing has changed.
    /// The table doubles, but stops at just enough for `expected` and from there grows in steps.
    void reserve(std::size_t count, std::size_t expected)
    {
        if (count > room())
            rehash(std::max(next_size(count, expected), groups_for(count)));
    }

    /// Precondition: there is room.
    void insert(std::uint32_t hash, std::uint32_t slot) noexcept
    {
        BOOST_ASSERT(size_ < room());
        std::uint32_t at = home(hash);
        for (; groups_[at].full(); at = after(at))
            ++groups_[at].passed();
        groups_[at].add(hash, slot);
        ++size_;
    }

    /// Precondition: `slot` is there under `hash`; likewise for `erase`.
    void replace(std::uint32_t hash, std::uint32_t slot, std::uint32_t now) noexcept
    {
        std::uint32_t at = home(hash);
        while (groups_[at].place_of(slot) == places)
            at = after(at);
        groups_[at].slots[groups_[at].place_of(slot)] = now;
    }

    void erase(std::uint32_t hash, std::uint32_t slot) noexcept
    {
        std::uint32_t at = home(hash);
        for (; groups_[at].place_of(slot) == places; at = after(at)) {
            BOOST_ASSERT(groups_[at].was_passed());
            --groups_[at].passed();
        }
        groups_[at].slots[groups_[at].place_of(slot)] = no_slot;
        --size_;
    }

    std::size_t size() const noexcept { return size_; }
    std::size_t memory() const noexcept { return groups_.capacity() * sizeof(group); }

    void clear() noexcept
    {
        std::vector<group>().swap(groups_);
        size_ = 0;
    }

    /// f(hash, slot) for each.
    template <class F>
    void for_each(F&& f) const
    {
        for (const group& one : groups_)
            for (std::size_t place = 0; place != places; ++place)
                if (one.slots[place] != no_slot)
                    f(one.hashes[place], one.slots[place]);
    }

private:
    static constexpr std::size_t places = 7;
    static constexpr std::size_t filled = 5; // of these, on average, in a full table

    struct alignas(64) group {
        // The word after the hashes counts entries that have this or an earlier home and live
        // further on. It is among them so that eight words can be compared at once.
        std::array<std::uint32_t, places + 1> hashes{};
        std::array<std::uint32_t, places> slots = {no_slot, no_slot, no_slot, no_slot,
                                                   no_slot, no_slot, no_slot};

        std::uint32_t& passed() noexcept { return hashes[places]; }
        bool was_passed() const noexcept { return hashes[places] != 0; }

        /// A bit for each place with this hash; free places may be among them.
        unsigned matches(std::uint32_t hash) const noexcept
        {
            return match_words(hashes, hash) & ((1U << places) - 1);
        }

        std::size_t place_of(std::uint32_t slot) const noexcept
        {
            std::size_t place = 0;
            while (place != places && slots[place] != slot)
                ++place;
            return place;
        }

        bool full() const noexcept { return place_of(no_slot) == places; }

        void add(std::uint32_t hash, std::uint32_t slot) noexcept
        {
            const std::size_t place = place_of(no_slot);
            hashes[place] = hash;
            slots[place] = slot;
        }
    };
    static_assert(sizeof(group) == 64);

    static constexpr std::size_t groups_for(std::size_t count) noexcept
    {
        return count / filled + (count % filled != 0);
    }

    std::size_t room() const noexcept { return groups_.size() * filled; }

    std::size_t next_size(std::size_t count, std::size_t expected) const noexcept
    {
        if (count > expected)
            return groups_.size() + groups_.size() / 8;
        return std::clamp<std::size_t>(groups_for(expected), 1,
                                       std::max<std::size_t>(1, 2 * groups_.size()));
    }

    void rehash(std::size_t groups)
    {
        std::vector<group> old(groups);
        old.swap(groups_);
        size_ = 0;
        for (const group& one : old)
            for (std::size_t place = 0; place != places; ++place)
                if (one.slots[place] != no_slot)
                    insert(one.hashes[place], one.slots[place]);
    }

    std::uint32_t home(std::uint32_t hash) const noexcept
    {
        return scale(hash, static_cast<std::uint32_t>(groups_.size()));
    }

    std::uint32_t after(std::uint32_t at) const noexcept { return ++at == groups_.size() ? 0 : at; }

    std::vector<group> groups_;
    std::size_t size_ = 0;
};

} // namespace coffer::detail
