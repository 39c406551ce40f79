// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/memory/detail/ghost_set.hpp>
#include <coffer/memory/detail/slot_list.hpp>

namespace coffer {

/// S3-FIFO: a small queue on probation, a main queue, and a memory of who left the small one.
///
/// New entries wait in a small first-in first-out queue with a tenth of the room. Who was used
/// at least twice there moves to the main queue, the others go, and are remembered for a while:
/// whoever comes back in that time enters the main queue directly. The main queue gives each use
/// (up to three) another round. A hit only counts, so one-time scans pass through without harm
/// and hits stay cheap.
///
/// Cost: at most `most_steps` entries are looked at for one victim. An S3-FIFO without this bound
/// would walk the whole cache when everything in it was just used.
template <class Slots, class Ghost = detail::ghost_set>
class basic_s3_fifo {
public:
    static constexpr std::uint8_t most_uses = 3;
    static constexpr std::uint8_t uses_to_stay = 2;
    static constexpr std::size_t small_share = 10; // one part in so many
    static constexpr int most_steps = 128;

    explicit basic_s3_fifo(Slots& slots) noexcept : slots_(slots) {}

    void on_insert(std::uint32_t slot) noexcept
    {
        slots_.hook(slot).uses = 0;
        enter(slot, ghost_.take(slots_.hash(slot)) ? in_main : in_small);
    }

    void on_hit(std::uint32_t slot) noexcept
    {
        std::uint8_t& uses = slots_.hook(slot).uses;
        if (uses < most_uses)
            ++uses;
    }

    void on_replace(std::uint32_t old, std::uint32_t now) noexcept
    {
        eviction_hook& hook = slots_.hook(now);
        hook.uses = slots_.hook(old).uses;
        hook.queue = slots_.hook(old).queue;
        queue(hook.queue).replace(slots_, old, now);
        on_hit(now);
    }

    void on_cost(std::uint32_t slot, std::size_t before) noexcept
    {
        queue(slots_.hook(slot).queue).on_cost(before, slots_.cost(slot));
    }

    void on_remove(std::uint32_t slot) noexcept
    {
        queue(slots_.hook(slot).queue).unlink(slots_, slot);
    }

    std::uint32_t victim() noexcept
    {
        for (int steps = most_steps; size() != 0; --steps) {
            const bool from_small = small_is_due();
            const std::uint32_t slot = queue(from_small ? in_small : in_main).back();
            on_remove(slot);
            if (steps == 0 || !stays(slot, from_small)) {
                if (from_small)
                    ghost_.add(slots_.hash(slot), size());
                return slot;
            }
            enter(slot, in_main);
        }
        return no_slot;
    }

    void clear() noexcept
    {
        queues_[in_small] = queues_[in_main] = {};
        ghost_.clear();
    }

    std::size_t size() const noexcept { return queues_[in_small].size() + queues_[in_main].size(); }
    std::size_t cost() const noexcept { return queues_[in_small].cost() + queues_[in_main].cost(); }

    template <class F>
    void for_each(F&& f) const
    {
        queues_[in_small].for_each(slots_, f);
        queues_[in_main].for_each(slots_, f);
    }

private:
    static constexpr std::uint8_t in_small = 0;
    static constexpr std::uint8_t in_main = 1;

    detail::slot_list<Slots>& queue(std::uint8_t which) noexcept { return queues_[which]; }

    void enter(std::uint32_t slot, std::uint8_t which) noexcept
    {
        slots_.hook(slot).queue = which;
        queue(which).push_front(slots_, slot);
    }

    bool small_is_due() const noexcept
    {
        if (queues_[in_main].empty())
            return true;
        return !queues_[in_small].empty() && queues_[in_small].cost() >= cost() / small_share;
    }

    /// Whether an entry at the end of its queue earned (another) round in the main one, for which
    /// it pays with its uses.
    bool stays(std::uint32_t slot, bool from_small) noexcept
    {
        std::uint8_t& uses = slots_.hook(slot).uses;
        if (from_small) {
            const bool stay = uses >= uses_to_stay;
            uses = 0;
            return stay;
        }
        return uses > 0 && uses-- > 0;
    }

    Slots& slots_;
    detail::slot_list<Slots> queues_[2];
    Ghost ghost_;
};

/// The default policy of `memory_cache`.
template <class Slots>
using s3_fifo = basic_s3_fifo<Slots>;

} // namespace coffer
