// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/memory/detail/slot_list.hpp>

namespace coffer {

/// Evicts what was not used for the longest time. Each hit moves its entry to the front.
template <class Slots>
class lru {
public:
    explicit lru(Slots& slots) noexcept : slots_(slots) {}

    void on_insert(std::uint32_t slot) noexcept { order_.push_front(slots_, slot); }

    void on_hit(std::uint32_t slot) noexcept
    {
        order_.unlink(slots_, slot);
        order_.push_front(slots_, slot);
    }

    void on_replace(std::uint32_t old, std::uint32_t now) noexcept
    {
        order_.unlink(slots_, old);
        order_.push_front(slots_, now);
    }

    void on_cost(std::uint32_t slot, std::size_t before) noexcept
    {
        order_.on_cost(before, slots_.cost(slot));
    }

    void on_remove(std::uint32_t slot) noexcept { order_.unlink(slots_, slot); }

    std::uint32_t victim() noexcept
    {
        const std::uint32_t slot = order_.back();
        if (slot != no_slot)
            order_.unlink(slots_, slot);
        return slot;
    }

    void clear() noexcept { order_ = {}; }
    std::size_t size() const noexcept { return order_.size(); }
    std::size_t cost() const noexcept { return order_.cost(); }

    template <class F>
    void for_each(F&& f) const
    {
        order_.for_each(slots_, f);
    }

private:
    Slots& slots_;
    detail::slot_list<Slots> order_;
};

} // namespace coffer
