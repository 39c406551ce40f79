// SPDX-License-Identifier: BSL-1.0
// Bodies of function_core: many keys in one call.
#pragma once

#include <coffer/cached/function_core.hpp>

#include <unordered_map>

namespace coffer::detail {

/// The loads that one `get_many` starts, run by one coroutine.
template <class R, class... Args>
class function_core<R, Args...>::batch_run {
public:
    asio::any_io_executor executor;
    std::shared_ptr<const load_link> link;
    clock::steady_time deadline;
    std::vector<flight_ptr> flights;
    std::vector<std::shared_ptr<stored_part>> parts; // as `flights`
    asio::cancellation_signal signal;
    std::optional<timer> limit;
};

/// The keys of one `get_many` and what became of each; two equal keys are one.
template <class R, class... Args>
class function_core<R, Args...>::many {
public:
    many(const place& where, std::vector<arguments> all, call_terms terms,
         const std::shared_ptr<const transaction_scope>& scope)
        : first_(all.size())
    {
        std::unordered_map<ref, std::size_t, call_hash, call_equal> seen;
        asked.reserve(all.size());
        for (std::size_t i = 0; i < all.size(); ++i) {
            asked.emplace_back(where, std::move(all[i]), terms);
            asked.back().scope = scope;
            first_[i] = seen.try_emplace(asked[i].call(), i).first->second;
        }
        results.resize(asked.size());
    }

    bool is_first(std::size_t i) const noexcept { return first_[i] == i; }

    std::vector<outcome<R>> in_order() const
    {
        std::vector<outcome<R>> all;
        all.reserve(asked.size());
        for (const std::size_t at : first_)
            all.push_back(*results[at]);
        return all;
    }

    std::vector<request> asked;
    std::vector<std::optional<outcome<R>>> results; // of first ones only

private:
    std::vector<std::size_t> first_; // of the keys equal to each
};

template <class R, class... Args>
asio::awaitable<std::vector<outcome<R>>>
function_core<R, Args...>::obtain_many(ptr self, const place& where, std::vector<arguments> all,
                                       call_terms terms,
                                       std::shared_ptr<const transaction_scope> scope)
{
    self->require_open();
    const auto keys = std::make_shared<many>(where, std::move(all), terms, scope);
    std::vector<std::size_t> missing;
    for (std::size_t i = 0; i < keys->asked.size(); ++i) {
        if (!keys->is_first(i))
            continue;
        const auto take = [&](const near_value<R>& entry) {
            keys->results[i].emplace(entry.value);
        };
        const bool bypass = scope && self->touched_in(*scope, keys->asked[i]);
        if (bypass || !self->hit(keys->asked[i].call(), terms, take))
            missing.push_back(i);
    }
    if (!missing.empty()) {
        auto loading = self->batch_ && !scope ? join_batch(self, keys, std::move(missing))
                                              : join_each(self, keys, std::move(missing));
        co_await std::move(loading);
    }
    co_return keys->in_order();
}

// One batch load for the keys that nobody loads yet; the others are joined.
template <class R, class... Args>
asio::awaitable<void> function_core<R, Args...>::join_batch(ptr self, std::shared_ptr<many> keys,
                                                            std::vector<std::size_t> missing)
{
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    const auto parent = current_load(executor);
    auto counted = self->tasks.enter();
    const auto batch = self->make_batch(executor, parent);
    std::vector<std::shared_ptr<begun>> steps;
    std::vector<std::unique_ptr<seat>> seats;
    for (const std::size_t i : missing) {
        steps.push_back(std::make_shared<begun>(self->begin_in_batch(keys->asked[i], batch)));
        if (steps.back()->flight)
            seats.push_back(std::make_unique<seat>(*self, steps.back()->flight));
    }
    if (!batch->flights.empty())
        self->start_batch(batch, std::move(counted));
    for (const auto& step : steps)
        if (parent && step->flight && !step->edge.connect(parent, *step->flight))
            raise(errc::recursive_load, self->name());
    for (std::size_t n = 0; n < missing.size(); ++n) {
        auto waiting = result_of(self, keys->asked[missing[n]], steps[n]);
        keys->results[missing[n]].emplace(co_await std::move(waiting));
    }
}

// Without a batch loader: some loads at a time.
template <class R, class... Args>
asio::awaitable<void> function_core<R, Args...>::join_each(ptr self, std::shared_ptr<many> keys,
                                                           std::vector<std::size_t> missing)
{
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    std::vector<std::shared_ptr<begun>> steps;
    std::vector<std::unique_ptr<seat>> seats;
    for (std::size_t n = 0; n < missing.size(); ++n) {
        const auto ahead = std::min(missing.size(), n + self->settings_.batch_parallel);
        while (steps.size() < ahead) {
            const request& asked = keys->asked[missing[steps.size()]];
            steps.push_back(std::make_shared<begun>(self->try_begin(asked, executor)));
            if (steps.back()->flight && !steps.back()->ready)
                seats.push_back(std::make_unique<seat>(*self, steps.back()->flight));
        }
        auto waiting = result_of(self, keys->asked[missing[n]], steps[n]);
        keys->results[missing[n]].emplace(co_await std::move(waiting));
    }
}

template <class R, class... Args>
auto function_core<R, Args...>::try_begin(const request& asked,
                                          const asio::any_io_executor& executor) -> begun
{
    try {
        return begin(asked, executor);
    } catch (...) {
        begun failed;
        failed.failure = std::current_exception();
        return failed;
    }
}

// The outcome of one key. Only the caller's own cancellation is thrown.
template <class R, class... Args>
asio::awaitable<outcome<R>> function_core<R, Args...>::result_of(ptr self, request asked,
                                                                 std::shared_ptr<begun> step)
{
    if (step->failure)
        co_return outcome<R>(step->failure);
    if (step->ready)
        co_return outcome<R>(std::move(*step->ready).value());
    flight_wait wait(step->flight);
    if (asked.terms.limited()) {
        const asio::any_io_executor executor = co_await asio::this_coro::executor;
        wait.until(executor, self->settings_.time, later(self->now(), asked.terms.time()));
    }
    const wake why = co_await wait.template park<asio::any_io_executor>();
    if (why == wake::left) {
        count(self->counters.cancelled);
        throw boost::system::system_error(asio::error::operation_aborted);
    }
    if (why == wake::timeout) {
        count(self->counters.errors);
        const boost::system::system_error late(errc::timeout, self->name());
        co_return outcome<R>(std::make_exception_ptr(late));
    }
    if (why == wake::abandoned || self->outdated(*step)) {
        auto again = result_again(self, std::move(asked));
        co_return co_await std::move(again);
    }
    const auto& result = step->flight->result();
    if (!result) {
        count(self->counters.errors);
        co_return outcome<R>(result.error());
    }
    self->count_answer(step->started, result.value().source());
    co_return outcome<R>(result.value().value());
}

// One key by itself, where the common load was of no use to it.
template <class R, class... Args>
asio::awaitable<outcome<R>> function_core<R, Args...>::result_again(ptr self, request asked)
{
    std::exception_ptr failure;
    try {
        auto obtaining = obtain<asio::any_io_executor>(std::move(self), std::move(asked));
        answer<R> got = co_await std::move(obtaining);
        co_return outcome<R>(std::move(got).value());
    } catch (...) {
        failure = std::current_exception();
    }
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none)
        std::rethrow_exception(failure);
    co_return outcome<R>(failure);
}

template <class R, class... Args>
auto function_core<R, Args...>::make_batch(const asio::any_io_executor& executor,
                                           std::shared_ptr<const load_link> parent) -> batch_ptr
{
    auto batch = std::make_shared<batch_run>();
    auto scope = parent ? parent->scope() : nullptr;
    batch->link = std::make_shared<const load_link>(std::move(parent), std::move(scope), nullptr);
    const auto& where = settings_.executor ? settings_.executor : executor;
    batch->executor = linked_strand(underlying(where), batch->link);
    batch->deadline = later(now(), settings_.load_deadline);
    return batch;
}

template <class R, class... Args>
auto function_core<R, Args...>::begin_in_batch(const request& asked, const batch_ptr& batch)
    -> begun
{
    begun step;
    const std::size_t hash = hash_of(asked.call());
    auto& shard = flights_.at(hash);
    auto terms = shared_terms(asked);
    terms.cancellable = false; // it would stop the others
    const auto scope = batch->link->scope();
    terms.stores = asked.terms.stores() && !scope;
    terms.shared = terms.shared && terms.stores;
    const std::lock_guard lock(shard.mutex);
    const sight seen = look_near(asked);
    if (seen.state == near_type::freshness::fresh) {
        count(counters.hits);
        step.ready.emplace(*seen.value, source::near_tier, age_since(seen.loaded));
        return step;
    }
    if (terms.shared)
        step.flight = joinable(shard, asked, hash, terms);
    if (!step.flight) {
        auto link = std::make_shared<const call_link<Args...>>(batch->link, scope, this,
                                                               *asked.where, asked.args);
        step.flight = std::make_shared<flight_type>(std::move(link), hash, terms, settings_.time,
                                                    batch->deadline, batch->executor, batch->link);
        step.flight->look_back(seen.value, seen.validator, seen.loaded);
        step.started = true;
        batch->flights.push_back(step.flight);
        if (terms.stores)
            shard.insert(step.flight);
    }
    step.flight->enter();
    step.late = step.flight->captured != asked.where->markers().sequence();
    return step;
}

template <class R, class... Args>
void function_core<R, Args...>::start_batch(const batch_ptr& batch, background::place counted)
{
    auto self = this->shared_from_this();
    std::vector<landing> ends;
    for (const auto& flight : batch->flights)
        ends.emplace_back(self, flight);
    batch->limit.emplace(batch->executor, settings_.time);
    batch->limit->start(batch->deadline, [self, weak = std::weak_ptr(batch)] {
        if (const auto late = weak.lock()) {
            for (const auto& flight : late->flights)
                self->overdue(*flight);
            late->signal.emit(asio::cancellation_type::terminal); // on its own strand
        }
    });
    auto work = run_batch(self, batch, std::move(counted), std::move(ends));
    asio::co_spawn(
        batch->executor, std::move(work),
        asio::bind_cancellation_slot(batch->signal.slot(), [batch](std::exception_ptr) {}));
}

template <class R, class... Args>
asio::awaitable<void> function_core<R, Args...>::run_batch(ptr self, batch_ptr batch,
                                                           background::place, std::vector<landing>)
{
    std::exception_ptr failure;
    try {
        auto asking = ask_storage_many(self, batch);
        co_await std::move(asking);
        if (!batch->flights.empty()) {
            auto loading = load_many(self, batch);
            co_await std::move(loading);
        }
    } catch (...) {
        failure = std::current_exception();
    }
    batch->limit.reset();
    if (!failure)
        co_return;
    for (const auto& flight : batch->flights)
        if (flight->running())
            self->failed(*flight, failure);
}

// What the storage answers goes; what is to be loaded stays in the batch.
template <class R, class... Args>
asio::awaitable<void> function_core<R, Args...>::ask_storage_many(ptr self, batch_ptr batch)
{
    for (std::size_t i = 0; i < batch->flights.size(); ++i)
        batch->parts.push_back(std::make_shared<stored_part>());
    if (!self->settings_.store)
        co_return;
    const bool as_one =
        batch->flights.front()->terms.stores && self->settings_.lease_wait.count() == 0;
    std::vector<acquired> got;
    if (as_one) {
        auto acquiring = acquire_many(self, batch);
        got = co_await std::move(acquiring);
    }
    std::vector<flight_ptr> open;
    std::vector<std::shared_ptr<stored_part>> parts;
    for (std::size_t i = 0; i < batch->flights.size(); ++i) {
        auto asking = as_one ? use(self, batch->flights[i], batch->parts[i], std::move(got[i]))
                             : ask_storage(self, batch->flights[i], batch->parts[i]);
        co_await std::move(asking);
        if (batch->parts[i]->over)
            continue;
        open.push_back(batch->flights[i]);
        parts.push_back(batch->parts[i]);
    }
    batch->flights = std::move(open);
    batch->parts = std::move(parts);
}

// One trip to the storage for all keys. One that fails answers *bypass* for each.
template <class R, class... Args>
asio::awaitable<std::vector<acquired>> function_core<R, Args...>::acquire_many(ptr self,
                                                                               batch_ptr batch)
{
    std::vector<storage_key> keys;
    for (std::size_t i = 0; i < batch->flights.size(); ++i) {
        batch->parts[i]->key = self->key_of(batch->flights[i]->where(), batch->flights[i]->args());
        keys.push_back(batch->parts[i]->key);
    }
    auto asking = self->acquire_all(std::move(keys), batch->flights.front()->terms.max_age);
    auto got = co_await std::move(asking);
    got.resize(batch->flights.size());
    co_return got;
}

template <class R, class... Args>
asio::awaitable<void> function_core<R, Args...>::load_many(ptr self, batch_ptr batch)
{
    std::vector<batch_key> keys;
    for (const auto& flight : batch->flights)
        keys.push_back(batch_key_of(flight->args()));
    count(self->counters.loads_started);
    count(self->counters.loads_running);
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
    self->counters.loads_running.fetch_sub(1, std::memory_order_relaxed);
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    const auto took = self->now() - began;
    auto loaded = std::make_shared<std::vector<std::optional<loaded_part>>>();
    for (std::size_t i = 0; i < batch->flights.size(); ++i) {
        loaded->emplace_back();
        const auto lost = failure ? failure : values[i].error();
        if (lost)
            self->failed(*batch->flights[i], lost);
        else
            loaded->back() = self->taken(*batch->flights[i], std::move(values[i]).value(), took);
    }
    auto filling = fill_many(self, batch, loaded);
    co_await std::move(filling);
}

template <class R, class... Args>
auto function_core<R, Args...>::taken(const flight_type& flight, R value,
                                      std::chrono::nanoseconds took) const -> loaded_part
{
    loaded_part loaded(*this, std::move(value), load_context::said(), took);
    loaded.wanted = wanted(flight, loaded);
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
    for (std::size_t i = 0; i < loaded->size(); ++i) {
        const auto& part = *batch->parts[i];
        const auto& one = (*loaded)[i];
        auto made = one && one->wanted && part.may_fill ? self->entry_of(*one) : std::nullopt;
        if (made) {
            filled.push_back(i);
            keys.push_back(part.key);
            grants.push_back(part.grant);
            values.push_back(*std::move(made));
        } else if (part.grant) {
            auto giving = self->give_up(part.key, part.grant);
            co_await std::move(giving);
        }
    }
    if (!filled.empty()) {
        auto filling = self->fill_all(std::move(keys), std::move(grants), std::move(values));
        const auto states = co_await std::move(filling);
        for (std::size_t n = 0; n < filled.size() && n < states.size(); ++n)
            (*loaded)[filled[n]]->refused(states[n]);
    }
    for (std::size_t i = 0; i < loaded->size(); ++i)
        if ((*loaded)[i])
            self->deliver(*batch->flights[i], *std::move((*loaded)[i]));
}

} // namespace coffer::detail
