// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "db/sqlite/sqlite_pool.hpp"

#include <coffer/net/event.hpp>
#include <coffer/transaction_scope.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace coffer::detail {

/// What the jobs of one transaction know of each other; used by the worker of its connection only.
struct transaction_state {
    bool over = false;  ///< committed or rolled back by us: the connection may be someone else's
    std::string spoilt; ///< why it cannot be committed any more; empty if it can

    /// Throws unless the transaction is open on this connection.
    void require_open(const connection& on, const std::string& statement) const;
    /// Notes it if the database itself rolled back, and says so in the failure.
    void after_failure(const connection& on, sqlite_failure& failure);
};

/// One transaction: its connection, its scope, and its end, which runs in a coroutine of its own.
class sqlite_transaction : public sqlite_target,
                           public std::enable_shared_from_this<sqlite_transaction> {
public:
    sqlite_transaction(std::shared_ptr<sqlite_pool> pool, background::place place,
                       sqlite_lease lease, asio::any_io_executor executor);

    static asio::awaitable<std::shared_ptr<sqlite_transaction>>
    begin(std::shared_ptr<sqlite_pool> pool);

    asio::awaitable<sqlite_result> run(std::string statement, sqlite::values arguments) override;
    asio::awaitable<void> script(std::string statements) override;

    /// Begins the end at once; the awaitable waits for it, callbacks included, and throws why there
    /// was no commit. A second call does nothing.
    asio::awaitable<void> commit();
    asio::awaitable<void> rollback();
    /// For an owner that is gone: rolls back without anyone waiting, unless the end has begun.
    void abandon() noexcept;

    bool open() const noexcept { return !ending_; }
    const std::shared_ptr<sqlite_pool>& pool() const noexcept { return pool_; }
    transaction_scope scope() const { return *scope_; }

private:
    friend class sqlite_savepoint;

    enum class ending : std::uint8_t { commit, rollback };

    asio::awaitable<void> perform(job::work work);
    asio::awaitable<void> perform_write(job::work work);
    void note_write() noexcept;
    /// Posts statements of ours; one that fails spoils the transaction.
    job_ptr control(std::string first, std::string second = {});
    void require_open() const;

    asio::awaitable<void> end(ending wanted);
    static asio::awaitable<void> finish(std::shared_ptr<sqlite_transaction> self, ending wanted);
    static asio::awaitable<void> ended(std::shared_ptr<sqlite_transaction> self);
    asio::awaitable<std::optional<sqlite_failure>> try_commit(std::optional<std::uint64_t>* floor);
    asio::awaitable<void> undo();
    asio::awaitable<void> run_callbacks(bool committed, std::optional<std::uint64_t> floor);
    void let_go() noexcept;

    const std::shared_ptr<sqlite_pool> pool_;
    const asio::any_io_executor executor_; // of the coroutine that began it
    const std::shared_ptr<transaction_state> state_ = std::make_shared<transaction_state>();
    std::optional<background::place> place_;
    std::optional<sqlite_lease> lease_;      // given back after the end; `state_` then refuses work
    const std::shared_ptr<lane> lane_;       // of the lease
    std::optional<transaction_scope> scope_; // the owner; none when let go
    std::atomic<bool> ending_{false};
    std::atomic<unsigned> savepoints_{0};
    const event ended_;
    std::optional<sqlite_failure> failed_; // why it was not committed; written before `ended_`
};

/// A savepoint of the database and the mark in the scope, ended together.
///
/// What happens is decided when the statement is posted, not when it is known to have succeeded:
/// work is done in the order of posting, and a failure spoils the whole transaction. So a caller
/// who is cancelled meanwhile leaves no doubt.
class sqlite_savepoint {
public:
    static asio::awaitable<std::shared_ptr<sqlite_savepoint>>
    begin(std::shared_ptr<sqlite_transaction> in);

    sqlite_savepoint(std::shared_ptr<sqlite_transaction> in, scope_savepoint mark);
    sqlite_savepoint(const sqlite_savepoint&) = delete;
    sqlite_savepoint& operator=(const sqlite_savepoint&) = delete;
    ~sqlite_savepoint();

    asio::awaitable<void> release();
    /// Begins at once, awaited or not; nothing if it has ended.
    asio::awaitable<void> rollback();

private:
    job_ptr post_rollback();

    const std::shared_ptr<sqlite_transaction> in_;
    scope_savepoint mark_;
    const std::string name_;
    bool ended_ = false;
};

} // namespace coffer::detail
