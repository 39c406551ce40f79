// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/db/sqlite/options.hpp>
#include <coffer/db/sqlite/session.hpp>
#include <coffer/db/sqlite/transaction.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <utility>

namespace coffer::sqlite {

/// What a pool has counted.
struct pool_stats {
    std::uint64_t committed = 0;
    std::uint64_t rolled_back = 0;     ///< by an error, a cancellation, or the database itself
    std::uint64_t callback_errors = 0; ///< callbacks that failed after either
    std::uint64_t busy_retries = 0;    ///< statements tried again because of another writer
};

/// Connections to one SQLite file, worked by threads of their own: no `io_context` is ever blocked.
///
/// The file is in WAL mode with foreign keys on. Writers of one pool take turns without polling;
/// against other pools and processes a statement is tried again until `options::busy` is over.
///
/// A copy refers to the same pool.
///
/// Errors: the constructor throws `std::invalid_argument` for options that cannot work, and does
/// no I/O: the file is opened with the first statement.
///
///     coffer::sqlite::pool db("shop.db", coffer::sqlite::options().connections(8));
///     co_await db.transaction([&](coffer::sqlite::transaction& tx) -> asio::awaitable<void> {
///         co_await tx.execute("update product set price = ? where id = ?", price, id);
///         products.invalidate_after_commit(tx.scope(), id);
///     });
class pool : public session {
public:
    explicit pool(std::string path, options how = options());

    /// Runs `body(tx)` in a write transaction: commits when it returns, rolls back if it throws.
    /// Returns what it returns, once the callbacks of `tx.scope()` have run.
    ///
    /// Callbacks run after a COMMIT that succeeded, with no connection held, on the caller's
    /// executor. One that fails goes to `options::on_callback_error`: the transaction is committed
    /// all the same.
    ///
    /// `body` is kept alive until it has ended, so it may be a coroutine lambda that captures.
    ///
    /// Errors: those of `session`; what `body` throws. `errc::database_failed` if COMMIT fails, or
    /// if the database itself rolled back before (a statement `or rollback`, a full disk).
    ///
    /// Cancellation: before the COMMIT the transaction rolls back; from then on only the wait ends,
    /// and the callbacks run.
    template <class F>
    asio::awaitable<detail::awaited_result<F, sqlite::transaction&>> transaction(F body) const
    {
        return in_transaction<detail::awaited_result<F, sqlite::transaction&>>(core_,
                                                                               std::move(body));
    }

    /// The connection of the scope's transaction, if that is one of this pool and still open;
    /// else the pool itself.
    ///
    /// Loads that run for `f.in(scope)` need not ask: the pool sees for whom they run and sends
    /// their statements there. So they see what the transaction wrote, and never wait for the
    /// connection that it holds. A transaction inside such a load is `errc::connection_held`.
    session on(const transaction_scope& scope) const;

    pool_stats stats() const noexcept;
    /// The path and the number of connections.
    std::string describe() const;

    /// Refuses new work, waits for what runs, callbacks included, and closes the file. Idempotent.
    /// Not to be awaited inside a transaction or a callback of this pool.
    asio::awaitable<void> close() const;

private:
    using core_ptr = std::shared_ptr<detail::sqlite_pool>;
    using running = sqlite::transaction;

    explicit pool(core_ptr core) noexcept;

    static asio::awaitable<running::core_ptr> begin(core_ptr core);
    static asio::awaitable<void> commit(running::core_ptr tx);
    // Begins with the call, awaited or not; does nothing if the end has begun.
    static asio::awaitable<void> roll_back(running::core_ptr tx);

    template <class T, class F>
    static asio::awaitable<T> in_transaction(core_ptr core, F body)
    {
        const auto begun = co_await begin(std::move(core));
        running tx(begun, true);
        std::exception_ptr error;
        try {
            if constexpr (std::is_void_v<T>) {
                co_await body(tx);
                co_await commit(begun);
                co_return;
            } else {
                T result = co_await body(tx);
                co_await commit(begun);
                co_return result;
            }
        } catch (...) {
            error = std::current_exception();
        }
        try {
            co_await roll_back(begun); // a cancelled caller merely leaves
        } catch (...) {
        }
        std::rethrow_exception(error);
    }

    core_ptr core_;
};

} // namespace coffer::sqlite
