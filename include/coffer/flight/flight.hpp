// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/clock.hpp>
#include <coffer/flight/chain.hpp>
#include <coffer/flight/parking.hpp>

#include <boost/asio/cancellation_signal.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace coffer::detail {

/// One running load and those who wait for it; what it yields is the business of `flight<R>`.
///
/// Life: *running*, then once and for ever *done* or *abandoned*. Everybody who holds it shares it.
///
/// Threads: all members may be called from any thread, unless said otherwise.
class flight_base : public std::enable_shared_from_this<flight_base> {
public:
    enum class phase : std::uint8_t { running, done, abandoned };

    /// `runs_on` is the executor of the load, `link` its place among the loads. After `deadline` no
    /// one waits any longer.
    flight_base(clock time, clock::steady_time deadline, asio::any_io_executor runs_on,
                std::shared_ptr<const load_link> link);
    virtual ~flight_base() = default;
    flight_base(const flight_base&) = delete;
    flight_base& operator=(const flight_base&) = delete;

    /// Where the load runs. For its starter and its own coroutine only.
    const asio::any_io_executor& executor() const noexcept { return runs_on_; }
    const std::shared_ptr<const load_link>& link() const noexcept { return link_; }
    clock::steady_time deadline() const noexcept { return deadline_; }

    bool running() const noexcept { return phase_ == phase::running; }
    /// False if the load can't be waited for: over, told to cancel, or in a context that stopped.
    bool joinable() const;

    /// Counts the caller in before it parks, and out when it goes on, whatever the reason.
    void enter() noexcept { ++inside_; }
    /// True if the caller was the last one and the load still runs.
    bool exit() noexcept { return --inside_ == 0 && running(); }
    std::size_t waiting() const noexcept { return inside_; }

    /// Parks `who` until the flight is over; at once posts its handler if it is already.
    ///
    /// `joined` is called with the group, for `leave`, just before `who` is parked; not at all if
    /// the handler was posted. A waiter of another execution context than the load's watches the
    /// deadline by itself, since a stopped context would never tell: the flight then counts as
    /// abandoned.
    void park(waiter& who, waiter::handler handler, const asio::any_io_executor& executor,
              const std::function<void(waiter_group&)>& joined);

    /// Ends the flight and wakes everybody; false if it was over. `deliver` runs before, under the
    /// lock, and stores the result.
    bool finish(phase how, const std::function<void()>& deliver = nullptr);

    /// Tells the load to stop, from now on nobody may join. The slot belongs to the load's
    /// coroutine, so the signal is given on its executor.
    void request_cancel();
    /// For the coroutine that the starter spawns, which shares it; made here. A flight without one
    /// is part of something larger, and can't be told to stop.
    std::shared_ptr<asio::cancellation_signal> make_signal();
    /// The end of the load's coroutine: whoever waits still is told that it is abandoned. Lets go
    /// of all that belongs to the load's context, because waiters may hold the flight for longer
    /// than that lives.
    void land() noexcept;
    bool landed() const noexcept { return landed_; }

private:
    waiter_group& group_for(asio::execution_context& context);
    void watch_from(waiter_group& group, const asio::any_io_executor& executor);

    mutable std::mutex mutex_;
    std::atomic<phase> phase_{phase::running}; // leaves it once, under the mutex
    std::atomic<std::size_t> inside_{0};
    std::atomic<bool> landed_{false}; // once and for ever
    const clock clock_;
    const clock::steady_time deadline_;
    asio::any_io_executor runs_on_; // empty once the load is over
    const std::shared_ptr<const load_link> link_;
    bool cancelling_ = false;
    // Both grow while running, then they are fixed. Mostly there is one, for one context.
    std::optional<waiter_group> first_group_;
    std::vector<std::unique_ptr<waiter_group>> more_groups_;
    // Null once the load is over. What is connected to it refers to the executor.
    std::shared_ptr<asio::cancellation_signal> signal_;
};

} // namespace coffer::detail
