// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "db/sqlite/connection.hpp"

#include <coffer/net/event.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace coffer::detail {

/// One piece of work for a connection, and what became of it.
class job {
public:
    using work = std::function<void(connection&)>;

    explicit job(work what) : work_(std::move(what)) {}

    /// Why it failed; none if it succeeded. To be read once `done` is set.
    const std::optional<sqlite_failure>& failed() const noexcept { return failed_; }
    const event& done() const noexcept { return done_; }

private:
    friend class lane;

    void run(connection& on) noexcept;
    void abandon() noexcept;

    work work_; // destroyed when it has run
    const event done_;
    std::atomic<bool> cancelled_{false};
    std::optional<sqlite_failure> failed_; // written by the worker before `done_` is set
};

using job_ptr = std::shared_ptr<job>;

/// A connection and the queue of its work: one job at a time, in the order of posting, on the
/// workers. It needs nothing of their context but `post`, so it may outlive it.
class lane : public std::enable_shared_from_this<lane> {
public:
    lane(asio::any_io_executor workers, connection_settings settings)
        : workers_(std::move(workers)), connection_(std::move(settings))
    {}

    /// From any thread. If the workers' context stops first, the job fails with `errc::abandoned`.
    void post(job_ptr what);
    /// Gives it up if it has not begun, and interrupts it if it runs.
    void cancel(job& what) noexcept;
    /// Posts `what` and waits. A wait that is cancelled or destroyed cancels the job.
    static asio::awaitable<void> perform(std::shared_ptr<lane> self, job_ptr what);

    /// True if no work is left, and the last left no transaction open.
    bool quiet() const;

private:
    class turn;

    void work_off() noexcept;
    void give_up() noexcept;
    job_ptr next();

    const asio::any_io_executor workers_;
    connection connection_; // used by one worker at a time: the one that works off the queue

    mutable std::mutex mutex_;
    std::deque<job_ptr> queue_;
    bool working_ = false;        // a worker is, or will be, at it
    job* current_ = nullptr;      // being run; the mutex is held to interrupt it
    bool in_transaction_ = false; // after the last job
};

} // namespace coffer::detail
