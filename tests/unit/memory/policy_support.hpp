// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/memory/eviction_policy.hpp>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace policy_support {

using key = std::uint32_t;

/// Entries without a cache, so that a policy can be tested alone. A slot's number is its key.
class bare_slots {
public:
    explicit bare_slots(std::size_t count) : hooks_(count), costs_(count, 1) {}

    coffer::eviction_hook& hook(std::uint32_t slot) noexcept { return hooks_[slot]; }
    std::uint32_t hash(std::uint32_t slot) noexcept { return slot * 0x9e37'79b9U; }
    std::size_t cost(std::uint32_t slot) noexcept { return costs_[slot]; }
    void set_cost(std::uint32_t slot, std::size_t cost) { costs_[slot] = cost; }

private:
    std::vector<coffer::eviction_hook> hooks_;
    std::vector<std::size_t> costs_;
};

/// Remembers exactly the last `window` hashes; what `ghost_set` approximates.
class exact_ghosts {
public:
    void add(std::uint32_t hash, std::size_t window) noexcept
    {
        order_.push_back(hash);
        while (order_.size() > window)
            order_.pop_front();
    }

    bool take(std::uint32_t hash) noexcept
    {
        const auto found = std::find(order_.begin(), order_.end(), hash);
        if (found == order_.end())
            return false;
        order_.erase(found);
        return true;
    }

    void clear() noexcept { order_.clear(); }

private:
    std::deque<std::uint32_t> order_;
};

/// What the naive policies keep of an entry. They search linearly and know nothing of slots.
struct naive_entry {
    key id;
    std::uint32_t hash;
    std::size_t cost;
    int uses = 0;
};

using naive_queue = std::deque<naive_entry>; // newest first

inline naive_queue::iterator place_in(naive_queue& queue, key id)
{
    return std::find_if(queue.begin(), queue.end(), [&](const auto& one) { return one.id == id; });
}

inline naive_entry* find_in(naive_queue& queue, key id)
{
    const auto found = place_in(queue, id);
    return found == queue.end() ? nullptr : &*found;
}

inline std::optional<naive_entry> take_from(naive_queue& queue, key id)
{
    const auto found = place_in(queue, id);
    if (found == queue.end())
        return std::nullopt;
    const naive_entry taken = *found;
    queue.erase(found);
    return taken;
}

inline std::size_t cost_of(const naive_queue& queue)
{
    std::size_t sum = 0;
    for (const naive_entry& one : queue)
        sum += one.cost;
    return sum;
}

class naive_lru {
public:
    void insert(naive_entry one) { order_.push_front(one); }
    void hit(key id)
    {
        const naive_entry one = *take_from(order_, id);
        order_.push_front(one);
    }
    void replace(key id, std::size_t cost)
    {
        hit(id);
        order_.front().cost = cost;
    }
    void recost(key id, std::size_t cost) { find_in(order_, id)->cost = cost; }
    void remove(key id) { take_from(order_, id); }
    std::optional<key> victim()
    {
        if (order_.empty())
            return std::nullopt;
        const key id = order_.back().id;
        order_.pop_back();
        return id;
    }
    void clear() { order_.clear(); }
    std::size_t size() const { return order_.size(); }
    std::size_t cost() const { return cost_of(order_); }

private:
    naive_queue order_;
};

class naive_s3_fifo {
public:
    void insert(naive_entry one)
    {
        one.uses = 0;
        (ghosts_.take(one.hash) ? main_ : small_).push_front(one);
    }
    void hit(key id)
    {
        naive_entry& one = *locate(id);
        one.uses = std::min(one.uses + 1, 3);
    }
    void replace(key id, std::size_t cost)
    {
        locate(id)->cost = cost;
        hit(id);
    }
    void recost(key id, std::size_t cost) { locate(id)->cost = cost; }
    void remove(key id)
    {
        if (!take_from(small_, id))
            take_from(main_, id);
    }

    std::optional<key> victim()
    {
        for (int looked_at = 0; size() != 0; ++looked_at) {
            const bool small_is_due =
                main_.empty() || (!small_.empty() && cost_of(small_) >= cost() / 10);
            naive_queue& from = small_is_due ? small_ : main_;
            naive_entry last = from.back();
            from.pop_back();
            const bool again = looked_at < 128 && last.uses >= (small_is_due ? 2 : 1);
            if (!again) {
                if (small_is_due)
                    ghosts_.add(last.hash, size());
                return last.id;
            }
            last.uses = small_is_due ? 0 : last.uses - 1;
            main_.push_front(last);
        }
        return std::nullopt;
    }

    void clear()
    {
        small_.clear();
        main_.clear();
        ghosts_.clear();
    }
    std::size_t size() const { return small_.size() + main_.size(); }
    std::size_t cost() const { return cost_of(small_) + cost_of(main_); }

private:
    naive_entry* locate(key id)
    {
        naive_entry* const found = find_in(small_, id);
        return found ? found : find_in(main_, id);
    }

    naive_queue small_;
    naive_queue main_;
    exact_ghosts ghosts_;
};

} // namespace policy_support
