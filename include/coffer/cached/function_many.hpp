// SPDX-License-Identifier: BSL-1.0
// Bodies of function_core: many keys in one call.
#pragma once

#include <coffer/cached/function_core.hpp>

#include <deque>
#include <unordered_map>

namespace coffer::detail {

/// The loads that one `get_many` starts, run by one coroutine.
template <class R, class... Args>
class function_core<R, Args...>::batch_run {
public:
    asio::any_io_executor executor;
    std::shared_ptr<batch_link<Args...>> link;
    clock::steady_time deadline;
    std::vector<flight_ptr> flights;
    std::vector<landing> ends;          // of all flights, until the coroutine has them
    std::vector<stored_part> parts;     // as `flights`
    std::vector<flight_ptr> busy;       // what another process loads: they wait for their turn
    clock::steady_time patience{};      // until then
    std::chrono::milliseconds pause{0}; // before they ask again
    std::optional<event> waker;         // told to the storage once somebody has to wait
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
        steps.resize(asked.size());
        counted.resize(asked.size(), false);
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

    clock::steady_time until = clock::steady_time::max(); // for the whole call
    std::uint64_t since = 0;                              // see `outdated`
    std::vector<request> asked;
    // Of first ones only:
    std::vector<std::optional<outcome<R>>> results;
    std::vector<std::optional<begun>> steps; // absent if there was no need to begin
    std::vector<bool> counted;               // in the statistics, as one call

private:
    std::vector<std::size_t> first_; // of the keys equal to each
};

template <class R, class... Args>
asio::awaitable<std::vector<outcome<R>>>
function_core<R, Args...>::obtain_many(ptr self, const place& where, std::vector<arguments> all,
                                       call_terms terms,
                                       std::shared_ptr<const transaction_scope> scope)
{
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    const auto parent = current_load(executor);
    if (parent && !scope)
        scope = parent->scope();
    const auto keys = std::make_shared<many>(where, std::move(all), terms, scope);
    keys->since = self->launched_;
    if (terms.limited())
        keys->until = later(self->now(), terms.time());
    std::exception_ptr failure;
    try {
        self->require_open();
        auto missing = self->take_hits(*keys);
        if (!missing.empty()) {
            auto loading = self->batch_ && !scope ? join_batch(self, keys, std::move(missing))
                                                  : join_each(self, keys, std::move(missing));
            co_await std::move(loading);
        }
    } catch (...) {
        failure = std::current_exception();
    }
    if (failure)
        self->fail_many(*keys, failure);
    co_return keys->in_order();
}

// What the near tier has; returns the others.
template <class R, class... Args>
std::vector<std::size_t> function_core<R, Args...>::take_hits(many& keys)
{
    std::vector<std::size_t> missing;
    for (std::size_t i = 0; i < keys.asked.size(); ++i) {
        if (!keys.is_first(i))
            continue;
        const request& asked = keys.asked[i];
        const auto take = [&](const near_value<R>& entry) { keys.results[i].emplace(entry.value); };
        const bool bypass = asked.scope && touched_in(*asked.scope, asked);
        keys.counted[i] = !bypass && hit(asked.call(), asked.terms, take);
        if (!keys.counted[i])
            missing.push_back(i);
    }
    return missing;
}

// The end of the whole call: so ends each of its keys that has not ended yet.
template <class R, class... Args>
void function_core<R, Args...>::fail_many(const many& keys, const std::exception_ptr& failure)
{
    auto& how = is_cancellation(failure) ? counters.cancelled : counters.errors;
    for (std::size_t i = 0; i < keys.asked.size(); ++i)
        if (keys.is_first(i) && !keys.counted[i])
            count(how);
    std::rethrow_exception(failure);
}

// One batch load for the keys that nobody loads yet; the others are joined.
template <class R, class... Args>
asio::awaitable<void> function_core<R, Args...>::join_batch(ptr self, std::shared_ptr<many> keys,
                                                            std::vector<std::size_t> missing)
{
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    const auto parent = current_load(executor);
    for (const std::size_t i : missing)
        self->refuse_recursion(parent.get(), keys->asked[i].call());
    auto counted = self->tasks.enter();
    self->refuse_overload();
    std::deque<seat> seats;
    {
        // Not kept here: it holds the executor of the load, which may go before this coroutine.
        auto batch = self->make_batch(executor, parent);
        for (const std::size_t i : missing)
            self->take_seat(*keys, i, self->try_begin([&] {
                return self->begin_in_batch(keys->asked[i], *batch);
            }),
                            seats);
        if (!batch->flights.empty())
            self->start_batch(std::move(batch), std::move(counted));
    }
    for (const std::size_t i : missing) {
        begun& step = *keys->steps[i];
        if (parent && step.flight && !step.ready && !step.edge.connect(parent, *step.flight))
            raise(errc::recursive_load, self->name());
    }
    for (const std::size_t i : missing) {
        auto waiting = result_of(self, keys, i);
        keys->results[i].emplace(co_await std::move(waiting));
    }
}

// Without a batch loader: some loads at a time.
template <class R, class... Args>
asio::awaitable<void> function_core<R, Args...>::join_each(ptr self, std::shared_ptr<many> keys,
                                                           std::vector<std::size_t> missing)
{
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    std::deque<seat> seats;
    std::size_t begun_so_far = 0;
    for (std::size_t n = 0; n < missing.size(); ++n) {
        const auto ahead = std::min(missing.size(), n + self->settings_.batch_parallel);
        for (; begun_so_far < ahead; ++begun_so_far) {
            const std::size_t i = missing[begun_so_far];
            self->take_seat(*keys, i,
                            self->try_begin([&] { return self->begin(keys->asked[i], executor); }),
                            seats);
        }
        auto waiting = result_of(self, keys, missing[n]);
        keys->results[missing[n]].emplace(co_await std::move(waiting));
    }
}

template <class R, class... Args>
void function_core<R, Args...>::take_seat(many& keys, std::size_t i, begun step,
                                          std::deque<seat>& seats)
{
    if (step.flight && !step.ready)
        seats.emplace_back(*this, step.flight);
    keys.counted[i] = step.ready || step.failure;
    keys.steps[i].emplace(std::move(step));
}

template <class R, class... Args>
template <class Begin>
auto function_core<R, Args...>::try_begin(Begin begin) -> begun
{
    try {
        return begin();
    } catch (...) {
        begun failed;
        failed.failure = std::current_exception();
        return failed;
    }
}

// The outcome of one key. Only the caller's own cancellation is thrown.
template <class R, class... Args>
asio::awaitable<outcome<R>>
function_core<R, Args...>::result_of(ptr self, std::shared_ptr<many> keys, std::size_t i)
{
    begun* const step = &*keys->steps[i]; // of `keys`, which stays as it is
    if (step->failure)
        co_return outcome<R>(step->failure);
    if (step->ready)
        co_return outcome<R>(std::move(*step->ready).value());
    flight_wait wait(step->flight);
    if (keys->until != clock::steady_time::max()) {
        const asio::any_io_executor executor = co_await asio::this_coro::executor;
        wait.until(executor, self->settings_.time, keys->until);
    }
    const wake why = co_await wait.park();
    const auto state = co_await asio::this_coro::cancellation_state;
    const bool again =
        why == wake::abandoned || (why == wake::done && self->outdated(*step, keys->since));
    const bool cancelled = state.cancelled() != asio::cancellation_type::none;
    if (why == wake::left || (again && cancelled))
        throw boost::system::system_error(asio::error::operation_aborted);
    keys->counted[i] = true;
    if (again) {
        auto trying = result_again(self, keys->asked[i]);
        co_return co_await std::move(trying);
    }
    if (why == wake::timeout) {
        count(self->counters.errors);
        const boost::system::system_error late(errc::timeout, self->name());
        co_return outcome<R>(std::make_exception_ptr(late));
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
        auto obtaining = obtain<R, asio::any_io_executor>(std::move(self), std::move(asked));
        R got = co_await std::move(obtaining);
        co_return outcome<R>(std::move(got));
    } catch (...) {
        failure = std::current_exception();
    }
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none)
        std::rethrow_exception(failure);
    co_return outcome<R>(failure);
}

} // namespace coffer::detail
