// SPDX-License-Identifier: BSL-1.0
#include "scope/latch.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <utility>

namespace coffer::detail {

/// Shows the waiter's timer to `set()` for as long as the frame lives. The mutex is held around
/// each use of the timer, so that a thread that sets the latch may cancel it.
class latch::parked {
public:
    parked(latch& on, asio::steady_timer& timer) noexcept : latch_(on), timer_(timer) {}
    parked(const parked&) = delete;
    parked& operator=(const parked&) = delete;
    ~parked()
    {
        const std::lock_guard lock(latch_.mutex_);
        latch_.timer_ = nullptr;
    }

    template <class Handler>
    void start(Handler handler)
    {
        const std::lock_guard lock(latch_.mutex_);
        if (latch_.set_)
            timer_.expires_at(steady_time::min());
        timer_.async_wait(std::move(handler));
        latch_.timer_ = &timer_;
    }

private:
    latch& latch_;
    asio::steady_timer& timer_;
};

bool latch::set() noexcept
{
    const std::lock_guard lock(mutex_);
    if (std::exchange(set_, true))
        return false;
    if (timer_)
        timer_->cancel();
    return true;
}

bool latch::is_set() const noexcept
{
    const std::lock_guard lock(mutex_);
    return set_;
}

asio::awaitable<bool> latch::wait(std::shared_ptr<latch> self, steady_time deadline)
{
    if (self->is_set())
        co_return true;
    asio::steady_timer timer(co_await asio::this_coro::executor, deadline);
    parked here(*self, timer);
    auto start = [&here](auto handler) { here.start(std::move(handler)); };
    boost::system::error_code ec;
    auto token = asio::redirect_error(asio::use_awaitable, ec);
    co_await asio::async_initiate<decltype(token)&, void(boost::system::error_code)>(start, token);
    if (self->is_set())
        co_return true;
    if (ec)
        throw boost::system::system_error(ec);
    co_return false;
}

} // namespace coffer::detail
