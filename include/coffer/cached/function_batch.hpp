// SPDX-License-Identifier: BSL-1.0
// Bodies of function_core: the one load of many keys.
#pragma once

#include <coffer/cached/function_core.hpp>

namespace coffer::detail {

template <class R, class... Args>
auto function_core<R, Args...>::make_batch(const asio::any_io_executor& executor,
                                           std::shared_ptr<const load_link> parent) -> batch_ptr
{
    auto batch = std::make_shared<batch_run>();
    batch->link = std::make_shared<batch_link<Args...>>(std::move(parent), nullptr, &flights_);
    const auto& where = settings_.executor ? settings_.executor : executor;
    batch->executor = linked_strand(underlying(where), batch->link);
    batch->deadline = later(now(), settings_.load_deadline);
    return batch;
}

// As `begin`, but what is to be loaded goes into the batch. Never inside a transaction.
template <class R, class... Args>
auto function_core<R, Args...>::begin_in_batch(const request& asked, batch_run& batch) -> begun
{
    begun step;
    const std::size_t hash = hash_of(asked.call());
    auto terms = shared_terms(asked);
    terms.cancellable = false; // it would stop the others
    terms.stores = asked.terms.stores();
    terms.shared = terms.shared && terms.stores;
    try {
        auto& shard = flights_.at(hash);
        const std::lock_guard lock(shard.mutex);
        const sight seen = look_near(asked);
        if (terms.stores || seen.state == near_type::freshness::fresh)
            answer_from(seen, asked, step);
        const bool fresh = step.ready && step.ready->source() == source::near_tier;
        if (!fresh && (step.ready || terms.shared))
            step.flight = joinable(shard, asked, hash, terms);
        if (!fresh && !step.flight)
            launch(step, seen, asked, [&] {
                step.flight = add_flight(asked, hash, terms, batch);
                if (terms.stores)
                    shard.insert(step.flight);
            });
        take_part(step, asked);
    } catch (...) {
        count(counters.errors);
        throw;
    }
    note_begin(step);
    return step;
}

template <class R, class... Args>
auto function_core<R, Args...>::add_flight(const request& asked, std::size_t hash,
                                           flight_terms terms, batch_run& batch) -> flight_ptr
{
    auto link = std::make_shared<const call_link<Args...>>(nullptr, nullptr, this, *asked.where,
                                                           asked.args);
    batch.link->add(link);
    auto flight = std::make_shared<flight_type>(std::move(link), hash, terms, settings_.time,
                                                batch.deadline, batch.executor, batch.link);
    flight->number = ++launched_;
    batch.ends.emplace_back(this->shared_from_this(), flight);
    batch.flights.push_back(flight);
    return flight;
}

template <class R, class... Args>
void function_core<R, Args...>::start_batch(batch_ptr batch, background::place counted)
{
    auto self = this->shared_from_this();
    auto work = run_batch(self, batch, std::move(counted), std::move(batch->ends));
    const auto spawn = [&] {
        asio::co_spawn(
            batch->executor, std::move(work),
            asio::bind_cancellation_slot(batch->signal.slot(), [batch](std::exception_ptr) {}));
        push_step(batch->executor, [self, batch] { self->limit_batch(batch); });
    };
    begin_in(batch->executor, std::ref(spawn));
}

// As `limit`.
template <class R, class... Args>
void function_core<R, Args...>::limit_batch(const batch_ptr& batch)
{
    if (batch->flights.empty() || batch->flights.front()->landed())
        return;
    const auto late = [self = this->shared_from_this(), weak = std::weak_ptr(batch)] {
        const auto running = weak.lock();
        if (!running)
            return;
        for (const auto* all : {&running->flights, &running->busy})
            for (const auto& flight : *all)
                self->overdue(*flight);
        running->signal.emit(asio::cancellation_type::terminal); // on its own strand
    };
    const auto executor = batch->executor;
    batch->limit.emplace(underlying(executor), settings_.time);
    batch->limit->start(batch->deadline, [executor, late] { push_step(executor, late); });
}

template <class R, class... Args>
asio::awaitable<void> function_core<R, Args...>::run_batch(ptr self, batch_ptr batch,
                                                           background::place, std::vector<landing>)
{
    std::exception_ptr failure;
    try {
        co_await next_turn(batch->executor); // off its starter's stack
        batch->patience = later(self->now(), self->settings_.lease_wait);
        for (;;) {
            auto asking = ask_storage_many(self, batch);
            co_await std::move(asking);
            if (!batch->flights.empty()) {
                auto loading = load_many(self, batch);
                co_await std::move(loading);
            }
            if (batch->busy.empty())
                break;
            auto waiting = next_round(self, batch);
            co_await std::move(waiting);
        }
    } catch (...) {
        failure = std::current_exception();
    }
    batch->limit.reset();
    if (!failure)
        co_return;
    for (const auto* all : {&batch->flights, &batch->busy})
        for (const auto& flight : *all)
            if (flight->running())
                self->failed(*flight, failure);
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    for (const auto& part : batch->parts)
        if (part.grant) {
            auto giving = self->give_up(part.key, part.grant);
            co_await std::move(giving);
        }
}

// Whether a key is to wait for the load of another process. Meanwhile the others are loaded: they
// have leases, for which somebody may wait elsewhere.
template <class R, class... Args>
bool function_core<R, Args...>::set_aside(batch_run& batch, const flight_ptr& flight,
                                          const std::optional<acquired>& got)
{
    const bool busy = got && got->state == acquired_state::busy && !got->found;
    if (!busy || now() >= batch.patience)
        return false;
    if (batch.busy.empty() || got->retry_after < batch.pause)
        batch.pause =
            std::max<std::chrono::milliseconds>(std::chrono::milliseconds(1), got->retry_after);
    batch.busy.push_back(flight);
    return true;
}

// Waits until it may be worth asking for the busy keys again, and makes them the batch.
template <class R, class... Args>
asio::awaitable<void> function_core<R, Args...>::next_round(ptr self, batch_ptr batch)
{
    batch->parts.clear(); // whatever was granted is used up
    batch->flights = std::exchange(batch->busy, {});
    co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    if (self->settings_.time.reached(batch->deadline)) // which may have passed unheard
        raise(errc::load_timeout, self->name());
    if (batch->waker) {
        const auto again = std::min(batch->patience, later(self->now(), batch->pause));
        co_await batch->waker->wait_until(self->settings_.time, again);
    }
    batch->waker.emplace(); // only who has to wait asks to be woken
}

// What the storage answers goes; what is to be loaded stays in the batch.
template <class R, class... Args>
asio::awaitable<void> function_core<R, Args...>::ask_storage_many(ptr self, batch_ptr batch)
{
    batch->parts.resize(batch->flights.size());
    if (!self->settings_.store)
        co_return;
    const bool as_one = batch->flights.front()->terms.stores;
    std::vector<std::optional<acquired>> got;
    if (as_one) {
        auto acquiring = acquire_many(self, batch);
        got = co_await std::move(acquiring);
    }
    std::vector<flight_ptr> open;
    std::vector<stored_part> parts;
    for (std::size_t i = 0; i < batch->flights.size(); ++i) {
        if (as_one && self->set_aside(*batch, batch->flights[i], got[i]))
            continue;
        auto asking = as_one ? use(self, batch->flights[i], batch->parts[i], std::move(got[i]))
                             : ask_storage(self, batch->flights[i], batch->parts[i]);
        co_await std::move(asking);
        if (batch->parts[i].over)
            continue;
        open.push_back(batch->flights[i]);
        parts.push_back(batch->parts[i]); // not moved: if the next one fails, its lease goes back
    }
    batch->flights = std::move(open);
    batch->parts = std::move(parts);
}

// One trip to the storage for all keys; absent for each if it fails.
template <class R, class... Args>
asio::awaitable<std::vector<std::optional<acquired>>>
function_core<R, Args...>::acquire_many(ptr self, batch_ptr batch)
{
    std::vector<storage_key> keys;
    for (std::size_t i = 0; i < batch->flights.size(); ++i) {
        batch->parts[i].key = self->key_of(batch->flights[i]->where(), batch->flights[i]->args());
        keys.push_back(batch->parts[i].key);
        batch->parts[i].ticket = self->ticket_for(keys.back());
    }
    auto asking =
        self->acquire_all(std::move(keys), batch->flights.front()->terms.max_age, batch->waker);
    auto found = co_await std::move(asking);
    std::vector<std::optional<acquired>> got(std::make_move_iterator(found.begin()),
                                             std::make_move_iterator(found.end()));
    got.resize(batch->flights.size());
    co_return got;
}

template <class R, class... Args>
asio::awaitable<void> function_core<R, Args...>::load_many(ptr self, batch_ptr batch)
{
    std::vector<batch_key> keys;
    for (const auto& flight : batch->flights)
        keys.push_back(batch_key_of(flight->args()));
    running_load running(self->counters);
    const auto began = self->now();
    std::vector<outcome<R>> values;
    std::exception_ptr failure;
    try {
        auto loading = self->batch_(std::move(keys));
        values = co_await std::move(loading);
        if (values.size() != batch->flights.size())
            throw std::length_error("coffer: the batch loader of '" + self->name() + "' returned " +
                                    std::to_string(values.size()) + " values for " +
                                    std::to_string(batch->flights.size()) + " keys");
    } catch (...) {
        failure = std::current_exception();
    }
    running.end();
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    const auto took = self->now() - began;
    auto loaded = std::make_shared<std::vector<std::optional<loaded_part>>>();
    for (std::size_t i = 0; i < batch->flights.size(); ++i) {
        loaded->emplace_back();
        const auto lost = failure ? failure : values[i].error();
        if (lost)
            self->failed(*batch->flights[i], lost);
        else
            loaded->back() = self->taken(*batch->flights[i], batch->parts[i],
                                         std::move(values[i]).value(), took);
    }
    for (std::size_t i = 0; i < loaded->size(); ++i)
        if (const auto& one = (*loaded)[i]) {
            batch->flights[i]->made = &one->value;
            batch->flights[i]->made_tags = &one->said.tags;
        }
    auto filling = fill_many(self, batch, loaded);
    co_await std::move(filling);
}

template <class R, class... Args>
auto function_core<R, Args...>::taken(flight_type& flight, const stored_part& part, R value,
                                      std::chrono::nanoseconds took) -> loaded_part
{
    loaded_part loaded(*this, std::move(value), load_context::said(), took);
    decide(flight, part, loaded);
    return loaded;
}

// One trip to the storage for all values; then each goes its way. What failed drops only its own
// lease.
template <class R, class... Args>
asio::awaitable<void> function_core<R, Args...>::fill_many(
    ptr self, batch_ptr batch, std::shared_ptr<std::vector<std::optional<loaded_part>>> loaded)
{
    std::vector<std::size_t> filled;
    std::vector<storage_key> keys;
    std::vector<lease> grants;
    std::vector<entry> values;
    std::vector<coherence_ticket> tickets;
    for (std::size_t i = 0; i < loaded->size(); ++i) {
        const auto& part = batch->parts[i];
        const auto& one = (*loaded)[i];
        auto made = one && one->wanted && part.may_fill ? self->entry_of(*one) : std::nullopt;
        if (made) {
            filled.push_back(i);
            keys.push_back(part.key);
            grants.push_back(part.grant);
            values.push_back(*std::move(made));
            tickets.push_back(self->ticket_for(part.key));
        } else if (part.grant) {
            auto giving = self->give_up(part.key, part.grant);
            co_await std::move(giving);
        }
    }
    if (!filled.empty()) {
        auto filling = self->fill_all(std::move(keys), std::move(grants), std::move(values));
        const auto states = co_await std::move(filling);
        for (std::size_t n = 0; n < filled.size() && n < states.size(); ++n)
            (*loaded)[filled[n]]->filled(states[n], tickets[n]);
    }
    for (std::size_t i = 0; i < loaded->size(); ++i)
        if ((*loaded)[i]) {
            batch->flights[i]->made = nullptr;
            self->deliver(*batch->flights[i], *std::move((*loaded)[i]));
        }
}

} // namespace coffer::detail
