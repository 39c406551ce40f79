// SPDX-License-Identifier: BSL-1.0
#include <coffer/testing/manual_clock.hpp>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <stdexcept>
#include <unordered_map>

namespace coffer::testing {

using namespace std::chrono_literals;

namespace {

constexpr auto first_moment = time_source::steady_time(24h); // leaves room for times before it

} // namespace

class manual_clock::core final : public time_source {
public:
    explicit core(wall_time start)
        : wall_less_steady_(start.time_since_epoch() - whole(first_moment))
    {}

    steady_time now() const noexcept override { return now_.load(); }
    wall_time wall() const noexcept override
    {
        return wall_time(wall_less_steady_.load() + whole(now()));
    }

    std::uint64_t wake_at(steady_time moment, std::function<void()> wake) override
    {
        {
            const std::lock_guard lock(mutex_);
            const std::uint64_t ticket = ++last_ticket_;
            if (moment > now()) {
                moments_.emplace(ticket, moment);
                waiting_.emplace(place(moment, ticket), std::move(wake));
                return ticket;
            }
        }
        wake();
        return already_called;
    }

    bool forget(std::uint64_t ticket) noexcept override
    {
        decltype(waiting_)::node_type dropped; // its function is destroyed after the lock is gone
        const std::lock_guard lock(mutex_);
        const auto known = moments_.find(ticket);
        if (known == moments_.end())
            return false;
        dropped = waiting_.extract(place(known->second, ticket));
        moments_.erase(known);
        return true;
    }

    void advance(steady_time::duration by)
    {
        std::unique_lock lock(mutex_);
        target_ += std::min(by, steady_time::max() - target_);
        run(lock);
    }

    void set(steady_time moment)
    {
        std::unique_lock lock(mutex_);
        if (moment < target_)
            throw std::invalid_argument("coffer: manual_clock::set() to a moment that is past; "
                                        "use shift_wall() to turn back the wall clock");
        target_ = moment;
        run(lock);
    }

    void shift_wall(std::chrono::milliseconds by) noexcept
    {
        auto old = wall_less_steady_.load();
        while (!wall_less_steady_.compare_exchange_weak(old, old + by)) {
        }
    }

    std::size_t pending() const
    {
        const std::lock_guard lock(mutex_);
        return waiting_.size();
    }

    std::optional<steady_time> next() const
    {
        const std::lock_guard lock(mutex_);
        if (waiting_.empty())
            return std::nullopt;
        return waiting_.begin()->first.first;
    }

private:
    using place = std::pair<steady_time, std::uint64_t>; // moment, then order of registration

    static constexpr std::uint64_t already_called = ~std::uint64_t{0}; // forget() never finds it

    static constexpr std::chrono::milliseconds whole(steady_time moment) noexcept
    {
        return std::chrono::floor<std::chrono::milliseconds>(moment.time_since_epoch());
    }

    // Another thread, or a wake-up, may move the clock meanwhile: then both work towards the later
    // target, and whoever finds nothing more to wake says that it is reached.
    void run(std::unique_lock<std::mutex>& lock)
    {
        while (!waiting_.empty() && waiting_.begin()->first.first <= target_) {
            auto due = waiting_.extract(waiting_.begin());
            moments_.erase(due.key().second);
            now_.store(due.key().first);
            lock.unlock();
            due.mapped()();
            due = {};
            lock.lock();
        }
        now_.store(target_);
    }

    mutable std::mutex mutex_; // for what follows; now_ is written under it and read without
    std::map<place, std::function<void()>> waiting_;
    std::unordered_map<std::uint64_t, steady_time> moments_; // of the tickets that wait
    std::uint64_t last_ticket_ = 0;
    steady_time target_ = first_moment; // where the clock is going; now_ follows
    std::atomic<steady_time> now_ = first_moment;
    std::atomic<std::chrono::milliseconds> wall_less_steady_;
};

manual_clock::manual_clock() : manual_clock(std::chrono::sys_days(std::chrono::January / 1 / 2024))
{}

manual_clock::manual_clock(wall_time start) : core_(std::make_shared<core>(start))
{}

std::shared_ptr<time_source> manual_clock::source() const
{
    return core_;
}

manual_clock::steady_time manual_clock::now() const noexcept
{
    return core_->now();
}

manual_clock::wall_time manual_clock::wall() const noexcept
{
    return core_->wall();
}

void manual_clock::advance(std::chrono::steady_clock::duration by) const
{
    if (by < by.zero())
        throw std::invalid_argument("coffer: manual_clock::advance() by a negative duration; "
                                    "steady time never goes back");
    core_->advance(by);
}

void manual_clock::set(steady_time moment) const
{
    core_->set(moment);
}

void manual_clock::shift_wall(std::chrono::milliseconds by) const noexcept
{
    core_->shift_wall(by);
}

std::size_t manual_clock::pending() const
{
    return core_->pending();
}

std::optional<manual_clock::steady_time> manual_clock::next() const
{
    return core_->next();
}

} // namespace coffer::testing
