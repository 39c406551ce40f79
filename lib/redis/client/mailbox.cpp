// SPDX-License-Identifier: BSL-1.0
#include "redis/client/mailbox.hpp"

#include <coffer/core/errc.hpp>
#include <coffer/redis/error.hpp>

#include <stdexcept>

namespace coffer::redis::detail {

void mailbox::put(message one)
{
    if (of_.heard_by())
        return of_.heard_by()(one);
    const std::lock_guard lock(mutex_);
    if (waiting_.size() == of_.capacity()) {
        waiting_.pop_front();
        ++dropped_;
        lagged_ = true;
    }
    waiting_.push_back(std::move(one));
    wake();
}

void mailbox::say_lagged()
{
    if (of_.heard_by()) {
        message gap;
        gap.what = message::kind::lagged;
        return of_.heard_by()(gap);
    }
    const std::lock_guard lock(mutex_);
    // Behind what came before the gap.
    if (waiting_.empty())
        lagged_ = true;
    else if (!waiting_.back().lagged())
        waiting_.emplace_back().what = message::kind::lagged;
    wake();
}

void mailbox::close()
{
    const std::lock_guard lock(mutex_);
    closed_ = true;
    wake();
}

void mailbox::wake()
{
    if (filled_)
        filled_->set(); // posts
    filled_.reset();
}

asio::awaitable<message> mailbox::next(std::shared_ptr<mailbox> self)
{
    if (self->of_.heard_by())
        throw std::logic_error("coffer: redis::subscription::next: a function hears the messages");
    for (;;) {
        std::optional<event> filled;
        {
            const std::lock_guard lock(self->mutex_);
            if (std::exchange(self->lagged_, false)) {
                message gap;
                gap.what = message::kind::lagged;
                co_return gap;
            }
            if (!self->waiting_.empty()) {
                message first = std::move(self->waiting_.front());
                self->waiting_.pop_front();
                co_return first;
            }
            if (self->closed_)
                throw error(errc::closed);
            if (!self->filled_)
                self->filled_.emplace();
            filled = self->filled_;
        }
        co_await filled->wait();
    }
}

} // namespace coffer::redis::detail
