// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/memory/eviction_policy.hpp>

namespace coffer::detail {

/// A doubly linked list of slots through their hooks; knows its length and its summed cost.
template <class Slots>
class slot_list {
    static_assert(eviction_slots<Slots>);

public:
    void push_front(Slots& slots, std::uint32_t slot) noexcept
    {
        eviction_hook& hook = slots.hook(slot);
        hook.prev = no_slot;
        hook.next = front_;
        (front_ == no_slot ? back_ : slots.hook(front_).prev) = slot;
        front_ = slot;
        ++size_;
        cost_ += slots.cost(slot);
    }

    void unlink(Slots& slots, std::uint32_t slot) noexcept
    {
        const eviction_hook hook = slots.hook(slot);
        (hook.prev == no_slot ? front_ : slots.hook(hook.prev).next) = hook.next;
        (hook.next == no_slot ? back_ : slots.hook(hook.next).prev) = hook.prev;
        --size_;
        cost_ -= slots.cost(slot);
    }

    /// `now` takes the position of `old`.
    void replace(Slots& slots, std::uint32_t old, std::uint32_t now) noexcept
    {
        eviction_hook& hook = slots.hook(now);
        hook.prev = slots.hook(old).prev;
        hook.next = slots.hook(old).next;
        (hook.prev == no_slot ? front_ : slots.hook(hook.prev).next) = now;
        (hook.next == no_slot ? back_ : slots.hook(hook.next).prev) = now;
        cost_ += slots.cost(now) - slots.cost(old);
    }

    std::uint32_t back() const noexcept { return back_; }
    bool empty() const noexcept { return size_ == 0; }
    std::size_t size() const noexcept { return size_; }
    std::size_t cost() const noexcept { return cost_; }

    void on_cost(std::size_t before, std::size_t now) noexcept { cost_ += now - before; }

    /// From the front to the back.
    template <class F>
    void for_each(Slots& slots, F&& f) const
    {
        for (std::uint32_t slot = front_; slot != no_slot; slot = slots.hook(slot).next)
            f(slot);
    }

private:
    std::uint32_t front_ = no_slot;
    std::uint32_t back_ = no_slot;
    std::size_t size_ = 0;
    std::size_t cost_ = 0;
};

} // namespace coffer::detail
