// SPDX-License-Identifier: BSL-1.0
#include <coffer/flight/flight_wait.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>

#include <functional>

namespace coffer::detail {

void flight_wait::until(const asio::any_io_executor& executor, const clock& time,
                        clock::steady_time moment)
{
    watch_ = std::make_shared<watch>();
    watch_->moment = moment;
    timer_.emplace(executor, time);
}

void flight_wait::parked(waiter::handler handler, const asio::any_io_executor& executor)
{
    // Once parked, another thread may resume and destroy us: from there on only locals are used.
    const auto watched = watch_;
    auto gate = watched ? std::unique_lock(watched->mutex) : std::unique_lock<std::mutex>();
    auto slot = asio::get_associated_cancellation_slot(handler);
    const auto joined = [&](waiter_group& group) {
        if (slot.is_connected())
            slot.assign([who = &waiter_, in = &group](asio::cancellation_type) {
                in->leave(*who, wake::left);
            });
        if (watched)
            start_watch(group);
    };
    const auto flight = flight_;
    flight->park(waiter_, std::move(handler), executor, std::ref(joined));
}

// The timer's call waits at the gate until the waiter is linked.
void flight_wait::start_watch(waiter_group& group)
{
    watch_->group = &group;
    watch_->who = &waiter_;
    timer_->start(watch_->moment, [watched = watch_] {
        const std::lock_guard lock(watched->mutex);
        if (waiter* who = std::exchange(watched->who, nullptr))
            watched->group->leave(*who, wake::timeout);
    });
}

void flight_wait::stop_watch() noexcept
{
    if (!watch_)
        return;
    timer_->cancel();
    const std::lock_guard lock(watch_->mutex);
    watch_->who = nullptr;
}

} // namespace coffer::detail
