// SPDX-License-Identifier: BSL-1.0
#include "storage/redis/wakes.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>

namespace coffer::detail {

using namespace std::chrono_literals;

namespace {

bool is_cancellation(const std::exception& why)
{
    const auto* known = dynamic_cast<const boost::system::system_error*>(&why);
    return known && known->code() == asio::error::operation_aborted;
}

} // namespace

void redis_waiters::add(const std::string& name, const event& one, time until)
{
    const std::lock_guard lock(mutex_);
    if (all_.size() >= sweep_at_)
        sweep(clock().now());
    all_[name].emplace_back(one, until);
}

/// Those who gave up have told nobody.
void redis_waiters::sweep(time now)
{
    for (auto& [name, waiting] : all_)
        std::erase_if(waiting, [now](const auto& one) { return one.second < now; });
    std::erase_if(all_, [](const auto& one) { return one.second.empty(); });
    sweep_at_ = std::max<std::size_t>(64, 2 * all_.size());
}

void redis_waiters::wake(const std::string& name)
{
    const std::lock_guard lock(mutex_);
    const auto found = all_.find(name);
    if (found == all_.end())
        return;
    for (const auto& [one, until] : found->second)
        one.set(); // posts
    all_.erase(found);
}

void redis_waiters::wake_all()
{
    const std::lock_guard lock(mutex_);
    for (const auto& [name, waiting] : all_)
        for (const auto& [one, until] : waiting)
            one.set();
    all_.clear();
}

redis_wakes::redis_wakes(redis::client over, const redis_storage_options& options,
                         std::string channel)
    : client_(std::move(over)), options_(options), channel_(std::move(channel))
{}

asio::awaitable<std::string> redis_wakes::listen()
{
    auto pause = 5s; // after a failure
    {
        const std::lock_guard lock(mutex_);
        if (state_ == state::heard)
            co_return channel_;
        if (state_ == state::joining || clock().now() < not_before_)
            co_return std::string();
        state_ = state::joining;
    }
    const auto hear = [waiters = waiters_](const redis::message& one) {
        one.lagged() ? waiters->wake_all() : waiters->wake(one.text);
    };
    std::exception_ptr failure;
    try {
        auto joining = client_.subscribe(redis::channels(channel_).hear(hear));
        auto heard = co_await std::move(joining);
        const std::lock_guard lock(mutex_);
        heard_ = std::move(heard);
        state_ = state::heard;
    } catch (const std::exception& why) {
        failure = std::current_exception();
        if (is_cancellation(why))
            pause = 0s; // of one caller, which says nothing of the channel
        refused(why);
    }
    const std::lock_guard lock(mutex_);
    if (!failure)
        co_return channel_;
    state_ = state::silent;
    not_before_ = later(clock().now(), pause);
    co_return std::string();
}

void redis_wakes::refused(const std::exception& why)
{
    const auto* known = dynamic_cast<const redis::error*>(&why);
    if (!known || known->code() != errc::server_refused || std::exchange(told_, true) ||
        !options_.on_notice())
        return;
    const redis_storage_notice one(
        redis_storage_notice::kind::cannot_wake,
        "the server does not let its user wait for the loads of other processes (" +
            known->reply().text() +
            "), so they are asked for again and again; allow +subscribe "
            "+publish on the channels " +
            channel_.substr(0, channel_.rfind(':')) + ":*");
    options_.on_notice()(one);
}

void redis_wakes::add(const std::string& name, const event& one)
{
    constexpr auto slack = 5s; // until the answer is there
    waiters_->add(name, one, later(clock().now(), options_.poll() + slack));
}

void redis_wakes::close()
{
    redis::subscription ended;
    {
        const std::lock_guard lock(mutex_);
        ended = std::move(heard_);
        state_ = state::silent;
    }
    waiters_->wake_all();
}

} // namespace coffer::detail
