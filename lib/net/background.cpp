// SPDX-License-Identifier: BSL-1.0
#include <coffer/net/background.hpp>

#include <coffer/core/errc.hpp>
#include <coffer/net/event.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <mutex>
#include <optional>

namespace coffer {

class background::core {
public:
    core(error_handler on_error, std::size_t limit) : on_error_(std::move(on_error)), limit_(limit)
    {}

    void enter()
    {
        std::lock_guard lock(mutex_);
        if (closed_)
            throw boost::system::system_error(errc::closed, "background work");
        if (running_ >= limit_)
            throw boost::system::system_error(errc::overloaded, "background work");
        ++running_;
    }

    void leave() noexcept
    {
        std::optional<event> told;
        {
            std::lock_guard lock(mutex_);
            if (--running_ == 0)
                told.swap(none_left_);
        }
        if (told)
            told->set();
    }

    void close() noexcept
    {
        std::lock_guard lock(mutex_);
        closed_ = true;
    }

    std::size_t running() const noexcept
    {
        std::lock_guard lock(mutex_);
        return running_;
    }

    /// Set when nothing runs any more; empty if nothing does now.
    std::optional<event> none_left()
    {
        std::lock_guard lock(mutex_);
        if (running_ != 0 && !none_left_)
            none_left_.emplace();
        return none_left_;
    }

    void report(std::exception_ptr failure) const noexcept;

    static asio::awaitable<void> run(place mine, asio::awaitable<void> work);
    static asio::awaitable<void> idle(std::shared_ptr<core> self);

private:
    const error_handler on_error_;
    const std::size_t limit_;
    mutable std::mutex mutex_;
    std::size_t running_ = 0; // this and all below guarded by mutex_
    bool closed_ = false;
    std::optional<event> none_left_; // somebody waits; for one fall to zero
};

void background::core::report(std::exception_ptr failure) const noexcept
{
    if (!on_error_)
        return;
    try {
        std::rethrow_exception(failure);
    } catch (const boost::system::system_error& known) {
        if (known.code() == asio::error::operation_aborted)
            return;
    } catch (...) { // anything else is told as it is
    }
    on_error_(failure);
}

asio::awaitable<void> background::core::run(place mine, asio::awaitable<void> work)
{
    try {
        co_await std::move(work);
    } catch (...) {
        mine.report(std::current_exception());
    }
}

asio::awaitable<void> background::core::idle(std::shared_ptr<core> self)
{
    while (auto nothing_left = self->none_left())
        co_await nothing_left->wait();
}

background::background(error_handler on_error, std::size_t limit)
    : core_(std::make_shared<core>(std::move(on_error), limit))
{}

void background::start(asio::any_io_executor executor, asio::awaitable<void> work) const
{
    auto running = core::run(enter(), std::move(work));
    asio::co_spawn(std::move(executor), std::move(running), asio::detached);
}

std::size_t background::running() const noexcept
{
    return core_->running();
}

asio::awaitable<void> background::idle() const
{
    return core::idle(core_);
}

asio::awaitable<void> background::close() const
{
    core_->close();
    return core::idle(core_);
}

background::place background::enter() const
{
    core_->enter();
    return place(core_);
}

background::place::~place()
{
    if (core_)
        core_->leave();
}

void background::place::report(std::exception_ptr failure) const noexcept
{
    core_->report(std::move(failure));
}

} // namespace coffer
