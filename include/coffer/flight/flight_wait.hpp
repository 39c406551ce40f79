// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/flight/flight.hpp>
#include <coffer/net/timer.hpp>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/recycling_allocator.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace coffer::detail {

/// One caller's wait for one flight, in the caller's frame.
///
/// It may end in any way: by waking up, or by the destruction of the frame.
class flight_wait {
public:
    explicit flight_wait(std::shared_ptr<flight_base> on) : flight_(std::move(on)) {}
    flight_wait(const flight_wait&) = delete;
    flight_wait& operator=(const flight_wait&) = delete;
    ~flight_wait() { stop_watch(); }

    /// Wakes with `wake::timeout` at `moment`, if it still waits then.
    void until(const asio::any_io_executor& executor, const clock& time, clock::steady_time moment);

    /// Parks until the flight is over, the time is, or the caller is cancelled. Once only.
    auto park()
    {
        return asio::async_initiate<const asio::deferred_t, void(wake)>(initiate{this},
                                                                        asio::deferred);
    }

private:
    // What the timer's call, on whatever thread, may find gone.
    struct watch {
        std::mutex mutex;
        clock::steady_time moment{};
        waiter_group* group = nullptr;
        waiter* who = nullptr; // null: not parked, or not any more
    };
    struct initiate {
        flight_wait* self;
        template <class Handler>
        void operator()(Handler handler) const
        {
            const asio::any_io_executor executor = asio::get_associated_executor(handler);
            // Asio's own allocator of coroutines' handlers recycles nothing.
            auto recycled =
                asio::bind_allocator(asio::recycling_allocator<void>(), std::move(handler));
            self->parked(waiter::handler(std::move(recycled)), executor);
        }
    };
    void parked(waiter::handler handler, const asio::any_io_executor& executor);
    void start_watch(waiter_group& group);
    void stop_watch() noexcept;

    std::shared_ptr<flight_base> flight_;
    waiter waiter_;
    std::shared_ptr<watch> watch_;
    std::optional<timer> timer_;
};

} // namespace coffer::detail
