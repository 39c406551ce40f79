// SPDX-License-Identifier: BSL-1.0
#include <coffer/net/event.hpp>

#include "net/parked_wait.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <vector>

namespace coffer {

using detail::parked_wait;
using steady_time = clock::steady_time;

class event::core {
public:
    void set() noexcept
    {
        std::vector<std::shared_ptr<parked_wait>> all;
        {
            std::lock_guard lock(mutex_);
            set_ = true;
            all.swap(waiting_);
        }
        for (const auto& one : all)
            one->wake();
    }

    bool is_set() const noexcept
    {
        std::lock_guard lock(mutex_);
        return set_;
    }

    /// False if there is nothing to wait for.
    bool enter(const std::shared_ptr<parked_wait>& one)
    {
        std::lock_guard lock(mutex_);
        if (!set_)
            waiting_.push_back(one);
        return !set_;
    }

    void leave(const std::shared_ptr<parked_wait>& one) noexcept
    {
        std::lock_guard lock(mutex_);
        const auto at = std::find(waiting_.begin(), waiting_.end(), one);
        if (at != waiting_.end()) {
            *at = std::move(waiting_.back());
            waiting_.pop_back();
        }
    }

    static asio::awaitable<bool> wait(std::shared_ptr<core> self, clock time, steady_time moment);

private:
    mutable std::mutex mutex_;
    bool set_ = false;
    std::vector<std::shared_ptr<parked_wait>> waiting_;
};

asio::awaitable<bool> event::core::wait(std::shared_ptr<core> self, clock time, steady_time moment)
{
    struct place { // leaves the list however the coroutine ends
        place(core& in_list, std::shared_ptr<parked_wait> of) : list(in_list), wait(std::move(of))
        {}
        place(const place&) = delete;
        place& operator=(const place&) = delete;
        ~place()
        {
            list.leave(wait);
            wait->retire();
        }
        core& list;
        std::shared_ptr<parked_wait> wait;
    };

    auto executor = co_await asio::this_coro::executor;
    const place mine(*self, std::make_shared<parked_wait>(executor, time, moment));
    if (!self->enter(mine.wait))
        co_return true;
    if (time.reached(moment))
        co_return false;
    const bool woken = co_await parked_wait::wait(mine.wait);
    co_return woken;
}

event::event() : core_(std::make_shared<core>())
{}

void event::set() const noexcept
{
    core_->set();
}

bool event::is_set() const noexcept
{
    return core_->is_set();
}

asio::awaitable<void> event::wait() const
{
    return [](std::shared_ptr<core> self) -> asio::awaitable<void> {
        co_await core::wait(std::move(self), clock(), steady_time::max());
    }(core_);
}

asio::awaitable<bool> event::wait_until(clock time, steady_time moment) const
{
    return core::wait(core_, std::move(time), moment);
}

} // namespace coffer
