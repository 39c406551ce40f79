// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/call_terms.hpp>
#include <coffer/redis/client_stats.hpp>
#include <coffer/redis/config.hpp>
#include <coffer/redis/detail/batch.hpp>
#include <coffer/redis/detail/call.hpp>
#include <coffer/redis/detail/script_call.hpp>
#include <coffer/redis/request.hpp>
#include <coffer/redis/script.hpp>
#include <coffer/redis/subscription.hpp>
#include <coffer/redis/value.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace coffer::redis {

class session;

/// A client of Redis: one server, or several. Copies are handles on the same connections.
///
/// It connects in the background, and again whenever the connection is lost. The commands of all
/// coroutines share one connection (`config::links`) and are answered in order; commands that
/// block get one of their own.
///
///     coffer::redis::client db(executor, "redis://cache.example:6379/0");
///     auto name = co_await db.exec<std::optional<std::string>>("GET", "name");
///
/// Errors: `redis::error`. `errc::server_refused` holds the server's own words;
/// `errc::unexpected_reply`: the reply does not fit the type asked for, and only this call fails;
/// `errc::timeout` by the deadline, which without a connection is where calls end up, with the
/// reason in the text; `errc::connection_lost`, where `maybe_executed()` says whether the server
/// may have carried it out; `errc::overloaded` beyond a limit; `errc::closed`. What cannot be
/// right throws `std::invalid_argument` from the call.
///
/// Cancellation: all kinds; ends with `operation_aborted` at once. What was sent by then may have
/// been carried out; its answer is dropped, and the connection goes on.
///
/// Lost connections: what had not been sent is sent on the next one, and so is what only reads or
/// is marked idempotent; the rest fails. A transaction or pipeline goes again as a whole.
///
/// Threads: belongs to one executor, which must run one thing at a time: that of an `io_context`
/// with one thread, or a strand; over a `thread_pool` it makes a strand of its own. Coroutines on
/// that executor use it directly; from any other one it is posted to, and any thread may do so.
///
/// Lifetime: arguments are copied, but for `borrowed` ones. The last handle lets go of the
/// connections; `close()` also waits for that. An execution context that is destroyed takes
/// everything with it.
///
/// Cost: a GET allocates nothing but what its result needs.
class client {
public:
    /// Errors: `std::invalid_argument` for a file of `from` that cannot be used.
    client(asio::any_io_executor executor, const config& from);
    client(asio::any_io_executor executor, const char* url)
        : client(std::move(executor), config(url))
    {}

    /// Sends one command and gives its answer as a `T`; `decode_into` says what fits what.
    template <class T = value, command_argument... Arguments>
    asio::awaitable<T> exec(std::string_view command, const Arguments&... arguments) const
    {
        return exec<T>(request(command, arguments...));
    }
    template <class T = value>
    asio::awaitable<T> exec(request one) const
    {
        check(one, 1);
        return detail::run_call(route_, std::move(one), terms_, detail::one_reply<T>());
    }

    /// As `exec`, into an object that exists: a string or a vector keeps its room. After an error
    /// it holds something unspecified.
    ///
    /// Lifetime: `to` must live until the call has ended.
    template <class T, command_argument... Arguments>
    asio::awaitable<void> exec_into(T& to, std::string_view command,
                                    const Arguments&... arguments) const
    {
        request one(command, arguments...);
        check(one, 1);
        return detail::run_call(route_, std::move(one), terms_, detail::reply_into<T>(to));
    }

    /// Sends several commands at once and gives the result of each: `batch<A, B>` a tuple for as
    /// many commands as there are types, `batch<T>` a vector for any number. A command that the
    /// server refuses leaves the others alone.
    ///
    /// Errors: a reply that does not fit its type fails the batch.
    template <class T = value, class... More>
    asio::awaitable<typename detail::batch_of<T, More...>::type> batch(request several) const
    {
        using results = detail::batch_of<T, More...>;
        check(several,
              results::fits(several.commands()) ? several.commands() : 1 + sizeof...(More));
        return detail::run_call(route_, std::move(several), terms_,
                                detail::batch_replies<T, More...>());
    }

    /// Sends commands that are carried out as one, or not at all; the results as those of `batch`.
    /// MULTI and EXEC are added. Nothing if a key was changed that the session watches.
    ///
    /// Errors: `errc::server_refused` if one of the commands cannot even be queued; then none was
    /// carried out.
    template <class T = value, class... More>
    asio::awaitable<std::optional<typename detail::batch_of<T, More...>::type>>
    transaction(const request& several) const
    {
        using results = detail::batch_of<T, More...>;
        check(several,
              results::fits(several.commands()) ? several.commands() : 1 + sizeof...(More));
        auto whole = as_transaction(several);
        const detail::transaction_replies<T, More...> reading(whole.commands());
        return detail::run_call(route_, std::move(whole), terms_, reading);
    }

    /// Runs a script: `keys` are a range of texts, and the arguments as those of a command.
    template <class T = value, std::ranges::forward_range Keys, command_argument... Arguments>
    asio::awaitable<T> eval(const script& what, const Keys& keys,
                            const Arguments&... arguments) const
    {
        return detail::run_script<T>(route_, what, evaluation(what, keys, arguments...), terms_);
    }
    /// The request of one script, for a batch. The script must have been given to `load`; a server
    /// that has lost it since answers NOSCRIPT.
    template <std::ranges::forward_range Keys, command_argument... Arguments>
    static request evaluation(const script& what, const Keys& keys, const Arguments&... arguments)
    {
        const auto count = static_cast<std::size_t>(std::ranges::distance(keys));
        return request("EVALSHA", what.digest(), count, keys, arguments...);
    }
    /// Sees to it that the server has the script.
    asio::awaitable<void> load(script what) const;

    /// `exec` for any completion token, which comes last; the handler takes `(exception_ptr, T)`.
    ///
    ///     db.async_exec<long>("INCR", "n", [](std::exception_ptr failed, long now) { … });
    template <class T = value, class... ArgumentsAndToken>
    auto async_exec(std::string_view command, ArgumentsAndToken&&... rest) const
    {
        constexpr std::size_t count = sizeof...(rest) - 1;
        auto all = std::forward_as_tuple(std::forward<ArgumentsAndToken>(rest)...);
        return async_exec_split<T>(command, all, std::make_index_sequence<count>());
    }

    /// This client with other terms for each call.
    ///
    /// Errors: `std::invalid_argument` for reads of a replica if this is a client of one server.
    client with(call_terms terms) const;

    const call_terms& terms() const noexcept { return terms_; }

    /// A client for each server that takes writes, by its address: for what asks all of them, as
    /// SCAN or CONFIG GET. Each stays with its server, whatever becomes of that, and of the slots
    /// that it has.
    asio::awaitable<std::map<std::string, client>> primaries() const;

    /// A connection for one user alone, for WATCH and whatever else changes its connection.
    ///
    /// With several servers it is one to the server that has `key`; without a key, to any one that
    /// takes writes.
    ///
    /// Errors: `errc::overloaded` if there are `config::max_dedicated` already.
    asio::awaitable<redis::session> session() const;
    asio::awaitable<redis::session> session(std::string key) const;

    /// Subscribes, and gives the messages that come from then on.
    ///
    ///     auto news = co_await db.subscribe(redis::channels("news").pattern("alarm:*"));
    ///     redis::message first = co_await news.next();
    asio::awaitable<subscription> subscribe(channels to) const;

    /// Lets `by` hear of keys that are read through `tracked`, from now on and for as long as it
    /// lives: each server gets one more connection, on which it tells of changes (RESP3 only). It
    /// is asked for a sign of life four times in `silence`.
    ///
    /// Errors: `std::invalid_argument` without `can_track()`.
    void track(std::weak_ptr<key_observer> by, std::chrono::milliseconds silence) const;
    /// This client for reads whose keys are to be watched. Those that a server cannot be asked to
    /// watch now go over a common connection, and `report` says so.
    client tracked(std::shared_ptr<tracked_reads> report) const
    {
        client other(*this);
        other.route_.tracked = std::move(report);
        return other;
    }
    /// False if the configuration asks for RESP2, in which servers tell nothing.
    bool can_track() const noexcept;
    /// Waits until every server that was asked so far tells of changes.
    ///
    /// Errors: why one does not: it does not speak RESP3, its user lacks `+client|tracking`, or why
    /// there is no connection. The client goes on trying.
    asio::awaitable<void> connect_tracked() const;
    /// Returns when observers have heard of every change that was acknowledged to anybody before
    /// the call: one PING over each connection that tells of them.
    ///
    /// Errors: as those of a PING. What a lost connection would have told counts as told, since
    /// observers hear of the loss.
    asio::awaitable<void> fence() const;

    /// Waits until it is connected. Not needed: calls wait by themselves.
    ///
    /// Errors: why an attempt that ends meanwhile failed; the client goes on trying.
    asio::awaitable<void> connect() const;
    /// Ends all connections and waits for that; what is pending fails with `errc::closed`.
    /// Idempotent.
    asio::awaitable<void> close() const;

    asio::awaitable<client_stats> stats() const;
    /// The configuration as a URL, without secrets.
    const std::string& describe() const noexcept;
    /// What the servers are to each other, as the configuration says.
    redis::topology topology() const noexcept;
    const coffer::clock& clock() const noexcept;
    asio::any_io_executor get_executor() const { return detail::home_of(*route_.core); }

private:
    friend class redis::session;

    explicit client(detail::call_route route) : route_(std::move(route)) {}

    asio::awaitable<redis::session> session_at(std::optional<std::string> key) const;
    void check(const request& one, std::size_t commands) const;
    static request as_transaction(const request& several);

    template <class T, class All, std::size_t... At>
    auto async_exec_split(std::string_view command, All& all, std::index_sequence<At...>) const
    {
        request one(command, std::get<At>(all)...);
        check(one, 1);
        auto running =
            detail::run_call_at_home(route_, std::move(one), terms_, detail::one_reply<T>());
        return asio::co_spawn(get_executor(), std::move(running),
                              std::get<sizeof...(At)>(std::move(all)));
    }

    detail::call_route route_;
    call_terms terms_;
};

} // namespace coffer::redis
