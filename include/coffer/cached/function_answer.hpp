// SPDX-License-Identifier: BSL-1.0
// Bodies of function_core: what a call gives back, and look-ups that never load.
#pragma once

#include <coffer/cached/function_core.hpp>

namespace coffer::detail {

// The caller's part of the statistics, and its copy.
template <class R, class... Args>
answer<R> function_core<R, Args...>::answer_of(bool started, const outcome<answer<R>>& result)
{
    if (!result) {
        count(counters.errors);
        std::rethrow_exception(result.error());
    }
    count_answer(started, result.value().source());
    return result.value();
}

template <class R, class... Args>
void function_core<R, Args...>::count_answer(bool started, source from) noexcept
{
    if (from == source::stale) {
        count(counters.stale);
        tell(event_kind::stale);
    } else if (from == source::storage) {
        count(counters.storage_hits);
        tell(event_kind::storage_hit);
    } else {
        count(started ? counters.loads : counters.joined);
    }
}

template <class R, class... Args>
std::optional<R> function_core<R, Args...>::peek(const ref& call, const call_terms& terms)
{
    std::optional<R> found;
    if (near_)
        near_->look(
            call, terms, [&](const near_value<R>& entry) { found.emplace(entry.value); },
            near_type::freshness::fresh);
    return found;
}

template <class R, class... Args>
asio::awaitable<std::optional<R>> function_core<R, Args...>::find(ptr self, request asked)
{
    self->require_open();
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    const auto parent = current_load(executor);
    if (!asked.scope && parent)
        asked.scope = parent->scope();
    const bool touched = asked.scope && self->touched_in(*asked.scope, asked);
    if (touched)
        co_return std::nullopt; // what the caches have is from before the transaction
    const sight seen = self->look_near(asked);
    const bool near =
        seen.value && (asked.terms.any_age() || seen.state == near_type::freshness::fresh);
    if (near)
        co_return *seen.value;
    if (!self->settings_.store)
        co_return std::nullopt;
    const auto until =
        asked.terms.limited() ? later(self->now(), asked.terms.time()) : clock::steady_time::max();
    auto asking =
        with_deadline(find_stored(self, asked), self->settings_.time, until, background());
    co_return co_await std::move(asking);
}

template <class R, class... Args>
asio::awaitable<std::optional<R>> function_core<R, Args...>::find_stored(ptr self, request asked)
{
    auto asking = self->peek_storage(self->key_of(*asked.where, asked.args));
    const auto found = co_await std::move(asking);
    const auto& terms = asked.terms;
    const bool good =
        found && (terms.any_age() || (found->is_fresh() && found->age <= terms.max_age()));
    co_return good ? self->decoded(*found) : std::nullopt;
}

template <class R, class... Args>
storage_key function_core<R, Args...>::key_of(const place& where, const arguments& args) const
{
    return std::apply(
        [&](const Args&... a) {
            return make_key_ ? where.path.key(make_key_(a...)) : where.path.args(a...);
        },
        args);
}

} // namespace coffer::detail
