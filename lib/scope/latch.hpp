// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <mutex>

namespace coffer {

namespace asio = boost::asio;

namespace detail {

/// Something that happens once, anywhere, and that one coroutine waits for on its own executor.
///
/// The wait is a timer of the waiting coroutine's own context, which therefore also disposes of the
/// coroutine if that context stops; nothing here keeps the coroutine alive.
class latch {
public:
    using steady_time = asio::steady_timer::time_point;

    latch() = default;
    latch(const latch&) = delete;
    latch& operator=(const latch&) = delete;

    /// Wakes the waiter, now or when it comes. False if it was set before.
    bool set() noexcept;
    bool is_set() const noexcept;

    /// Waits until it is set, or until the deadline; true if it is set. One waiter at most.
    ///
    /// Errors: `operation_aborted` if the wait was cancelled, unless the latch is set.
    static asio::awaitable<bool> wait(std::shared_ptr<latch> self,
                                      steady_time deadline = steady_time::max());

private:
    class parked;

    mutable std::mutex mutex_;
    bool set_ = false;
    asio::steady_timer* timer_ = nullptr; // lives in the frame of the waiter; null if none waits
};

} // namespace detail
} // namespace coffer
