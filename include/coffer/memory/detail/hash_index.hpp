// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/memory/eviction_policy.hpp>
#include <coffer/memory/memory_hash.hpp>

#include <boost/assert.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace coffer::detail {

/// A multimap from 32 hash bits to slot numbers, in 8 bytes a place, at most 4/5 full.
///
/// Linear probing where who is farther from home goes first (Robin Hood), so that a look-up of
/// what is not there ends early, and removal by moving back, so that no tombstones pile up.
/// Keys are elsewhere: the caller compares them.
class hash_index {
public:
    /// The first slot under `hash` for which `same(slot)` holds, else `no_slot`.
    template <class Same>
    std::uint32_t find(std::uint32_t hash, Same&& same) const
    {
        if (places_.empty())
            return no_slot;
        std::uint32_t at = home(hash);
        for (std::uint32_t far = 0;; ++far) {
            const place& here = places_[at];
            if (here.slot == no_slot)
                return no_slot;
            if (here.hash == hash) {
                if (same(here.slot))
                    return here.slot;
            } else if (distance(at) < far) {
                return no_slot;
            }
            at = after(at);
        }
    }

    /// Makes room for `count` slots in all; may throw `std::bad_alloc`, then nothing has changed.
    /// The table doubles, but stops at just enough for `expected` and from there grows in steps.
    void reserve(std::size_t count, std::size_t expected)
    {
        if (count > room(places_.size()))
            rehash(std::max(next_size(count, expected), places_for(count)));
    }

    /// Precondition: there is room.
    void insert(std::uint32_t hash, std::uint32_t slot) noexcept
    {
        BOOST_ASSERT(size_ < room(places_.size()));
        settle(place{hash, slot});
        ++size_;
    }

    /// Precondition: `slot` is there under `hash`; likewise for `erase`.
    void replace(std::uint32_t hash, std::uint32_t slot, std::uint32_t now) noexcept
    {
        places_[where(hash, slot)].slot = now;
    }

    void erase(std::uint32_t hash, std::uint32_t slot) noexcept
    {
        std::uint32_t hole = where(hash, slot);
        for (std::uint32_t next = after(hole);; next = after(next)) {
            if (places_[next].slot == no_slot || distance(next) == 0)
                break;
            places_[hole] = places_[next];
            hole = next;
        }
        places_[hole].slot = no_slot;
        --size_;
    }

    std::size_t size() const noexcept { return size_; }
    std::size_t memory() const noexcept { return places_.capacity() * sizeof(place); }

    void clear() noexcept
    {
        std::vector<place>().swap(places_);
        size_ = 0;
    }

    /// f(hash, slot) for each.
    template <class F>
    void for_each(F&& f) const
    {
        for (const place& one : places_)
            if (one.slot != no_slot)
                f(one.hash, one.slot);
    }

private:
    struct place {
        std::uint32_t hash = 0;
        std::uint32_t slot = no_slot;
    };

    static constexpr std::size_t room(std::size_t places) noexcept
    {
        return places - places / 5 - (places != 0);
    }
    static constexpr std::size_t places_for(std::size_t count) noexcept
    {
        return count + count / 4 + 2;
    }

    std::size_t next_size(std::size_t count, std::size_t expected) const noexcept
    {
        if (count > expected)
            return places_.size() + places_.size() / 8;
        const std::size_t doubled = std::max<std::size_t>(8, 2 * places_.size());
        return expected < doubled ? std::min(doubled, places_for(expected)) : doubled;
    }

    void rehash(std::size_t places)
    {
        std::vector<place> old(places);
        old.swap(places_);
        for (const place& one : old)
            if (one.slot != no_slot)
                settle(one);
    }

    std::uint32_t home(std::uint32_t hash) const noexcept
    {
        return scale(hash, static_cast<std::uint32_t>(places_.size()));
    }

    std::uint32_t after(std::uint32_t at) const noexcept { return ++at == places_.size() ? 0 : at; }

    /// How far the one at `at` is from its home.
    std::uint32_t distance(std::uint32_t at) const noexcept
    {
        const std::uint32_t from = home(places_[at].hash);
        return at >= from ? at - from : at + static_cast<std::uint32_t>(places_.size()) - from;
    }

    void settle(place one) noexcept
    {
        std::uint32_t at = home(one.hash);
        for (std::uint32_t far = 0; places_[at].slot != no_slot; ++far, at = after(at)) {
            const std::uint32_t theirs = distance(at);
            if (theirs < far) {
                std::swap(one, places_[at]);
                far = theirs;
            }
        }
        places_[at] = one;
    }

    std::uint32_t where(std::uint32_t hash, std::uint32_t slot) const noexcept
    {
        std::uint32_t at = home(hash);
        while (places_[at].slot != slot) {
            BOOST_ASSERT(places_[at].slot != no_slot);
            at = after(at);
        }
        return at;
    }

    std::vector<place> places_;
    std::size_t size_ = 0;
};

} // namespace coffer::detail
