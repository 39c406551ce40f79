// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/clock.hpp>
#include <coffer/db/detail/sqlite_part.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <utility>

namespace coffer::sqlite {

namespace asio = boost::asio;

/// How a `pool` works. `pool` checks the values.
class options {
public:
    using duration = std::chrono::milliseconds;
    using error_handler = std::function<void(std::exception_ptr)>;

    /// The most connections that are open at once (default 4).
    options& connections(std::size_t most)
    {
        connections_ = most;
        return *this;
    }
    /// The threads that carry statements out (default: one for each connection).
    options& threads(std::size_t count)
    {
        threads_ = count;
        return *this;
    }
    /// Carries statements out on this executor instead of threads of the pool's own. Its context
    /// is blocked meanwhile, and must outlive the pool's work.
    options& workers(asio::any_io_executor where)
    {
        workers_ = std::move(where);
        return *this;
    }
    /// For how long a writer waits for other writers, of this pool or another process (default 5
    /// s).
    options& busy(duration limit)
    {
        busy_ = limit;
        return *this;
    }
    /// For how long one waits for a free connection (default 5 s).
    options& acquire_within(duration limit)
    {
        acquire_within_ = limit;
        return *this;
    }
    /// How many callers may wait for a connection (default 10,000); one more gets
    /// `errc::overloaded`.
    options& waiting(std::size_t most)
    {
        waiting_ = most;
        return *this;
    }
    /// The most bytes that the result of one query may take (default 256 MiB); beyond it,
    /// `errc::value_too_large`.
    options& max_result(std::size_t bytes)
    {
        max_result_ = bytes;
        return *this;
    }
    /// How many prepared statements each connection keeps (default 64).
    options& statements(std::size_t most)
    {
        statements_ = most;
        return *this;
    }
    /// Keeps a counter row in the table `coffer_version`: each transaction that invalidates
    /// something bumps it and passes it on as the floor. `session::version()` reads it.
    options& version_row()
    {
        version_row_ = true;
        return *this;
    }
    /// Called for each callback of a transaction that failed after the commit or the rollback.
    options& on_callback_error(error_handler handler)
    {
        on_callback_error_ = std::move(handler);
        return *this;
    }
    options& clock(coffer::clock time)
    {
        clock_ = std::move(time);
        return *this;
    }

    std::size_t connections() const noexcept { return connections_; }
    std::size_t threads() const noexcept { return threads_ != 0 ? threads_ : connections_; }
    const asio::any_io_executor& workers() const noexcept { return workers_; }
    duration busy() const noexcept { return busy_; }
    duration acquire_within() const noexcept { return acquire_within_; }
    std::size_t waiting() const noexcept { return waiting_; }
    std::size_t max_result() const noexcept { return max_result_; }
    std::size_t statements() const noexcept { return statements_; }
    bool has_version_row() const noexcept { return version_row_; }
    const error_handler& on_callback_error() const noexcept { return on_callback_error_; }
    const coffer::clock& clock() const noexcept { return clock_; }

private:
    std::size_t connections_ = 4;
    std::size_t threads_ = 0;       // as many as connections
    asio::any_io_executor workers_; // empty: threads of the pool's own
    duration busy_ = std::chrono::seconds(5);
    duration acquire_within_ = std::chrono::seconds(5);
    std::size_t waiting_ = 10'000;
    std::size_t max_result_ = std::size_t{256} << 20;
    std::size_t statements_ = 64;
    bool version_row_ = false;
    error_handler on_callback_error_;
    coffer::clock clock_;
};

} // namespace coffer::sqlite
