// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "db/sqlite/dispenser.hpp"
#include "db/sqlite/lane.hpp"
#include "db/sqlite/workers.hpp"

#include <coffer/db/sqlite/pool.hpp>
#include <coffer/net/background.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace coffer::detail {

class sqlite_lease;
class sqlite_transaction;

/// The pool behind its handles: connections, the turn to write, and who waits for them.
class sqlite_pool : public sqlite_target, public std::enable_shared_from_this<sqlite_pool> {
public:
    sqlite_pool(std::string path, sqlite::options how);
    ~sqlite_pool() override;

    asio::awaitable<sqlite_result> run(std::string statement, sqlite::values arguments) override;
    asio::awaitable<void> script(std::string statements) override;

    /// The transaction that is waiting for what the caller does, if it is one of this pool.
    std::shared_ptr<sqlite_transaction> transaction_of(const asio::any_io_executor& caller) const;

    /// A connection to use alone, with the turn to write if asked for.
    static asio::awaitable<sqlite_lease> acquire(std::shared_ptr<sqlite_pool> self, bool writer);
    /// Runs `work` on the connection, again for as long as others keep the database locked and the
    /// limit allows. Returns how it failed, if it did.
    static asio::awaitable<std::optional<sqlite_failure>>
    perform(std::shared_ptr<sqlite_pool> self, std::shared_ptr<lane> on, job::work work);
    /// Refuses new work, waits for what runs, and closes the file.
    static asio::awaitable<void> close(std::shared_ptr<sqlite_pool> self);

    /// What `close()` waits for: leases that are out, and whole transactions with their callbacks.
    const background& tasks() const noexcept { return tasks_; }
    const sqlite::options& how() const noexcept { return how_; }
    const std::string& path() const noexcept { return path_; }

    struct counters {
        std::atomic<std::uint64_t> committed{0}, rolled_back{0}, callback_errors{0},
            busy_retries{0};
    };
    counters count; // statistics: relaxed, they order nothing

private:
    friend class sqlite_lease;

    struct write_turn {};

    asio::awaitable<void> take_turn(sqlite_lease* into);
    asio::awaitable<void> take_connection(sqlite_lease* into);

    const std::string path_;
    const sqlite::options how_;
    const background tasks_;
    const std::shared_ptr<workers> workers_;
    const std::shared_ptr<dispenser<write_turn>> turn_;
    const std::vector<std::shared_ptr<lane>> lanes_;
    const std::shared_ptr<dispenser<std::shared_ptr<lane>>> free_;
};

/// A connection that is out, and perhaps the turn to write. Given back, it is cleaned first if it
/// has to be: whatever its user left behind, the next one finds no transaction and no work.
class sqlite_lease {
public:
    /// Errors: `errc::closed`.
    explicit sqlite_lease(std::shared_ptr<sqlite_pool> from)
        : from_(std::move(from)), place_(from_->tasks().enter())
    {}
    sqlite_lease(sqlite_lease&& other) noexcept
        : from_(std::move(other.from_)), place_(std::move(other.place_)),
          connection_(std::move(other.connection_)), writer_(std::exchange(other.writer_, false))
    {}
    sqlite_lease& operator=(sqlite_lease&&) = delete;
    ~sqlite_lease() { reset(); }

    const std::shared_ptr<lane>& connection() const noexcept { return connection_; }
    bool writer() const noexcept { return writer_; }
    void reset() noexcept;

private:
    friend class sqlite_pool;

    static void clean(sqlite_lease dirty);
    void give_back() noexcept;

    std::shared_ptr<sqlite_pool> from_; // null when moved from or given back
    std::optional<background::place> place_;
    std::shared_ptr<lane> connection_;
    bool writer_ = false;
};

} // namespace coffer::detail
