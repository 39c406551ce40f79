// SPDX-License-Identifier: BSL-1.0
#include "db/sqlite/lane.hpp"

#include <boost/asio/post.hpp>

namespace coffer::detail {

void job::run(connection& on) noexcept
{
    try {
        if (cancelled_.load(std::memory_order_relaxed)) // a hint: it orders nothing
            failed_.emplace().what = sqlite_failure::kind::interrupted;
        else
            work_(on);
    } catch (const sqlite_failure& failure) {
        failed_ = failure;
    } catch (const std::exception& e) {
        failed_.emplace().message = e.what();
    }
    work_ = nullptr;
}

void job::abandon() noexcept
{
    failed_.emplace().code = errc::abandoned;
    failed_->message = "the context of the workers stopped";
    work_ = nullptr;
    done_.set();
}

/// What is posted to the workers. Destroyed without having run, it gives the queue up.
class lane::turn {
public:
    explicit turn(std::shared_ptr<lane> whose) noexcept : lane_(std::move(whose)) {}
    turn(turn&&) noexcept = default;
    ~turn()
    {
        if (lane_)
            lane_->give_up();
    }

    void operator()()
    {
        const auto mine = std::move(lane_);
        mine->work_off();
    }

private:
    std::shared_ptr<lane> lane_;
};

void lane::post(job_ptr what)
{
    {
        const std::lock_guard lock(mutex_);
        queue_.push_back(std::move(what));
        if (std::exchange(working_, true))
            return;
    }
    asio::post(workers_, turn(shared_from_this()));
}

// Ends the job that ran, if one did, and begins the next.
job_ptr lane::next()
{
    const std::lock_guard lock(mutex_);
    current_ = nullptr;
    in_transaction_ = connection_.in_transaction();
    if (queue_.empty()) {
        working_ = false;
        return nullptr;
    }
    job_ptr first = std::move(queue_.front());
    queue_.pop_front();
    current_ = first.get();
    return first;
}

void lane::work_off() noexcept
{
    job_ptr last;
    while (const job_ptr what = next()) {
        if (last)
            last->done_.set(); // only now: then the lane is seen quiet if nothing follows
        connection_.obey(&what->cancelled_);
        what->run(connection_);
        connection_.obey(nullptr);
        last = what;
    }
    if (last)
        last->done_.set();
}

void lane::give_up() noexcept
{
    std::deque<job_ptr> left;
    {
        const std::lock_guard lock(mutex_);
        left.swap(queue_);
        working_ = false;
    }
    for (const job_ptr& what : left)
        what->abandon();
}

void lane::cancel(job& what) noexcept
{
    what.cancelled_.store(true, std::memory_order_relaxed);
    const std::lock_guard lock(mutex_);
    if (current_ == &what)
        connection_.interrupt();
}

bool lane::quiet() const
{
    const std::lock_guard lock(mutex_);
    return !working_ && !in_transaction_;
}

asio::awaitable<void> lane::perform(std::shared_ptr<lane> self, job_ptr what)
{
    struct leaving {
        lane& on;
        job& what;
        ~leaving()
        {
            if (!what.done().is_set())
                on.cancel(what);
        }
    } const here{*self, *what};
    self->post(what);
    co_await what->done().wait();
}

} // namespace coffer::detail
