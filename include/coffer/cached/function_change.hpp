// SPDX-License-Identifier: BSL-1.0
// Bodies of function_core: puts, invalidations, the end.
#pragma once

#include <coffer/cached/function_core.hpp>

namespace coffer::detail {

/// Runs a function at the end of its scope, also where a coroutine is cancelled or destroyed: what
/// must be done in this process whatever becomes of the storage.
template <class F>
class at_exit {
public:
    explicit at_exit(F f) : f_(std::move(f)) {}
    at_exit(const at_exit&) = delete;
    at_exit& operator=(const at_exit&) = delete;
    ~at_exit() { f_(); }

private:
    F f_;
};

// Poisons what loads the key and changes its near entry, as one step.
template <class R, class... Args>
template <class Change>
void function_core<R, Args...>::change_locally(const ref& call, Change change)
{
    std::optional<typename near_type::removals> dropped;
    if (near_)
        dropped.emplace(*near_);
    const std::size_t hash = hash_of(call);
    auto& shard = flights_.at(hash);
    const std::lock_guard lock(shard.mutex);
    shard.extract(typename table::template probe<ref>{call, hash},
                  [](flight_type& flight) { flight.poisoned = true; });
    if (errors_)
        errors_->invalidate(call);
    if (near_)
        change(*near_);
}

template <class R, class... Args>
asio::awaitable<void> function_core<R, Args...>::invalidate(ptr self, request at, invalidation mode,
                                                            std::optional<std::uint64_t> floor)
{
    count(self->counters.invalidations);
    self->tell(event_kind::invalidated);
    // After the storage: whoever read the storage before is poisoned or erased by this.
    const at_exit local([&] {
        self->change_locally(at.call(), [&](near_type& near) {
            if (mode == invalidation::hard)
                near.erase(at.call());
            else
                near.expire(at.call());
        });
    });
    if (self->settings_.store) {
        auto key = self->key_of(*at.where, at.args);
        if (!self->keeps_versions())
            floor.reset(); // then it invalidates, which is as much as it can
        co_await self->settings_.store->invalidate(std::move(key), mode, floor);
    }
}

template <class R, class... Args>
asio::awaitable<void> function_core<R, Args...>::put(ptr self, request at, R value,
                                                     load_context::said said)
{
    self->require_open();
    const auto captured = at.where->markers().sequence();
    loaded_part given(*self, std::move(value), std::move(said), std::chrono::nanoseconds(0));
    if (!self->settings_.store) {
        auto near = self->near_of(given.value, captured, given.said, coherence_ticket());
        const ttl kept = self->near_lifetime(near, given.lasting, self->grace(given.said));
        self->change_locally(at.call(),
                             [&](near_type& tier) { tier.put(at.call(), std::move(near), kept); });
        co_return;
    }
    // Two puts may reach the storage in one order and this line in the other: so the near tier does
    // not take the value but reads it again.
    const at_exit local(
        [&] { self->change_locally(at.call(), [&](near_type& near) { near.erase(at.call()); }); });
    auto key = self->key_of(*at.where, at.args);
    entry made = self->encoded(given);
    co_await self->settings_.store->put(std::move(key), std::move(made));
}

template <class R, class... Args>
asio::awaitable<void> function_core<R, Args...>::bump(ptr self, const place& where, std::string tag,
                                                      invalidation mode)
{
    count(self->counters.invalidations);
    self->tell(event_kind::invalidated);
    const at_exit local([&] {
        if (mode == invalidation::hard)
            where.markers().bump(tag);
        else
            where.markers().expire(tag, self->now());
    });
    if (self->settings_.store)
        co_await self->settings_.store->bump(where.path.space(), tag, mode);
}

template <class R, class... Args>
asio::awaitable<void> function_core<R, Args...>::clear(ptr self, const place& where)
{
    count(self->counters.invalidations);
    self->tell(event_kind::invalidated);
    const at_exit local([&] {
        where.clear();
        self->forget_cleared();
    });
    if (self->settings_.store)
        co_await self->settings_.store->clear(where.path.space(), where.path.group());
}

// What was cleared is not served any more; here its memory goes, where that is all there is.
template <class R, class... Args>
void function_core<R, Args...>::forget_cleared()
{
    if (errors_)
        errors_->clear();
    if (!near_ || !places().only_home())
        return;
    const typename near_type::removals dropped(*near_);
    near_->clear();
}

template <class R, class... Args>
asio::awaitable<void> function_core<R, Args...>::close(ptr self)
{
    self->closed_.store(true, std::memory_order_release);
    auto idle = self->tasks.close();
    if (self->tasks.running() == 0)
        co_return;
    // In a context that was stopped they would never end. By then nobody waits for them any more.
    const auto until = later(self->now(), self->settings_.load_deadline + self->closing_margin);
    bool late = false;
    try {
        co_await with_deadline(std::move(idle), self->settings_.time, until, background());
    } catch (const boost::system::system_error& e) {
        late = e.code() == errc::timeout;
        if (!late)
            throw;
    }
    if (late)
        raise(errc::load_timeout, self->name());
}

template <class R, class... Args>
function_stats function_core<R, Args...>::stats()
{
    function_stats sum;
    const auto& c = counters;
    sum.hits = c.hits;
    sum.storage_hits = c.storage_hits;
    sum.loads = c.loads;
    sum.joined = c.joined;
    sum.stale = c.stale;
    sum.errors = c.errors;
    sum.cancelled = c.cancelled;
    sum.loads_started = c.loads_started;
    sum.loads_failed = c.loads_failed;
    sum.loads_running = c.loads_running;
    sum.stored = c.stored;
    sum.poisoned = c.poisoned;
    sum.declined = c.declined;
    sum.lease_lost = c.lease_lost;
    sum.invalidations = c.invalidations;
    sum.storage_errors = c.storage_errors;
    sum.undecodable = c.undecodable;
    if (near_) {
        const memory_stats near = near_->stats();
        sum.hits += near.hits;
        sum.near_entries = near.entries;
        sum.near_weight = near.weight;
        sum.near_evictions = near.removed(removal_cause::size);
        sum.near_voided = near_->voided();
    }
    return sum;
}

} // namespace coffer::detail
