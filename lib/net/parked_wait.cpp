// SPDX-License-Identifier: BSL-1.0
#include "net/parked_wait.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace coffer::detail {

using boost::system::error_code;
using steady_time = clock::steady_time;

class parked_wait::alarm {
public:
    explicit alarm(const std::shared_ptr<parked_wait>& wait)
        : wait_(*wait), source_(wait->time_.source())
    {
        if (wait->until_ == steady_time::max())
            return;
        ticket_ = source_->wake_at(wait->until_, [weak = wait->weak_from_this()] {
            if (auto alive = weak.lock())
                alive->end(state::due);
        });
    }
    alarm(const alarm&) = delete;
    alarm& operator=(const alarm&) = delete;
    ~alarm()
    {
        if (ticket_ != 0)
            source_->forget(ticket_);
        wait_.retire();
    }

    bool by_hand() const noexcept { return ticket_ != 0; }

private:
    parked_wait& wait_;
    std::shared_ptr<time_source> source_;
    std::uint64_t ticket_ = 0;
};

parked_wait::parked_wait(asio::any_io_executor executor, clock time, steady_time until)
    : time_(std::move(time)), until_(until), timer_(std::in_place, executor),
      peers_(context_waits::of(executor))
{
    peers_->add(*this);
}

void parked_wait::end(state how) noexcept
{
    std::lock_guard lock(mutex_);
    if (state_ != state::waiting)
        return;
    state_ = how;
    if (!timer_)
        return;
    try {
        timer_->cancel(); // completes the wait by a post to its executor
    } catch (...) {       // documented to be able to throw; it does not where timers exist
    }
}

void parked_wait::retire() noexcept
{
    std::lock_guard lock(mutex_);
    timer_.reset();
}

template <class Handler>
void parked_wait::park(Handler&& handler, bool by_hand)
{
    // The coroutine may run on, and let go of this object, before async_wait has returned.
    auto keep = shared_from_this();
    std::lock_guard lock(mutex_);
    if (state_ != state::waiting)
        timer_->expires_at(steady_time::min());
    else
        timer_->expires_at(by_hand ? steady_time::max() : until_);
    timer_->async_wait(std::forward<Handler>(handler));
}

asio::awaitable<bool> parked_wait::wait(std::shared_ptr<parked_wait> self)
{
    const alarm until(self);
    error_code failure;
    auto initiate = [self, by_hand = until.by_hand()](auto&& handler) {
        self->park(std::forward<decltype(handler)>(handler), by_hand);
    };
    auto token = asio::redirect_error(asio::use_awaitable, failure);
    auto parked = asio::async_initiate<decltype(token), void(error_code)>(initiate, token);
    co_await std::move(parked);

    std::lock_guard lock(self->mutex_); // nothing below suspends
    if (self->state_ == state::waiting && failure)
        throw boost::system::system_error(failure);
    co_return self->state_ == state::woken;
}

} // namespace coffer::detail
