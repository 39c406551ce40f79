// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/net/timer.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace coffer {

namespace asio = boost::asio;

namespace detail {

/// Why a parked coroutine goes on.
enum class wake : std::uint8_t {
    done,      ///< the flight has a result
    abandoned, ///< the flight's execution context went away
    left,      ///< this waiter was cancelled
    timeout,   ///< this waiter's own time ran out
};

class parking_lot;
class waiter_group;

/// A coroutine that waits, as a node in its own frame: parking allocates nothing.
///
/// The handler that it holds owns the frame that holds it. The circle is opened by whoever unlinks
/// the node under the lot's lock: a wake-up, the waiter's own cancellation, or the end of its
/// execution context.
class waiter {
public:
    using handler = asio::any_completion_handler<void(wake)>;

    waiter() = default;
    waiter(const waiter&) = delete;
    waiter& operator=(const waiter&) = delete;

private:
    friend class parking_lot;
    friend class waiter_group;

    std::optional<handler> handler_;
    asio::any_io_executor executor_; // tracks work, so that the context waits for us
    waiter_group* group_ = nullptr;  // null when not linked; guarded by the lot's lock
    waiter* previous_ = nullptr;
    waiter* next_ = nullptr;
};

/// The waiters of one flight in one execution context.
///
/// Threads: all members may be called from any thread.
class waiter_group {
public:
    explicit waiter_group(asio::execution_context& context);
    ~waiter_group() = default; // precondition: no waiter is linked
    waiter_group(const waiter_group&) = delete;
    waiter_group& operator=(const waiter_group&) = delete;

    /// Whether waiters in `context` belong here; an address alone may have been used again.
    bool serves(asio::execution_context& context) const;

    /// Links the waiter until `wake_all` or `leave`, or destroys the handler with its context.
    void park(waiter& who, waiter::handler handler, const asio::any_io_executor& executor);
    /// Calls `wake` on that executor, which is one of the context, at `moment`, if somebody is
    /// parked from now until then; not once more while one is to come.
    void watch(const asio::any_io_executor& executor, const clock& time, clock::steady_time moment,
               std::function<void()> wake);
    /// Unlinks one waiter and posts its handler; false if it is not linked any more.
    bool leave(waiter& who, wake why) noexcept;
    /// Unlinks all and posts each to its own executor; returns how many.
    std::size_t wake_all(wake why) noexcept;

private:
    friend class parking_lot;

    std::shared_ptr<parking_lot> lot_;
    // All below: guarded by the lot's lock.
    std::optional<timer> watch_; // lives in the context, so it goes with its last waiter
    waiter* first_ = nullptr;
    waiter* last_ = nullptr;
    waiter_group* previous_ = nullptr; // in the lot, while somebody waits here
    waiter_group* next_ = nullptr;
};

} // namespace detail
} // namespace coffer
