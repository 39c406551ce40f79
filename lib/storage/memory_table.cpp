// SPDX-License-Identifier: BSL-1.0
#include "storage/memory_table.hpp"

#include <algorithm>

namespace coffer::detail {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using time = memory_table::time;

constexpr milliseconds longest_busy_hint = 50ms;
// Of who is told when the lease ends; nobody is when a clear voids it.
constexpr milliseconds longest_told_hint = 1s;

time end_of(time now, ttl lifetime)
{
    if (lifetime.is_inherit())
        throw std::invalid_argument("coffer: a storage was given the lifetime `inherit`; resolve "
                                    "it to a duration or ttl::never() first");
    return lifetime.is_never() ? time::max() : later(now, lifetime.span());
}

std::mt19937_64 seeded()
{
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device(),
                       device(), device(), device(), device()};
    return std::mt19937_64(seed);
}

} // namespace

memory_table::memory_table(const memory_storage_options& options)
    : slots_(options.max_entries(), options.max_bytes()), tags_(options.max_markers()),
      clears_(options.max_markers()), floors_(options.max_floors()), holds_(options.max_holds()),
      random_(seeded())
{}

// ---- what is there

bool memory_table::cleared_since(const storage_key& key, std::uint64_t captured) const
{
    if (captured >= clears_.latest())
        return false;
    return clears_.judge(key.space, {}, captured).dead ||
           (!key.group.empty() && clears_.judge(key.space, key.group, captured).dead);
}

bool memory_table::tag_bumped_since(const std::string& space, const std::vector<std::string>& tags,
                                    std::uint64_t captured) const
{
    return std::any_of(tags.begin(), tags.end(), [&](const std::string& tag) {
        const auto verdict = tags_.judge(space, tag, captured);
        return verdict.dead || verdict.stale;
    });
}

void memory_table::age_from(memory_slot& slot, time moment)
{
    if (slot.fresh_until <= moment)
        return;
    const milliseconds grace = slot.value ? slot.value->grace : 0ms;
    slot.fresh_until = moment;
    slot.dead_at = std::min(slot.dead_at, later(moment, grace));
}

void memory_table::apply_markers(memory_slot& slot)
{
    if (slot.judged >= std::max(clears_.latest(), tags_.latest()))
        return;
    bool dead = cleared_since(slot.key, slot.captured);
    if (slot.value)
        for (const std::string& tag : slot.value->tags) {
            const auto verdict = tags_.judge(slot.key.space, tag, slot.captured);
            dead = dead || verdict.dead;
            // A later soft bump changes nothing once the entry has been found stale here.
            if (verdict.stale)
                age_from(slot, verdict.stale_since);
        }
    if (dead)
        slot.drop_content();
    slot.judged = sequence_;
}

/// Applies what happened since the slot was looked at; false if there is nothing to serve.
bool memory_table::settle(memory_slot& slot, time now)
{
    if (slot.has_content())
        apply_markers(slot);
    if (slot.has_content() && slot.dead_at <= now)
        slot.drop_content();
    return slot.has_content();
}

memory_slot* memory_table::servable(const storage_key& key, time now)
{
    memory_slot* const slot = slots_.find(key);
    return slot && settle(*slot, now) ? slot : nullptr;
}

memory_table::view memory_table::look(const memory_slot& slot, time now) const
{
    view result;
    result.value =
        slot.is_counter ? std::make_shared<entry>(std::to_string(slot.count)) : slot.value;
    result.age = std::chrono::floor<milliseconds>(now - slot.born);
    if (slot.fresh_until != time::max())
        result.fresh_for = std::chrono::ceil<milliseconds>(slot.fresh_until - now);
    result.lifetime = slot.lifetime;
    return result;
}

stored_entry memory_table::view::copy() const
{
    stored_entry result;
    static_cast<entry&>(result) = *value;
    result.lifetime = lifetime;
    result.age = age;
    result.fresh_for = fresh_for;
    return result;
}

std::optional<memory_table::view> memory_table::get(const storage_key& key, time now)
{
    memory_slot* const slot = slots_.find(key);
    if (!slot)
        return std::nullopt;
    if (settle(*slot, now))
        return look(*slot, now);
    if (!lease_runs(*slot, now))
        slots_.erase(*slot);
    return std::nullopt;
}

// ---- leases

lease memory_table::new_lease()
{
    lease result;
    do
        result.token = {random_(), random_()};
    while (!result);
    result.sequence = sequence_;
    return result;
}

bool memory_table::lease_runs(const memory_slot& slot, time now) const
{
    return slot.grant && slot.leased_until > now && !cleared_since(slot.key, slot.grant.sequence);
}

bool memory_table::owns(const memory_slot* slot, const lease& grant, time now) const
{
    return grant && slot && slot->grant.token == grant.token && lease_runs(*slot, now);
}

void memory_table::end_lease(const storage_key& key)
{
    if (memory_slot* const slot = slots_.find(key)) {
        slot->end_lease();
        erase_if_idle(*slot);
    }
}

void memory_table::erase_if_idle(memory_slot& slot)
{
    if (!slot.has_content() && !slot.grant)
        slots_.erase(slot);
}

memory_table::answer memory_table::acquire(const storage_key& key, const lease_terms& terms,
                                           time now)
{
    answer result;
    if (holds_.held(key, now))
        return result;
    memory_slot& slot = slots_.find_or_make(key);
    if (settle(slot, now))
        result.found = look(slot, now);
    if (result.found && result.found->is_fresh() &&
        (!terms.max_age || result.found->age < *terms.max_age)) {
        result.state = acquired_state::hit;
        return result;
    }
    if (lease_runs(slot, now)) {
        const auto left = std::chrono::ceil<milliseconds>(slot.leased_until - now);
        result.state = acquired_state::busy;
        result.retry_after = std::min(left, terms.waker ? longest_told_hint : longest_busy_hint);
        if (terms.waker)
            slot.watch.add(*terms.waker);
        return result;
    }
    result.state = result.found ? acquired_state::stale : acquired_state::leased;
    result.grant = slot.grant = new_lease();
    result.lease_for = terms.lease_for;
    slot.leased_until = later(now, terms.lease_for);
    slots_.weigh(slot);
    return result;
}

bool memory_table::renew(const storage_key& key, const lease& grant, milliseconds lease_for,
                         time now)
{
    memory_slot* const slot = slots_.find(key);
    if (!owns(slot, grant, now))
        return false;
    slot->leased_until = later(now, lease_for);
    return true;
}

void memory_table::abandon(const storage_key& key, const lease& grant)
{
    const memory_slot* const slot = slots_.find(key);
    if (slot && grant && slot->grant.token == grant.token)
        end_lease(key);
}

fill_state memory_table::fill(const storage_key& key, const lease& grant, entry value, time now)
{
    const memory_slot* const slot = slots_.find(key);
    const bool mine = owns(slot, grant, now);
    const std::uint64_t captured = mine ? slot->grant.sequence : 0; // as given out, not as told
    abandon(key, grant); // a void one as well: somebody may wait for its end
    if (holds_.held(key, now))
        return fill_state::held;
    if (!mine || tag_bumped_since(key.space, value.tags, captured))
        return fill_state::lease_lost;
    if (!floors_.admits(key, value.version))
        return fill_state::below_floor;
    store(key, std::move(value), captured, now);
    return fill_state::stored;
}

// ---- writes

void memory_table::store(const storage_key& key, entry value, std::uint64_t captured, time now)
{
    const time until = end_of(now, value.lifetime);
    if (until <= now) { // expire now: what was stored goes as well
        if (memory_slot* const slot = slots_.find(key)) {
            slot->drop_content();
            erase_if_idle(*slot);
        }
        return;
    }
    value.grace = std::max(value.grace, 0ms);
    memory_slot& slot = slots_.find_or_make(key);
    slot.drop_content();
    slot.born = now;
    slot.fresh_until = until;
    slot.dead_at = later(until, value.grace);
    slot.lifetime = value.lifetime;
    slot.captured = captured;
    slot.judged = captured;
    slot.value = std::make_shared<const entry>(std::move(value));
    slots_.weigh(slot);
}

fill_state memory_table::put(const storage_key& key, entry value, time now)
{
    end_lease(key);
    if (holds_.held(key, now))
        return fill_state::held;
    if (value.version) {
        if (!floors_.admits(key, value.version))
            return fill_state::below_floor;
        floors_.raise(key, *value.version);
    }
    store(key, std::move(value), sequence_, now);
    return fill_state::stored;
}

bool memory_table::put_if_absent(const storage_key& key, entry value, time now)
{
    const memory_slot* const there = servable(key, now);
    if (there && there->fresh_until > now)
        return false;
    return put(key, std::move(value), now) == fill_state::stored;
}

void memory_table::invalidate(const storage_key& key, invalidation mode,
                              std::optional<std::uint64_t> floor, time now)
{
    if (floor)
        floors_.raise(key, *floor);
    memory_slot* const slot = slots_.find(key);
    if (!slot)
        return;
    slot->end_lease();
    if (mode == invalidation::hard)
        slot->drop_content();
    else if (settle(*slot, now))
        age_from(*slot, now);
    settle(*slot, now);
    erase_if_idle(*slot);
}

bool memory_table::touch(const storage_key& key, ttl lifetime, time now)
{
    const time until = end_of(now, lifetime);
    memory_slot* const slot = servable(key, now);
    if (!slot || slot->fresh_until <= now)
        return false;
    slot->lifetime = lifetime;
    slot->fresh_until = until;
    slot->dead_at = until <= now ? now : later(until, slot->value ? slot->value->grace : 0ms);
    if (!settle(*slot, now))
        erase_if_idle(*slot);
    return true;
}

std::optional<std::int64_t> memory_table::increment(const storage_key& key, std::int64_t by,
                                                    const counter_terms& terms, time now)
{
    memory_slot* const there = servable(key, now);
    if (there && !there->is_counter && there->fresh_until > now)
        return std::nullopt;
    const bool counts = there && there->is_counter;
    const std::int64_t before = counts ? there->count : terms.initial;
    std::int64_t after = 0;
    if (__builtin_add_overflow(before, by, &after)) {
        if (by > 0 || !terms.floor)
            return std::nullopt;
        after = *terms.floor;
    }
    if (terms.floor)
        after = std::max(after, *terms.floor);
    if (counts) {
        there->count = after;
        return after;
    }
    const time until = end_of(now, terms.lifetime);
    end_lease(key);
    if (until <= now)
        return after;
    memory_slot& slot = slots_.find_or_make(key);
    slot.drop_content();
    slot.is_counter = true;
    slot.count = after;
    slot.born = now;
    slot.fresh_until = slot.dead_at = until;
    slot.lifetime = terms.lifetime;
    slot.captured = slot.judged = sequence_;
    slots_.weigh(slot);
    return after;
}

// ---- whole spaces, holds, walks

void memory_table::bump(const std::string& space, const std::string& tag, invalidation mode,
                        time now)
{
    tags_.bump(space, tag, mode, ++sequence_, now);
}

void memory_table::clear(const std::string& space, const std::string& group, time now)
{
    clears_.bump(space, group, invalidation::hard, ++sequence_, now);
}

bool memory_table::hold(const storage_key& key, std::string owner, milliseconds hold_for, time now)
{
    if (!holds_.hold(key, std::move(owner), later(now, hold_for), now))
        return false;
    invalidate(key, invalidation::hard, std::nullopt, now);
    return true;
}

void memory_table::release(const storage_key& key, const std::string& owner)
{
    holds_.release(key, owner);
}

void memory_table::keys_in(std::size_t segment, const std::string& space, time now,
                           std::vector<storage_key>& to)
{
    slots_.each_in(segment, [&](memory_slot& slot) {
        if (slot.key.space == space && settle(slot, now))
            to.push_back(slot.key);
    });
}

} // namespace coffer::detail
