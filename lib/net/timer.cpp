// SPDX-License-Identifier: BSL-1.0
#include <coffer/net/timer.hpp>

#include "net/parked_wait.hpp"

#include <boost/asio/this_coro.hpp>

namespace coffer {

using steady_time = clock::steady_time;

asio::awaitable<void> sleep_until(clock time, steady_time moment)
{
    if (time.reached(moment))
        co_return;
    auto executor = co_await asio::this_coro::executor;
    auto parked = std::make_shared<detail::parked_wait>(executor, std::move(time), moment);
    co_await detail::parked_wait::wait(std::move(parked));
}

class timer::core : public std::enable_shared_from_this<core> {
public:
    core(asio::any_io_executor executor, clock time)
        : time_(std::move(time)), timer_(std::move(executor))
    {}

    void start(steady_time moment, std::function<void()> wake);
    bool cancel() noexcept;

private:
    void due(std::uint64_t which) noexcept;
    void fired(std::uint64_t which);
    void stop_waiting() noexcept;

    const clock time_;
    std::mutex mutex_;
    asio::steady_timer timer_;   // this and all below guarded by mutex_
    std::function<void()> wake_; // empty while nothing is started
    std::uint64_t current_ = 0;  // counts starts and cancels: an older call-back finds another one
    std::uint64_t ticket_ = 0;   // of the clock, if it is moved by hand
    bool due_ = false;
};

void timer::core::start(steady_time moment, std::function<void()> wake)
{
    cancel();
    std::uint64_t which = 0;
    {
        std::lock_guard lock(mutex_);
        wake_ = std::move(wake);
        due_ = false;
        which = ++current_;
    }
    // Outside the lock: a clock that is past the moment calls back at once.
    const std::uint64_t ticket = time_.source()->wake_at(moment, [weak = weak_from_this(), which] {
        if (auto alive = weak.lock())
            alive->due(which);
    });
    {
        std::lock_guard lock(mutex_);
        if (which == current_) {
            ticket_ = ticket;
            timer_.expires_at(due_ ? steady_time::min() : ticket ? steady_time::max() : moment);
            timer_.async_wait([self = shared_from_this(), which](boost::system::error_code) {
                self->fired(which);
            });
            return;
        }
    }
    if (ticket != 0) // cancelled in between, by another thread
        time_.source()->forget(ticket);
}

bool timer::core::cancel() noexcept
{
    std::function<void()> dropped;
    std::uint64_t ticket = 0;
    {
        std::lock_guard lock(mutex_);
        if (!wake_)
            return false;
        dropped.swap(wake_);
        ticket = std::exchange(ticket_, 0);
        ++current_;
        stop_waiting();
    }
    if (ticket != 0)
        time_.source()->forget(ticket);
    return true;
}

void timer::core::stop_waiting() noexcept
{
    try {
        timer_.cancel(); // the handler is posted, and looks whether it is still wanted
    } catch (...) {      // documented to be able to throw; it does not where timers exist
    }
}

void timer::core::due(std::uint64_t which) noexcept
{
    std::lock_guard lock(mutex_);
    if (which != current_)
        return;
    due_ = true;
    ticket_ = 0;
    stop_waiting();
}

void timer::core::fired(std::uint64_t which)
{
    std::function<void()> call;
    {
        std::lock_guard lock(mutex_);
        if (which != current_)
            return;
        ++current_;
        call.swap(wake_);
    }
    call();
}

timer::timer(asio::any_io_executor executor, clock time)
    : core_(std::make_shared<core>(std::move(executor), std::move(time)))
{}

timer::~timer()
{
    core_->cancel();
}

void timer::start(steady_time moment, std::function<void()> wake)
{
    core_->start(moment, std::move(wake));
}

bool timer::cancel() noexcept
{
    return core_->cancel();
}

} // namespace coffer
