// SPDX-License-Identifier: BSL-1.0
// Bodies of function_core: a call that missed.
#pragma once

#include <coffer/cached/function_core.hpp>

namespace coffer::detail {

template <class R, class... Args>
template <class Result, class Executor>
asio::awaitable<Result, Executor> function_core<R, Args...>::obtain(ptr self, request asked)
{
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    const auto until =
        asked.terms.limited() ? later(self->now(), asked.terms.time()) : clock::steady_time::max();
    const std::uint64_t since = self->launched_;
    for (bool abandoned = false, again = false;; again = true) {
        if (again) {
            const auto state = co_await asio::this_coro::cancellation_state;
            self->throw_if_cancelled(state.cancelled());
        }
        begun step = self->begin(asked, executor);
        if (step.ready)
            co_return given<Result>(*std::move(step.ready));
        seat place_in(*self, step.flight);
        flight_wait wait(step.flight);
        if (asked.terms.limited())
            wait.until(executor, self->settings_.time, until);
        const wake why = co_await wait.park();
        switch (why) {
        case wake::done:
            if (self->outdated(step, since))
                continue;
            co_return given<Result>(self->answer_of(step.started, step.flight->result()));
        case wake::left:
            count(self->counters.cancelled);
            throw boost::system::system_error(asio::error::operation_aborted);
        case wake::timeout:
            count(self->counters.errors);
            raise(errc::timeout, self->name());
        case wake::abandoned:
            if (!std::exchange(abandoned, true))
                continue; // its context went; ours is alive, so the load runs here
            count(self->counters.errors);
            raise(errc::abandoned, self->name());
        }
    }
}

template <class R, class... Args>
auto function_core<R, Args...>::begin(const request& asked, const asio::any_io_executor& executor)
    -> begun
{
    try {
        require_open();
        const auto parent = current_load(executor);
        if (parent)
            refuse_recursion(parent.get(), asked.call());
        auto scope = asked.scope;
        if (!scope && parent)
            scope = parent->scope();
        if (scope || !asked.terms.stores())
            return begin_alone(asked, executor, parent, std::move(scope));
        return begin_shared(asked, executor, parent);
    } catch (...) {
        count(counters.errors);
        throw;
    }
}

// What arrived while the caller was on its way from one load to the next.
template <class R, class... Args>
void function_core<R, Args...>::throw_if_cancelled(asio::cancellation_type how)
{
    if (how == asio::cancellation_type::none)
        return;
    count(counters.cancelled);
    throw boost::system::system_error(asio::error::operation_aborted);
}

template <class R, class... Args>
void function_core<R, Args...>::refuse_recursion(const load_link* chain, const ref& call) const
{
    for (; chain; chain = chain->parent()) {
        bool same = false;
        if (chain->over())
            continue; // its function may be gone as well
        if (chain->function() == this)
            same = call_equal()(static_cast<const call_link<Args...>*>(chain)->call(), call);
        else if (chain->function() == &flights_)
            same = static_cast<const batch_link<Args...>*>(chain)->loads(call);
        if (same)
            raise(errc::recursive_load, name());
    }
}

template <class R, class... Args>
auto function_core<R, Args...>::make_flight(const request& asked, std::size_t hash,
                                            flight_terms terms,
                                            const asio::any_io_executor& executor,
                                            std::shared_ptr<const load_link> parent,
                                            std::shared_ptr<const transaction_scope> scope)
    -> flight_ptr
{
    refuse_overload();
    auto link = std::make_shared<const call_link<Args...>>(std::move(parent), std::move(scope),
                                                           this, *asked.where, asked.args);
    const auto& where = settings_.executor ? settings_.executor : executor;
    auto strand = linked_strand(underlying(where), link);
    const auto deadline = later(now(), settings_.load_deadline);
    auto flight = std::make_shared<flight_type>(link, hash, terms, settings_.time, deadline,
                                                std::move(strand), link);
    flight->number = ++launched_;
    return flight;
}

template <class R, class... Args>
auto function_core<R, Args...>::look_near(const request& asked) -> sight
{
    sight seen;
    seen.sequence = asked.where->markers().sequence();
    if (near_)
        seen.state = near_->look(
            asked.call(), asked.terms,
            [&](const near_value<R>& entry) {
                seen.value = std::make_shared<const R>(entry.value);
                seen.loaded = entry.loaded;
                if (entry.extras) {
                    seen.validator = entry.extras->validator;
                    seen.tags = entry.extras->tags;
                }
            },
            near_type::freshness::stale);
    return seen;
}

template <class R, class... Args>
flight_terms function_core<R, Args...>::shared_terms(const request& asked) const
{
    flight_terms terms;
    terms.shared = shares() && !asked.refresh;
    if (asked.refresh)
        terms.max_age = std::chrono::milliseconds(0);
    else if (!asked.terms.any_age())
        terms.max_age = asked.terms.max_age();
    return terms;
}

// Precondition: the caller holds the shard's mutex.
template <class R, class... Args>
auto function_core<R, Args...>::joinable(typename table::shard& shard, const request& asked,
                                         std::size_t hash, const flight_terms& terms) const
    -> flight_ptr
{
    const ref call = asked.call();
    return shard.find(typename table::template probe<ref>{call, hash}, [&](const flight_type& f) {
        const bool young =
            !terms.max_age || (f.terms.max_age && *f.terms.max_age <= *terms.max_age);
        return young && !f.where().was_cleared_since(f.captured) && f.joinable();
    });
}

// Whether the load that was joined turned out to be of no use to a call that began when there were
// `since` flights.
//
// Another process may have invalidated the key before a late joiner came. A load proves the
// contrary by a fill that began after that; what was read from the storage proves nothing, except
// to a near tier that lets such things go unseen for a time anyway.
//
// And which tags a value will have is not known when its load is joined: who joined after some tag
// was bumped takes the value only if it is none of its tags.
template <class R, class... Args>
bool function_core<R, Args...>::outdated(const begun& step, std::uint64_t since) const
{
    const auto& flight = *step.flight;
    const auto& result = flight.result();
    const bool read = result && settings_.store && result.value().source() != source::load;
    const bool unproved = settings_.store && !is_lenient() && (read || step.settling);
    if (flight.number <= since && (flight.doubtful || unproved))
        return true;
    return step.late && flight.where().markers().judge(flight.captured, flight.tags()) !=
                            tag_markers::verdict::valid;
}

// Precondition: the load to come is counted already.
template <class R, class... Args>
void function_core<R, Args...>::refuse_overload() const
{
    if (tasks.running() > settings_.max_loads)
        raise(errc::overloaded, name());
}

template <class R, class... Args>
auto function_core<R, Args...>::begin_shared(const request& asked,
                                             const asio::any_io_executor& executor,
                                             const std::shared_ptr<const load_link>& parent)
    -> begun
{
    begun step;
    const std::size_t hash = hash_of(asked.call());
    auto& shard = flights_.at(hash);
    {
        const std::lock_guard lock(shard.mutex);
        const sight seen = look_near(asked);
        auto terms = shared_terms(asked);
        answer_from(seen, asked, step);
        terms.cancellable = !step.ready;
        const bool fresh = step.ready && step.ready->source() == source::near_tier;
        if (!fresh && (step.ready || terms.shared))
            step.flight = joinable(shard, asked, hash, terms);
        if (!fresh && !step.flight)
            launch(step, seen, asked, [&] {
                step.counted.emplace(tasks.enter());
                step.flight = make_flight(asked, hash, terms, executor, parent, nullptr);
                shard.insert(step.flight);
            });
        take_part(step, asked);
    }
    finish_begin(step, parent);
    return step;
}

// What the near tier has, if that is an answer: a fresh one (a load ended between the caller's look
// and this one), or a stale one.
template <class R, class... Args>
void function_core<R, Args...>::answer_from(const sight& seen, const request& asked,
                                            begun& step) const
{
    const bool stale = seen.state == near_type::freshness::stale && asked.terms.any_age();
    if (asked.refresh || (!stale && seen.state != near_type::freshness::fresh))
        return;
    step.ready.emplace(*seen.value, stale ? source::stale : source::near_tier,
                       age_since(seen.loaded));
}

// Starts a flight by `make`. The refresh of a stale entry that is an answer already may fail to
// start.
template <class R, class... Args>
template <class Make>
void function_core<R, Args...>::launch(begun& step, const sight& seen, const request& asked,
                                       Make make)
{
    try {
        if (!step.ready)
            throw_remembered(asked);
        make();
        // Else what was seen may have been invalidated since, unknown to those who join.
        if (seen.value && step.flight->captured == seen.sequence)
            step.flight->look_back(seen.value, seen.validator, seen.tags, seen.loaded);
        step.started = true;
    } catch (...) {
        step.counted.reset();
        step.flight.reset();
        if (!step.ready)
            throw;
    }
}

// Counts the caller in, unless it has an answer. Precondition: the caller holds the shard's mutex.
template <class R, class... Args>
void function_core<R, Args...>::take_part(begun& step, const request& asked) const
{
    if (step.ready)
        return;
    step.flight->enter();
    step.late = step.flight->captured != asked.where->markers().sequence();
    step.settling = step.flight->settling;
}

// Precondition: the flight was entered, unless the step is ready; no lock is held.
template <class R, class... Args>
void function_core<R, Args...>::finish_begin(begun& step,
                                             const std::shared_ptr<const load_link>& parent)
{
    note_begin(step);
    if (step.counted)
        start(step.flight, *std::exchange(step.counted, std::nullopt));
    if (parent && !step.ready && !step.edge.connect(parent, *step.flight)) {
        left(step.flight);
        raise(errc::recursive_load, name());
    }
}

// Counts an answer that is there already; tells how the call begins.
template <class R, class... Args>
void function_core<R, Args...>::note_begin(const begun& step) noexcept
{
    if (!step.ready)
        return tell(step.started ? event_kind::miss : event_kind::joined);
    const bool stale = step.ready->source() == source::stale;
    count(stale ? counters.stale : counters.hits);
    tell(stale ? event_kind::stale : event_kind::hit);
}

// A load that nobody shares and that stores nothing: in a transaction, or because the caller says
// so.
template <class R, class... Args>
auto function_core<R, Args...>::begin_alone(const request& asked,
                                            const asio::any_io_executor& executor,
                                            const std::shared_ptr<const load_link>& parent,
                                            std::shared_ptr<const transaction_scope> scope) -> begun
{
    begun step;
    const bool touched = scope && touched_in(*scope, asked);
    if (near_ && !touched && !asked.refresh) {
        const sight seen = look_near(asked);
        if (seen.state == near_type::freshness::fresh) {
            step.ready.emplace(*seen.value, source::near_tier, age_since(seen.loaded));
            note_begin(step);
            return step;
        }
    }
    flight_terms terms = shared_terms(asked);
    terms.shared = terms.stores = false;
    terms.asks_storage = !touched && !asked.refresh;
    step.counted.emplace(tasks.enter());
    step.flight =
        make_flight(asked, hash_of(asked.call()), terms, executor, parent, std::move(scope));
    step.started = true;
    step.flight->enter();
    finish_begin(step, parent);
    return step;
}

template <class R, class... Args>
void function_core<R, Args...>::throw_remembered(const request& asked)
{
    if (!errors_ || asked.refresh)
        return;
    if (const auto failure = errors_->get(asked.call()))
        std::rethrow_exception(*failure);
}

template <class R, class... Args>
bool function_core<R, Args...>::touched_in(const transaction_scope& scope,
                                           const request& asked) const
{
    const place& where = *asked.where;
    return scope.touches(key_of(where, asked.args).text(), touch_group(where)) ||
           scope.touches({}, where.path.space());
}

template <class R, class... Args>
void function_core<R, Args...>::left(const flight_ptr& flight) noexcept
{
    if (!settings_.cancel_abandoned || !flight->terms.cancellable) {
        flight->exit();
        return;
    }
    // Under the mutex under which others join: from here on a newcomer starts a new one. It stays
    // registered, for it may not listen, and come to its end.
    const std::lock_guard lock(flights_.at(flight->hash()).mutex);
    if (flight->exit())
        flight->request_cancel();
}

template <class R, class... Args>
void function_core<R, Args...>::unregister(const flight_ptr& flight) noexcept
{
    auto& shard = flights_.at(flight->hash());
    const std::lock_guard lock(shard.mutex);
    shard.erase(*flight);
}

} // namespace coffer::detail
