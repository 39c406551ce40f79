// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>

namespace coffer {

/// No slot at all: the end of a list, or nothing to evict.
inline constexpr std::uint32_t no_slot = 0xffff'ffff;

/// What each entry of a `memory_cache` carries for its policy. All but `state` is the policy's to
/// use as it likes.
struct eviction_hook {
    std::uint32_t next = no_slot;
    std::uint32_t prev = no_slot;
    std::uint8_t uses = 0;
    std::uint8_t queue = 0;
    std::uint8_t spare = 0;
    std::uint8_t state = 0; ///< the cache's own; see `detail::slot_state`
};

/// How a policy sees the entries: as numbered slots. A slot keeps its number while it is in use.
template <class S>
concept eviction_slots = requires(S& slots, std::uint32_t slot) {
    { slots.hook(slot) } noexcept -> std::same_as<eviction_hook&>;
    { slots.hash(slot) } noexcept -> std::same_as<std::uint32_t>;
    {
        slots.cost(slot)
    } noexcept -> std::same_as<std::size_t>; // its share of the bound: 1, or weight
};

/// What decides which entry goes when room is needed: one object for each shard.
///
/// All calls come under the shard's lock and none may throw or call the cache.
/// - `on_insert(slot)`: a new entry; its hook still holds what the slot's last entry left there.
/// - `on_hit(slot)`: it was read. This is the hit path: best no more than a counter.
/// - `on_replace(old, now)`: another value of the same key; `now` takes the place of `old`.
/// - `on_remove(slot)`: it left for another reason than eviction.
/// - `victim()`: chooses one, forgets it and returns it; `no_slot` if it knows none. Its work is
///   bounded by a constant, not by the number of entries.
/// - `clear()`: forgets all, also what it remembers of former entries.
/// - `on_cost(slot, before)`: the entry was changed in place and `slots.cost(slot)` is new.
/// - `size()` and `cost()`: how many slots it knows and their sum; `for_each(f)`: f(slot) for each.
template <class P>
concept eviction_policy = requires(P policy, const P& fixed, std::uint32_t slot) {
    { policy.on_insert(slot) } noexcept;
    { policy.on_hit(slot) } noexcept;
    { policy.on_replace(slot, slot) } noexcept;
    { policy.on_remove(slot) } noexcept;
    { policy.victim() } noexcept -> std::same_as<std::uint32_t>;
    { policy.clear() } noexcept;
    { fixed.size() } noexcept -> std::same_as<std::size_t>;
    { fixed.cost() } noexcept -> std::same_as<std::size_t>;
    { policy.on_cost(slot, std::size_t()) } noexcept;
    fixed.for_each(static_cast<void (*)(std::uint32_t)>(nullptr));
};

} // namespace coffer
