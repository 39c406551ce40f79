// SPDX-License-Identifier: BSL-1.0
#include <coffer/flight/flight.hpp>

#include <boost/asio/post.hpp>

#include <utility>

namespace coffer::detail {
namespace {

using namespace std::chrono_literals;

// How much longer than the load's own deadline a foreign waiter watches: the load's context, if it
// is alive, gets to say so first.
constexpr auto watch_slack = 100ms;

} // namespace

flight_base::flight_base(clock time, clock::steady_time deadline, asio::any_io_executor runs_on,
                         std::shared_ptr<const load_link> link)
    : clock_(std::move(time)), deadline_(deadline), runs_on_(std::move(runs_on)),
      link_(std::move(link))
{}

bool flight_base::joinable() const
{
    const std::lock_guard lock(mutex_);
    return phase_ == phase::running && !cancelling_ && !is_stopped(underlying(runs_on_));
}

void flight_base::park(waiter& who, waiter::handler handler, const asio::any_io_executor& executor,
                       const std::function<void(waiter_group&)>& joined)
{
    std::unique_lock lock(mutex_);
    if (phase_ == phase::running) {
        auto& context = context_of(executor);
        auto& group = group_for(context);
        const bool foreign = &context != &context_of(runs_on_);
        joined(group);
        group.park(who, std::move(handler), executor); // from here on `who` may be gone
        if (foreign)
            watch_from(group, executor);
        return;
    }
    const wake why = phase_ == phase::done ? wake::done : wake::abandoned;
    lock.unlock();
    asio::post(executor, [held = std::move(handler), why]() mutable { std::move(held)(why); });
}

waiter_group& flight_base::group_for(asio::execution_context& context)
{
    if (!first_group_)
        return first_group_.emplace(context);
    if (first_group_->serves(context))
        return *first_group_;
    for (const auto& group : more_groups_)
        if (group->serves(context))
            return *group;
    more_groups_.push_back(std::make_unique<waiter_group>(context));
    return *more_groups_.back();
}

void flight_base::watch_from(waiter_group& group, const asio::any_io_executor& executor)
{
    group.watch(executor, clock_, later(deadline_, watch_slack), [watched = weak_from_this()] {
        if (const auto self = watched.lock())
            self->finish(phase::abandoned);
    });
}

bool flight_base::finish(phase how, const std::function<void()>& deliver)
{
    {
        const std::lock_guard lock(mutex_);
        if (phase_ != phase::running)
            return false;
        if (deliver)
            deliver();
        phase_ = how;
    }
    // From here on the groups do not change any more.
    const wake why = how == phase::done ? wake::done : wake::abandoned;
    if (first_group_)
        first_group_->wake_all(why);
    for (const auto& group : more_groups_)
        group->wake_all(why);
    return true;
}

std::shared_ptr<asio::cancellation_signal> flight_base::make_signal()
{
    auto made = std::make_shared<asio::cancellation_signal>();
    const std::lock_guard lock(mutex_);
    signal_ = made;
    return made;
}

void flight_base::request_cancel()
{
    // Posted under the lock, so that the context is still there.
    const std::lock_guard lock(mutex_);
    if (!std::exchange(cancelling_, true) && signal_)
        asio::post(runs_on_,
                   [signal = signal_] { signal->emit(asio::cancellation_type::terminal); });
}

void flight_base::land() noexcept
{
    landed_ = true;
    if (running())
        finish(phase::abandoned);
    if (link_)
        link_->end();
    asio::any_io_executor executor;
    std::shared_ptr<asio::cancellation_signal> signal;
    const std::lock_guard lock(mutex_); // goes before those two do
    executor.swap(runs_on_);
    signal.swap(signal_);
}

} // namespace coffer::detail
