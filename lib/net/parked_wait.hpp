// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "net/context_waits.hpp"

#include <coffer/core/clock.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

namespace coffer::detail {

namespace asio = boost::asio;

/// One suspended coroutine that any thread may wake, and that a moment of a clock ends.
///
/// The handler always lives in a timer of Asio, also on a clock that is moved by hand: so an
/// execution context that is destroyed takes the coroutine with it, and the clock is left with
/// a weak pointer.
class parked_wait : public std::enable_shared_from_this<parked_wait> {
public:
    parked_wait(asio::any_io_executor executor, clock time, clock::steady_time until);
    parked_wait(const parked_wait&) = delete;
    parked_wait& operator=(const parked_wait&) = delete;
    ~parked_wait() { peers_->remove(*this); }

    /// Waits once. True if it was woken, false if the moment came first.
    ///
    /// Cancellation: throws `operation_aborted`, unless it was woken before.
    static asio::awaitable<bool> wait(std::shared_ptr<parked_wait> self);

    /// Ends the wait, also one that has not begun yet. Called from any thread.
    void wake() noexcept { end(state::woken); }

    /// Lets go of the timer. Whoever still holds this object to wake it may then outlive the
    /// context, which may be destroyed as soon as the coroutine is.
    void retire() noexcept;

private:
    enum class state : std::uint8_t { waiting, woken, due };

    friend class context_waits;
    class alarm; // takes the wake-up back from the clock, however the coroutine ends

    void end(state how) noexcept;
    template <class Handler>
    void park(Handler&& handler, bool by_hand);

    const clock time_;
    const clock::steady_time until_;
    std::mutex mutex_;
    std::optional<asio::steady_timer> timer_; // guarded by mutex_; none once retired
    state state_ = state::waiting;            // guarded by mutex_; leaves `waiting` once

    const std::shared_ptr<context_waits> peers_;
    parked_wait* next_ = nullptr;     // for peers_
    parked_wait* previous_ = nullptr; // for peers_
};

} // namespace coffer::detail
