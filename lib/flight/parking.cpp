// SPDX-License-Identifier: BSL-1.0
#include <coffer/flight/parking.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/require.hpp>

#include <mutex>
#include <vector>

namespace coffer::detail {

// All groups of one execution context. Shared with the groups, because a flight may outlive the
// contexts of those who wait for it.
class parking_lot {
public:
    void park(waiter_group& group, waiter& who)
    {
        const std::lock_guard lock(mutex_);
        if (closed_)
            return resume(who, wake::abandoned); // destroyed with what else is queued there
        if (!group.first_)
            add(group);
        who.group_ = &group;
        who.previous_ = group.last_;
        who.next_ = nullptr;
        (group.last_ ? group.last_->next_ : group.first_) = &who;
        group.last_ = &who;
    }

    void watch(waiter_group& group, const asio::any_io_executor& executor, const clock& time,
               clock::steady_time moment, std::function<void()> wake)
    {
        const std::lock_guard lock(mutex_);
        if (closed_ || !group.first_ || group.watch_)
            return;
        group.watch_.emplace(executor, time);
        group.watch_->start(moment, std::move(wake));
    }

    bool leave(waiter_group& group, waiter& who, wake why) noexcept
    {
        const std::lock_guard lock(mutex_);
        if (who.group_ != &group)
            return false;
        unlink(group, who);
        resume(who, why);
        if (!group.first_)
            remove(group);
        return true;
    }

    std::size_t wake_all(waiter_group& group, wake why) noexcept
    {
        // Posting under the lock keeps the context from being shut down in between.
        const std::lock_guard lock(mutex_);
        if (!group.first_)
            return 0;
        std::size_t count = 0;
        while (waiter* who = group.first_) {
            unlink(group, *who);
            resume(*who, why);
            ++count;
        }
        remove(group);
        return count;
    }

    // The context goes: the coroutines that wait in it go too.
    void close() noexcept
    {
        std::vector<waiter::handler> orphans;
        {
            const std::lock_guard lock(mutex_);
            closed_ = true;
            while (waiter_group* group = first_) {
                while (waiter* who = group->first_) {
                    unlink(*group, *who);
                    orphans.push_back(std::move(*who->handler_));
                    who->handler_.reset();
                    who->executor_ = nullptr;
                }
                remove(*group);
            }
        }
    }

private:
    // A group is here while somebody waits in it.
    void add(waiter_group& group) noexcept
    {
        group.previous_ = nullptr;
        group.next_ = first_;
        if (first_)
            first_->previous_ = &group;
        first_ = &group;
    }

    void remove(waiter_group& group) noexcept
    {
        group.watch_.reset();
        (group.previous_ ? group.previous_->next_ : first_) = group.next_;
        if (group.next_)
            group.next_->previous_ = group.previous_;
    }

    static void unlink(waiter_group& group, waiter& who) noexcept
    {
        (who.previous_ ? who.previous_->next_ : group.first_) = who.next_;
        (who.next_ ? who.next_->previous_ : group.last_) = who.previous_;
        who.group_ = nullptr;
    }

    static void resume(waiter& who, wake why) noexcept
    {
        auto executor = std::exchange(who.executor_, nullptr);
        auto go = [handler = std::move(*who.handler_), why]() mutable {
            auto slot = asio::get_associated_cancellation_slot(handler);
            if (slot.is_connected())
                slot.clear();
            std::move(handler)(why);
        };
        who.handler_.reset();
        asio::require(executor, asio::execution::blocking.never).execute(std::move(go));
    }

    std::mutex mutex_;
    bool closed_ = false;
    waiter_group* first_ = nullptr;
};

namespace {

class parking_service final : public asio::execution_context::service {
public:
    using key_type = parking_service;
    static asio::execution_context::id id;

    explicit parking_service(asio::execution_context& context) : service(context) {}

    const std::shared_ptr<parking_lot>& lot() const noexcept { return lot_; }

private:
    void shutdown() noexcept override { lot_->close(); }

    std::shared_ptr<parking_lot> lot_ = std::make_shared<parking_lot>();
};

asio::execution_context::id parking_service::id;

} // namespace

waiter_group::waiter_group(asio::execution_context& context)
    : lot_(asio::use_service<parking_service>(context).lot())
{}

bool waiter_group::serves(asio::execution_context& context) const
{
    return asio::use_service<parking_service>(context).lot() == lot_;
}

void waiter_group::park(waiter& who, waiter::handler handler, const asio::any_io_executor& executor)
{
    who.executor_ = asio::prefer(executor, asio::execution::outstanding_work.tracked);
    who.handler_.emplace(std::move(handler));
    lot_->park(*this, who);
}

void waiter_group::watch(const asio::any_io_executor& executor, const clock& time,
                         clock::steady_time moment, std::function<void()> wake)
{
    lot_->watch(*this, executor, time, moment, std::move(wake));
}

bool waiter_group::leave(waiter& who, wake why) noexcept
{
    return lot_->leave(*this, who, why);
}

std::size_t waiter_group::wake_all(wake why) noexcept
{
    return lot_->wake_all(*this, why);
}

} // namespace coffer::detail
