// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/cached/signature.hpp>
#include <coffer/db/sqlite/session.hpp>
#include <coffer/transaction_scope.hpp>

#include <boost/asio/awaitable.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace coffer {

namespace detail {

class sqlite_pool;
class sqlite_transaction;
class sqlite_savepoint;

/// What the awaitable that `F` returns gives.
template <class F, class... Arguments>
using awaited_result = typename awaited_type<std::invoke_result_t<F&, Arguments...>>::type;

} // namespace detail

namespace sqlite {

/// One transaction that is running, given to the function that was given to `pool::transaction`.
///
/// Once it has ended, its statements throw `errc::database_failed`. Statements that begin or end
/// transactions are refused: the scope would not hear of them.
class transaction : public session {
public:
    transaction(const transaction&) = delete; // a copy of the `session` refers to the same place
    transaction& operator=(const transaction&) = delete;
    ~transaction();

    /// Where to register what is to happen after it: `products.invalidate_after_commit(tx.scope(),
    /// id)`, `tx.scope().after_commit(...)`.
    const transaction_scope& scope() const noexcept { return scope_; }

    /// Runs `body(tx)` in a savepoint: if it throws, what it did and registered is undone, and the
    /// exception goes on. Returns what it returns.
    ///
    /// `body` is kept alive until it has ended, so it may be a coroutine lambda that captures.
    template <class F>
    asio::awaitable<detail::awaited_result<F, transaction&>> savepoint(F body) const
    {
        return in_savepoint<detail::awaited_result<F, transaction&>>(core_, std::move(body));
    }

private:
    friend class pool;
    using core_ptr = std::shared_ptr<detail::sqlite_transaction>;

    transaction(core_ptr core, bool owner);

    using part_ptr = std::shared_ptr<detail::sqlite_savepoint>;

    static asio::awaitable<part_ptr> begin_part(core_ptr core);
    static asio::awaitable<void> release(part_ptr part);
    // Begins with the call, awaited or not; does nothing for a part that has ended.
    static asio::awaitable<void> roll_back(part_ptr part);

    template <class T, class F>
    static asio::awaitable<T> in_savepoint(core_ptr core, F body)
    {
        const part_ptr part = co_await begin_part(core);
        transaction tx(std::move(core), false);
        std::exception_ptr error;
        try {
            if constexpr (std::is_void_v<T>) {
                co_await body(tx);
                co_await release(part);
                co_return;
            } else {
                T result = co_await body(tx);
                co_await release(part);
                co_return result;
            }
        } catch (...) {
            error = std::current_exception();
        }
        try {
            co_await roll_back(part); // a cancelled caller merely leaves
        } catch (...) {
        }
        std::rethrow_exception(error);
    }

    core_ptr core_;
    transaction_scope scope_; // a copy: the core owns it
    const bool owner_;        // rolls back when destroyed before its end
};

} // namespace sqlite
} // namespace coffer
