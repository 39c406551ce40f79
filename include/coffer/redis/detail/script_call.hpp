// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/detail/call.hpp>
#include <coffer/redis/script.hpp>

namespace coffer::redis::detail {

/// Whether the server that the route leads to has the script, as far as is known.
bool knows_script(const call_route& route, const script& what);
void learn_script(const call_route& route, const script& what);
void forget_script(const call_route& route, const script& what);

/// The same call with the whole text of the script.
request with_text(const request& by_digest, const script& what);

template <class T>
asio::awaitable<T> run_script(call_route route, script what, request by_digest, call_terms terms);

template <class T>
asio::awaitable<T> run_script_at_home(call_route route, script what, request by_digest,
                                      call_terms terms)
{
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    auto running = run_script<T>(std::move(route), std::move(what), std::move(by_digest), terms);
    co_return co_await std::move(running);
}

template <class T>
asio::awaitable<T> run_script(call_route route, script what, request by_digest, call_terms terms)
{
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    const auto way = passage_of(route, executor);
    if (way == passage::elsewhere) [[unlikely]] {
        auto home = home_of(*route.core);
        auto there =
            run_script_at_home<T>(std::move(route), std::move(what), std::move(by_digest), terms);
        auto running = asio::co_spawn(home, std::move(there), asio::use_awaitable);
        co_return co_await std::move(running);
    }
    if (way == passage::routed) [[unlikely]] {
        if (terms.is_idempotent())
            by_digest.mark(idempotent);
        one_reply<T> reading;
        auto routed = run_routed(route, by_digest, terms, reading, &what);
        co_await std::move(routed);
        co_return std::move(reading).finish();
    }
    if (knows_script(route, what)) {
        auto sent = run_call(route, by_digest, terms, one_reply<T>());
        try {
            co_return co_await std::move(sent);
        } catch (const error& refused) {
            if (!refused.reply().is("NOSCRIPT"))
                throw;
        }
        forget_script(route, what);
    }
    auto whole = run_call(route, with_text(by_digest, what), terms, one_reply<T>());
    if constexpr (std::is_void_v<T>) {
        co_await std::move(whole);
        learn_script(route, what);
    } else {
        T value = co_await std::move(whole);
        learn_script(route, what);
        co_return value;
    }
}

} // namespace coffer::redis::detail
