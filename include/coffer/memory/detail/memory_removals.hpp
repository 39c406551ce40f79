// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/memory/detail/memory_slots.hpp>
#include <coffer/memory/memory_hooks.hpp>

#include <type_traits>

namespace coffer::detail {

/// The listener of a cache and the count of its failures.
template <class K, class V>
class memory_listener {
public:
    explicit memory_listener(typename memory_hooks<K, V>::listener_type function)
        : function_(std::move(function))
    {}

    explicit operator bool() const noexcept { return static_cast<bool>(function_); }

    void tell(const K& key, V&& value, removal_cause cause) noexcept
    {
        if (!function_)
            return;
        try {
            function_(key, std::move(value), cause);
        } catch (...) {
            failures_.fetch_add(1, std::memory_order_relaxed); // only a count
        }
    }

    std::uint64_t failures() const noexcept { return failures_.load(std::memory_order_relaxed); }

private:
    const typename memory_hooks<K, V>::listener_type function_;
    std::atomic<std::uint64_t> failures_ = 0;
};

/// What one operation took out of one shard. Declared before the lock is taken, so that it ends
/// after the lock was released: then it tells the listener, ends the values, and gives the nodes
/// back.
template <class K, class V>
class memory_removals {
public:
    using node = memory_node<K, V>;

    memory_removals(memory_slab<node>& slab, memory_listener<K, V>& listener) noexcept
        : slab_(slab), listener_(listener)
    {}

    memory_removals(const memory_removals&) = delete;
    memory_removals& operator=(const memory_removals&) = delete;

    ~memory_removals()
    {
        for (node* each = first_; each; each = each->next) {
            listener_.tell(each->key, std::move(each->value),
                           static_cast<removal_cause>(each->hook.state));
            each->end();
        }
        if (first_)
            slab_.retire(first_, last_);
    }

    /// Under the lock: takes over an entry that nothing refers to any more.
    void add(std::uint32_t slot, removal_cause cause) noexcept
    {
        ++count_;
        if (std::is_trivially_destructible_v<K> && std::is_trivially_destructible_v<V> &&
            !listener_)
            return slab_.give(slot);
        node& each = slab_[slot];
        each.hook.state = static_cast<std::uint8_t>(cause);
        each.hash = slot;
        each.next = nullptr;
        (last_ ? last_->next : first_) = &each;
        last_ = &each;
    }

    std::size_t count() const noexcept { return count_; }

private:
    memory_slab<node>& slab_;
    memory_listener<K, V>& listener_;
    node* first_ = nullptr;
    node* last_ = nullptr;
    std::size_t count_ = 0;
};

} // namespace coffer::detail
