// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/clock.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>

namespace coffer {

namespace asio = boost::asio;

/// Suspends until `moment` of `time`; not at all if that is past.
///
/// Cancellation: `operation_aborted`.
asio::awaitable<void> sleep_until(clock time, clock::steady_time moment);

/// Calls a function on an executor when a moment of a clock comes.
///
/// Threads: every member may be called from any thread at once.
///
/// Lifetime: the destructor cancels, and does not wait for a call that is going on. An execution
/// context that is destroyed drops the call.
class timer {
public:
    timer(asio::any_io_executor executor, clock time);
    timer(const timer&) = delete;
    timer& operator=(const timer&) = delete;
    ~timer();

    /// Takes the place of what was started before. `wake` must not throw.
    void start(clock::steady_time moment, std::function<void()> wake);
    /// True if the function will not be called; false if there is none, or it has begun.
    bool cancel() noexcept;

private:
    class core;
    std::shared_ptr<core> core_;
};

} // namespace coffer
