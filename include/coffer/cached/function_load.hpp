// SPDX-License-Identifier: BSL-1.0
// Bodies of function_core: a load, from the storage's answer to the stored value.
#pragma once

#include <coffer/cached/function_core.hpp>

namespace coffer::detail {

template <class R, class... Args>
void function_core<R, Args...>::start(const flight_ptr& flight, background::place counted)
{
    auto self = this->shared_from_this();
    auto work = run(self, flight, std::move(counted), landing(self, flight));
    // The handler keeps the signal behind the slot to the very end.
    const auto signal = flight->make_signal();
    const auto executor = flight->executor();
    const auto spawn = [&] {
        asio::co_spawn(
            executor, std::move(work),
            asio::bind_cancellation_slot(signal->slot(), [signal](std::exception_ptr) {}));
        // Comes right after the load's first step: a load that never waits needs no timer.
        push_step(executor, [self, flight] { self->limit(flight); });
    };
    begin_in(executor, std::ref(spawn));
}

template <class R, class... Args>
void function_core<R, Args...>::limit(const flight_ptr& flight)
{
    if (flight->landed())
        return;
    const auto late = [self = this->shared_from_this(), weak = std::weak_ptr(flight)] {
        if (const auto running = weak.lock())
            self->overdue(*running);
    };
    // Beside the strand, which has no need to hear of a timer that is cancelled.
    const auto executor = flight->executor();
    flight->limit.emplace(underlying(executor), settings_.time);
    flight->limit->start(flight->deadline(), [executor, late] { push_step(executor, late); });
}

// One frame for what every load does: a frame is an allocation.
template <class R, class... Args>
asio::awaitable<void> function_core<R, Args...>::run(ptr self, flight_ptr flight, background::place,
                                                     landing)
{
    stored_part part;
    std::exception_ptr failure;
    try {
        // Until here it ran on its starter's stack, where a chain of loads would pile up.
        co_await next_turn(flight->executor());
        if (self->settings_.store && flight->terms.asks_storage) {
            auto asking = ask_storage(self, flight, part);
            co_await std::move(asking);
            if (part.over)
                co_return;
        }
        load_context context(flight->deadline(), flight->link()->scope());
        context.previous(flight->previous, flight->previous_validator, flight->previous_tags);
        running_load running(self->counters);
        const auto began = self->now();
        auto loading = self->invoke(context, *flight);
        R value = co_await std::move(loading);
        running.end();
        loaded_part loaded(*self, std::move(value), std::move(context.spoken()),
                           self->now() - began);
        self->decide(*flight, part, loaded);
        if (part.may_fill || part.grant) {
            // What is begun now is finished: the deadline has no more say.
            co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
            auto settling = settle(self, flight, part, loaded);
            co_await std::move(settling);
        }
        self->deliver(*flight, std::move(loaded));
        co_return;
    } catch (...) {
        failure = std::current_exception();
    }
    self->failed(*flight, failure);
    if (part.grant) {
        co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
        auto giving = self->give_up(part.key, part.grant);
        co_await std::move(giving);
    }
}

template <class R, class... Args>
asio::awaitable<void> function_core<R, Args...>::ask_storage(ptr self, flight_ptr flight,
                                                             stored_part& part)
{
    part.key = self->key_of(flight->where(), flight->args());
    if (!flight->terms.stores) {
        const auto found = co_await self->peek_storage(part.key);
        const auto most = flight->terms.max_age;
        if (found && found->is_fresh() && (!most || found->age <= *most))
            self->accept(*flight, *found, true, part);
        co_return;
    }
    auto got = co_await self->acquire(part.key, flight->terms.max_age, &part.ticket);
    auto using_it = use(self, flight, part, std::move(got));
    co_await std::move(using_it);
}

template <class R, class... Args>
asio::awaitable<void> function_core<R, Args...>::use(ptr self, flight_ptr flight, stored_part& part,
                                                     std::optional<acquired> got)
{
    bool unreadable = false;
    if (got && got->state == acquired_state::hit) {
        self->accept(*flight, *got->found, true, part);
        if (part.over)
            co_return;
        // As if it were not there, but the right to replace it must be asked for.
        unreadable = true;
        got = co_await self->acquire(part.key, std::chrono::milliseconds(0), &part.ticket);
    }
    part.failed = !got;
    if (!got)
        co_return;
    part.grant = got->grant;
    part.may_fill = got->state == acquired_state::leased || got->state == acquired_state::stale;
    if (got->found && !unreadable)
        self->accept(*flight, *got->found, false, part);
    part.over = part.answered && !part.may_fill; // someone else is refreshing it
}

// Takes over what the storage has: as the answer, or as what to fall back on.
template <class R, class... Args>
void function_core<R, Args...>::accept(flight_type& flight, const stored_entry& found, bool fresh,
                                       stored_part& part)
{
    auto value = decoded(found);
    if (!value)
        return;
    const auto loaded = now() - found.age;
    if (!fresh) {
        flight.look_back(std::make_shared<const R>(*value), found.validator, found.tags, loaded);
        if (!flight.terms.max_age)
            part.answered =
                flight.deliver(answer<R>(*std::move(value), source::stale, found.age), found.tags);
        return;
    }
    if (near_ && flight.terms.stores) {
        load_context::said said;
        said.tags = found.tags;
        said.validator = found.validator;
        auto kept = near_of(*value, flight.captured, said, part.ticket);
        kept.loaded = loaded;
        ttl lasting = settings_.near_ttl;
        if (found.fresh_for && (!lasting.is_finite() || *found.fresh_for < lasting.span()))
            lasting = *found.fresh_for;
        if (!near_->is_vouched(part.ticket))
            lasting = std::chrono::milliseconds(0);
        keep_near(flight, std::move(kept), lasting);
    }
    part.over = part.answered = true;
    flight.deliver(answer<R>(*std::move(value), source::storage, found.age), found.tags);
}

template <class R, class... Args>
std::optional<R> function_core<R, Args...>::decoded(const stored_entry& found)
{
    if constexpr (has_codec<R>) {
        const bool same = found.codec == codec<R>::id && found.schema == codec<R>::schema;
        try {
            if (same)
                return codec<R>::decode(found.payload);
        } catch (const boost::system::system_error&) { // counted below
        }
        count(counters.undecodable);
    }
    return std::nullopt;
}

// The arguments stay in the flight for as long as the loader runs.
template <class R, class... Args>
asio::awaitable<R> function_core<R, Args...>::invoke(load_context& context,
                                                     const flight_type& flight)
{
    return std::apply([&](const Args&... a) { return load_(context, a...); }, flight.args());
}

// The value goes into the storage, or the right to store it goes back.
template <class R, class... Args>
asio::awaitable<void> function_core<R, Args...>::settle(ptr self, flight_ptr flight,
                                                        stored_part& part, loaded_part& loaded)
{
    auto made = loaded.wanted && part.may_fill ? self->entry_of(loaded) : std::nullopt;
    flight->made = &loaded.value;
    flight->made_tags = &loaded.said.tags;
    if (made) {
        const coherence_ticket before = self->ticket_for(part.key);
        auto filling = self->fill(part.key, part.grant, *std::move(made));
        loaded.filled(co_await std::move(filling), before);
    } else if (part.grant) {
        auto giving = self->give_up(part.key, part.grant);
        co_await std::move(giving);
    }
    flight->made = nullptr;
}

// Whether a value is to be stored. Where a storage said that nobody may, the near tier may not
// either. With a zero time to live "stored" means that what was there goes.
template <class R, class... Args>
void function_core<R, Args...>::decide(flight_type& flight, const stored_part& part,
                                       loaded_part& loaded)
{
    loaded.vouched = !settings_.store || part.failed;
    loaded.wanted = flight.terms.stores && loaded.said.store &&
                    !settings_.time.reached(flight.deadline()) &&
                    (!store_if_ || store_if_(loaded.value));
    if (!loaded.wanted || loaded.lasting.is_zero())
        count(counters.declined);
    if (!loaded.wanted)
        return;
    if (settings_.store) { // else `keep_near` finds out
        const std::lock_guard lock(flights_.at(flight.hash()).mutex);
        loaded.poisoned = flight.poisoned;
        flight.settling = true;
    }
    loaded.lost = !loaded.poisoned && settings_.store && !part.may_fill && !part.failed;
    loaded.wanted = !loaded.poisoned && !loaded.lost;
}

// What came out of a load: into the near tier, unless something says no, and to those who wait.
template <class R, class... Args>
void function_core<R, Args...>::deliver(flight_type& flight, loaded_part loaded)
{
    tell(event_kind::load, nullptr, loaded.took);
    bool kept = loaded.wanted && !loaded.lost;
    if (kept && near_) {
        auto near = near_of(loaded.value, flight.captured, loaded.said, loaded.ticket);
        ttl lasting = near_lifetime(near, loaded.lasting, grace(loaded.said));
        if (!near_->is_vouched(loaded.ticket))
            lasting = std::chrono::milliseconds(0); // what was there goes
        kept = keep_near(flight, std::move(near), lasting);
        loaded.poisoned = !kept;
    } else if (kept && errors_) {
        errors_->invalidate(flight.call());
    }
    if (flight.running()) // else its callers have it already, see `overdue`
        flight.doubtful = is_lenient() ? loaded.lost : !loaded.vouched;
    if (loaded.lost)
        count(counters.lease_lost);
    if (loaded.poisoned) {
        count(counters.poisoned);
        tell(event_kind::poisoned);
    }
    if (kept && !loaded.lasting.is_zero()) {
        count(counters.stored);
        tell(event_kind::stored);
    }
    answer<R> made(std::move(loaded.value), source::load, std::chrono::milliseconds(0));
    flight.deliver(std::move(made), std::move(loaded.said.tags));
}

template <class R, class... Args>
near_value<R> function_core<R, Args...>::near_of(const R& value, std::uint64_t captured,
                                                 const load_context::said& said,
                                                 const coherence_ticket& ticket) const
{
    near_value<R> made(value);
    made.captured = captured;
    made.loaded = now();
    const bool graced = said.grace && !settings_.store;
    if (!said.tags.empty() || !said.validator.empty() || graced || settings_.near_coherent) {
        auto extras = std::make_shared<near_extras>();
        extras->tags = said.tags;
        extras->validator = said.validator;
        extras->ticket = ticket;
        if (graced)
            extras->grace = said.grace;
        made.extras = std::move(extras);
    }
    return made;
}

// How long the near tier keeps an entry, and from when on it is stale: grace is the storage's
// business where there is one.
template <class R, class... Args>
ttl function_core<R, Args...>::near_lifetime(near_value<R>& value, ttl lifetime,
                                             std::chrono::milliseconds grace) const
{
    if (settings_.store) {
        const ttl most = settings_.near_ttl;
        if (!most.is_finite() || (lifetime.is_finite() && lifetime.span() < most.span()))
            return lifetime;
        return most;
    }
    if (!lifetime.is_finite() || lifetime.is_zero() || grace.count() == 0)
        return lifetime;
    value.fresh_until = later(value.loaded, lifetime.span());
    constexpr auto longest = std::chrono::milliseconds(std::chrono::years(100));
    if (lifetime.span() > longest || grace > longest)
        return ttl::never();
    return lifetime.span() + grace;
}

// The one place where loads reach the near tier. Under the shard's mutex an invalidation has either
// poisoned the flight before, or erases the entry after.
template <class R, class... Args>
bool function_core<R, Args...>::keep_near(flight_type& flight, near_value<R> value, ttl kept)
{
    const typename near_type::removals dropped(*near_);
    const std::lock_guard lock(flights_.at(flight.hash()).mutex);
    if (flight.poisoned)
        return false;
    if (kept.is_zero())
        near_->erase(flight.call());
    else
        near_->put(flight.call(), std::move(value), kept);
    if (errors_)
        errors_->invalidate(flight.call());
    return true;
}

// Absent if the codec refuses the value: it is delivered all the same, and not stored.
template <class R, class... Args>
std::optional<entry> function_core<R, Args...>::entry_of(const loaded_part& loaded)
{
    try {
        return encoded(loaded);
    } catch (...) {
        count(counters.storage_errors);
        tell(event_kind::storage_error, std::current_exception());
        return std::nullopt;
    }
}

template <class R, class... Args>
entry function_core<R, Args...>::encoded(const loaded_part& loaded) const
{
    entry made;
    if constexpr (has_codec<R>) {
        made.payload = codec<R>::encode(loaded.value);
        made.codec = codec<R>::id;
        made.schema = codec<R>::schema;
    }
    made.lifetime = loaded.lasting;
    made.grace = grace(loaded.said);
    made.cost = std::chrono::duration_cast<std::chrono::microseconds>(loaded.took);
    made.version = loaded.said.version;
    made.validator = loaded.said.validator;
    made.tags = loaded.said.tags;
    return made;
}

// A stale value that may still serve comes before the error.
template <class R, class... Args>
void function_core<R, Args...>::failed(flight_type& flight, const std::exception_ptr& failure)
{
    if (!flight.running() && settings_.time.reached(flight.deadline()))
        return; // `overdue` has said so
    count(counters.loads_failed);
    tell(event_kind::error, failure);
    // No tag moved, so it is as good as when it was found.
    const bool fallback = flight.previous && !flight.terms.max_age &&
                          flight.captured == flight.where().markers().sequence();
    if (fallback) {
        answer<R> stale(*flight.previous, source::stale, age_since(flight.previous_loaded));
        flight.deliver(std::move(stale), {});
        return;
    }
    remember(flight, failure);
    flight.fail(failure);
}

template <class R, class... Args>
void function_core<R, Args...>::remember(flight_type& flight, const std::exception_ptr& failure)
{
    if (!errors_ || !flight.terms.stores || is_cancellation(failure))
        return;
    const std::lock_guard lock(flights_.at(flight.hash()).mutex);
    if (!flight.poisoned && !flight.where().was_cleared_since(flight.captured))
        errors_->put(near_key<Args...>::of(flight.call()), failure, error_lifetime());
}

template <class R, class... Args>
void function_core<R, Args...>::overdue(flight_type& flight) noexcept
{
    if (flight.made) { // loaded in time, and the storage hangs: not the callers' problem
        flight.deliver(answer<R>(*flight.made, source::load, std::chrono::milliseconds(0)),
                       *flight.made_tags);
        return;
    }
    const boost::system::system_error late(errc::load_timeout, "cached function '" + name() + "'");
    if (flight.fail(std::make_exception_ptr(late)))
        count(counters.loads_failed);
    flight.request_cancel();
}

} // namespace coffer::detail
