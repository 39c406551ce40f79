// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/clock.hpp>
#include <coffer/core/errc.hpp>
#include <coffer/net/event.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <cstddef>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace coffer::detail {

/// A few things that many coroutines use in turn: first come, first served, across threads.
template <class T>
class dispenser {
public:
    dispenser(std::vector<T> all, std::size_t waiting)
        : free_(std::make_move_iterator(all.begin()), std::make_move_iterator(all.end())),
          waiting_(waiting)
    {}
    dispenser(const dispenser&) = delete;
    dispenser& operator=(const dispenser&) = delete;

    /// Takes one, or none if none became free until the deadline. `self` shares the ownership of
    /// the dispenser.
    ///
    /// Errors: `errc::closed`; `errc::overloaded` if too many wait already.
    static asio::awaitable<std::optional<T>> take(std::shared_ptr<dispenser> self, clock time,
                                                  clock::steady_time deadline);
    /// True if `take` would wait.
    bool empty() const;
    void give(T back) noexcept;
    /// Refuses everyone from now on, also those who wait. What is out may still be given back.
    void close() noexcept;

private:
    /// One that waits; lives in the frame of `take`.
    struct waiter {
        event served;
        std::optional<T> given;
        typename std::list<waiter*>::iterator at; // in waiters_, while `queued`
        bool queued = false;
    };

    class place; // in the queue of waiters, for as long as the frame lives

    mutable std::mutex mutex_;
    std::deque<T> free_; // empty while someone waits
    std::list<waiter*> waiters_;
    const std::size_t waiting_;
    bool closed_ = false;
};

/// Leaves the queue with its frame, and passes on what was given in the meantime but not taken.
template <class T>
class dispenser<T>::place {
public:
    explicit place(dispenser& in) noexcept : in_(in) {}
    place(const place&) = delete;
    place& operator=(const place&) = delete;
    ~place()
    {
        {
            const std::lock_guard lock(in_.mutex_);
            if (here_.queued)
                in_.waiters_.erase(here_.at);
        }
        if (here_.given)
            in_.give(std::move(*here_.given));
    }

    /// True if there is one at once; else it waits from now on.
    bool enter()
    {
        const std::lock_guard lock(in_.mutex_);
        if (in_.closed_)
            throw boost::system::system_error(errc::closed);
        if (!in_.free_.empty()) {
            here_.given.emplace(std::move(in_.free_.front()));
            in_.free_.pop_front();
            return true;
        }
        if (in_.waiters_.size() >= in_.waiting_)
            throw boost::system::system_error(errc::overloaded, "coffer: too many callers wait");
        here_.at = in_.waiters_.insert(in_.waiters_.end(), &here_);
        here_.queued = true;
        return false;
    }

    const event& served() const noexcept { return here_.served; }

    std::optional<T> take()
    {
        const std::lock_guard lock(in_.mutex_);
        if (!here_.given && in_.closed_)
            throw boost::system::system_error(errc::closed);
        return std::exchange(here_.given, std::nullopt);
    }

private:
    dispenser& in_;
    waiter here_;
};

template <class T>
asio::awaitable<std::optional<T>> dispenser<T>::take(std::shared_ptr<dispenser> self, clock time,
                                                     clock::steady_time deadline)
{
    place here(*self);
    if (!here.enter())
        co_await here.served().wait_until(std::move(time), deadline);
    co_return here.take();
}

template <class T>
bool dispenser<T>::empty() const
{
    const std::lock_guard lock(mutex_);
    return free_.empty();
}

template <class T>
void dispenser<T>::give(T back) noexcept
{
    const std::lock_guard lock(mutex_);
    if (waiters_.empty()) {
        free_.push_back(std::move(back));
        return;
    }
    waiter& first = *waiters_.front();
    waiters_.pop_front();
    first.queued = false;
    first.given.emplace(std::move(back));
    first.served.set();
}

template <class T>
void dispenser<T>::close() noexcept
{
    const std::lock_guard lock(mutex_);
    closed_ = true;
    for (waiter* const waiting : waiters_) {
        waiting->queued = false;
        waiting->served.set();
    }
    waiters_.clear();
}

} // namespace coffer::detail
