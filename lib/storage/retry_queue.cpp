// SPDX-License-Identifier: BSL-1.0
#include <coffer/storage/retry_queue.hpp>

#include "core/backoff.hpp"
#include "storage/retry_policy.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace coffer {
namespace {

using subject = pending_invalidation::subject;

constexpr std::size_t failures_that_end_a_round = 3; // in a row: then the storage is down

/// False for an invalidation that will never be carried out, however often it is repeated.
bool worth_repeating(const std::exception_ptr& failure) noexcept
{
    try {
        std::rethrow_exception(failure);
    } catch (const boost::system::system_error& known) {
        return !detail::is_callers_fault(known.code()); // a cancelled one may not have arrived
    } catch (const std::invalid_argument&) {
        return false;
    } catch (...) {
        return true;
    }
}

} // namespace

retry_queue::policy::policy(storage_ptr inner, retry_options options)
    : inner_(std::move(inner)), options_(std::move(options)),
      backlog_(options_.limit(), inner_->able().has(capability::clear))
{}

std::uint64_t retry_queue::policy::delivered() const
{
    std::lock_guard lock(mutex_);
    return delivered_;
}

template <class Request>
asio::awaitable<typename Request::result> retry_queue::policy::handle(self_ptr self, Request call)
{
    co_return co_await std::move(call).send(*self->inner_);
}

template <class Request>
asio::awaitable<typename Request::result> retry_queue::policy::run(std::shared_ptr<policy> self,
                                                                   Request call)
{
    return handle(std::move(self), std::move(call));
}

// ---- invalidations

void retry_queue::policy::add(const targets& what)
{
    std::vector<std::string> lost;
    {
        std::lock_guard lock(mutex_);
        for (const pending_invalidation& one : what)
            if (auto space = backlog_.add(one))
                lost.push_back(std::move(*space));
    }
    // Nor does a near tier trust its copy of what waits; rare enough to ask again for all of them.
    if (const auto board = watched_ ? inner_->board() : nullptr)
        board->all_changed();
    if (options_.on_lost())
        for (std::string& space : lost)
            options_.on_lost()(std::move(space));
}

/// Runs the operation; what it was to invalidate waits if that fails, before anybody hears of it.
asio::awaitable<void> retry_queue::policy::carry_out(self_ptr self, targets what,
                                                     asio::awaitable<void> operation)
{
    const std::uint64_t begun = self->ask([](const auto& backlog) { return backlog.number(); });
    const asio::any_io_executor here = co_await asio::this_coro::executor;
    try {
        co_await std::move(operation);
    } catch (...) {
        if (worth_repeating(std::current_exception())) {
            self->add(what);
            self->start_draining(here);
        }
        throw;
    }
    std::lock_guard lock(self->mutex_); // nothing below suspends
    if (!self->backlog_.empty())
        for (const pending_invalidation& one : what)
            self->backlog_.carried_out(one, begun);
}

asio::awaitable<void> retry_queue::policy::handle(self_ptr self, invalidate call)
{
    auto& [key, mode, floor] = call.arguments;
    const auto all = self->ask([&](const auto& backlog) {
        return backlog.merged({subject::key, std::move(key), mode, floor});
    });
    auto operation = deliver(self, all);
    return carry_out(self, {all}, std::move(operation));
}

asio::awaitable<void> retry_queue::policy::handle(self_ptr self, invalidate_many call)
{
    targets all;
    for (const storage_key& key : call.get<0>())
        all.emplace_back(subject::key, key, call.get<1>());
    auto operation = handle<invalidate_many>(self, std::move(call));
    return carry_out(std::move(self), std::move(all), std::move(operation));
}

asio::awaitable<void> retry_queue::policy::handle(self_ptr self, bump call)
{
    auto& [space, tag, mode] = call.arguments;
    const auto all = self->ask([&](const auto& backlog) {
        return backlog.merged({subject::tag, storage_key(space, "", tag), mode});
    });
    auto operation = deliver(self, all);
    return carry_out(self, {all}, std::move(operation));
}

asio::awaitable<void> retry_queue::policy::handle(self_ptr self, clear call)
{
    const pending_invalidation all(subject::place, storage_key(call.get<0>(), call.get<1>(), ""),
                                   invalidation::hard);
    auto operation = deliver(self, all);
    return carry_out(self, {all}, std::move(operation));
}

asio::awaitable<void> retry_queue::policy::deliver(self_ptr self, pending_invalidation what)
{
    storage& to = *self->inner_;
    if (what.what == subject::tag)
        co_await to.bump(what.key.space, what.key.id, what.mode);
    else if (what.what == subject::place)
        co_await to.clear(what.key.space, what.key.group);
    else
        co_await to.invalidate(what.key, what.mode, what.floor);
}

// ---- delivery

asio::awaitable<bool> retry_queue::policy::try_once(self_ptr self, pending_invalidation what)
{
    const std::uint64_t begun = self->ask([](const auto& backlog) { return backlog.number(); });
    try {
        co_await deliver(self, what);
    } catch (const std::exception&) { // it goes on waiting
        co_return false;
    }
    std::lock_guard lock(self->mutex_); // nothing below suspends
    self->backlog_.carried_out(what, begun);
    ++self->delivered_;
    co_return true;
}

/// Tries what waits, each once, until so many have failed in a row; returns how many succeeded.
asio::awaitable<std::size_t> retry_queue::policy::try_all(self_ptr self,
                                                          std::size_t failures_allowed)
{
    std::size_t done = 0;
    std::size_t failed = 0;
    std::uint64_t number = 0;
    const std::uint64_t last = self->ask([](const auto& backlog) { return backlog.number(); });
    while (failed < failures_allowed) {
        const auto next = self->ask([&](const auto& backlog) { return backlog.after(number); });
        if (!next || next->number > last)
            break;
        number = next->number;
        const bool delivered = co_await try_once(self, next->what);
        done += delivered ? 1 : 0;
        failed = delivered ? 0 : failed + 1;
    }
    co_return done;
}

/// Lives while the coroutine that drains does: if that is destroyed, another may begin.
class retry_queue::policy::drainer {
public:
    explicit drainer(self_ptr of) : policy_(std::move(of)) {}
    drainer(const drainer&) = delete;
    drainer& operator=(const drainer&) = delete;
    ~drainer()
    {
        std::lock_guard lock(policy_->mutex_);
        if (!done_)
            policy_->draining_ = false;
    }
    void done() noexcept { done_ = true; }

private:
    self_ptr policy_;
    bool done_ = false;
};

void retry_queue::policy::start_draining(const asio::any_io_executor& here) noexcept
{
    {
        std::lock_guard lock(mutex_);
        if (draining_ || backlog_.empty())
            return;
        draining_ = true;
    }
    try {
        auto mine = std::make_shared<drainer>(shared_from_this());
        auto work = drain(shared_from_this(), std::move(mine));
        tasks_.start(options_.executor().value_or(here), std::move(work));
    } catch (const std::exception&) { // closed, or no memory: the next one who comes tries again
    }
}

bool retry_queue::policy::stop_if_empty() noexcept
{
    std::lock_guard lock(mutex_);
    if (backlog_.empty())
        draining_ = false;
    return !draining_;
}

asio::awaitable<void> retry_queue::policy::drain(self_ptr self, std::shared_ptr<drainer> mine)
{
    const clock& time = self->options_.clock();
    const auto& how = self->options_;
    detail::backoff pause(how.pause(), how.longest_pause(), how.jitter());
    while (true) {
        const auto end = later(time.now(), pause.next());
        const bool closing = co_await self->closing_.wait_until(time, end);
        if (closing)
            co_return;
        const std::size_t done = co_await try_all(self, failures_that_end_a_round);
        if (self->stop_if_empty()) {
            mine->done();
            co_return;
        }
        if (done > 0)
            pause.succeeded();
    }
}

asio::awaitable<std::size_t> retry_queue::policy::flush(self_ptr self)
{
    constexpr std::size_t no_end = std::numeric_limits<std::size_t>::max();
    co_await try_all(self, no_end);
    co_return self->ask([](const auto& backlog) { return backlog.size(); });
}

asio::awaitable<std::size_t> retry_queue::policy::close(self_ptr self)
{
    self->closing_.set();
    co_await self->tasks_.close();
    const std::size_t left = co_await flush(self);
    co_await self->inner_->close();
    co_return left;
}

asio::awaitable<void> retry_queue::policy::handle(self_ptr self, close_call)
{
    co_await close(std::move(self));
}

// ---- the handle

retry_queue::retry_queue(storage_ptr inner, retry_options options)
    : policy_(std::make_shared<policy>(std::move(inner), std::move(options))),
      storage_(std::make_shared<detail::decorated<policy>>(policy_))
{}

std::size_t retry_queue::pending() const
{
    return policy_->ask([](const auto& backlog) { return backlog.size(); });
}

std::vector<pending_invalidation> retry_queue::list() const
{
    return policy_->ask([](const auto& backlog) { return backlog.list(); });
}

bool retry_queue::trusts(const storage_key& key) const
{
    return policy_->ask([&](const auto& backlog) { return backlog.trusts(key); });
}

std::uint64_t retry_queue::delivered() const
{
    return policy_->delivered();
}

asio::awaitable<std::size_t> retry_queue::flush() const
{
    return policy::flush(policy_);
}

asio::awaitable<std::size_t> retry_queue::close() const
{
    return policy::close(policy_);
}

} // namespace coffer
