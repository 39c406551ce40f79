// SPDX-License-Identifier: BSL-1.0
#include <coffer/storage/breaker.hpp>

#include "storage/breaker_rule.hpp"
#include "storage/decorated.hpp"

#include <coffer/net/with_deadline.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <atomic>
#include <mutex>
#include <stdexcept>

namespace coffer {
namespace {

using boost::system::error_code;
using boost::system::system_error;
using detail::breaker_rule;

/// What an operation's end says about the storage.
enum class verdict { good, bad, nothing };

verdict judge(const std::exception_ptr& failure) noexcept
{
    try {
        std::rethrow_exception(failure);
    } catch (const system_error& known) {
        const bool says_nothing = known.code() == asio::error::operation_aborted ||
                                  detail::is_callers_fault(known.code());
        return says_nothing ? verdict::nothing : verdict::bad;
    } catch (const std::invalid_argument&) {
        return verdict::nothing; // never got to the store
    } catch (...) {
        return verdict::bad;
    }
}

/// An operation and what it needs to live on by itself after its time is over.
template <class Request>
asio::awaitable<typename Request::result> send(storage_ptr to, Request call)
{
    co_return co_await std::move(call).send(*to);
}

} // namespace

class breaker::policy {
public:
    policy(storage_ptr inner, breaker_options options)
        : inner_(std::move(inner)), options_(std::move(options)), rule_(options_)
    {}

    capabilities able() const noexcept { return inner_->able(); }
    storage_limits limits() const noexcept { return inner_->limits(); }
    std::string describe() const { return "breaker around " + inner_->describe(); }
    std::shared_ptr<coherence_board> board() const { return inner_->board(); }
    coherence_ticket ticket(const storage_key& key) const { return inner_->ticket(key); }

    template <class Request>
    static asio::awaitable<typename Request::result> run(std::shared_ptr<policy> self,
                                                         Request call);

    breaker_state state() const
    {
        std::lock_guard lock(mutex_);
        return rule_.state(options_.clock().now());
    }
    std::uint64_t opened() const
    {
        std::lock_guard lock(mutex_);
        return rule_.opened();
    }
    std::uint64_t refused() const noexcept { return refused_; }

private:
    using admission = breaker_rule::admission;

    /// Gives the admission back however the operation ends.
    class pass {
    public:
        explicit pass(std::shared_ptr<policy> from)
            : policy_(std::move(from)), mine_(policy_->admit())
        {}
        pass(const pass&) = delete;
        pass& operator=(const pass&) = delete;
        ~pass() { settle(verdict::nothing); }

        void settle(verdict how) noexcept
        {
            if (std::exchange(mine_.admitted, false))
                policy_->settle(mine_, how);
        }

    private:
        std::shared_ptr<policy> policy_;
        admission mine_;
    };

    /// Runs a step of the rule, and tells of a change of state after the lock is gone.
    template <class Step>
    auto change(const Step& step)
    {
        std::unique_lock lock(mutex_);
        const auto now = options_.clock().now();
        const auto result = step(rule_, now);
        const breaker_state after = rule_.state(now);
        const bool changed = std::exchange(told_, after) != after;
        lock.unlock();
        if (changed && options_.on_change())
            options_.on_change()(after);
        return result;
    }

    admission admit()
    {
        const admission mine = change([](breaker_rule& rule, auto now) { return rule.admit(now); });
        if (!mine.admitted) {
            ++refused_;
            throw system_error(errc::storage_unavailable, describe());
        }
        return mine;
    }

    void settle(admission mine, verdict how) noexcept
    {
        change([&](breaker_rule& rule, auto now) {
            if (how == verdict::good)
                rule.succeeded(mine, now);
            else if (how == verdict::bad)
                rule.failed(mine, now);
            else
                rule.dropped(mine);
            return true;
        });
    }

    template <class Request>
    asio::awaitable<typename Request::result> limited(Request call) const
    {
        auto operation = send(inner_, std::move(call));
        if (!options_.timeout())
            return operation;
        const clock& time = options_.clock();
        const auto end = later(time.now(), *options_.timeout());
        return with_deadline(std::move(operation), time, end, late_);
    }

    static asio::awaitable<void> close(std::shared_ptr<policy> self)
    {
        co_await self->inner_->close();
        co_await self->late_.close();
    }

    const storage_ptr inner_;
    const breaker_options options_;
    const background late_; // operations that go on after their time
    mutable std::mutex mutex_;
    breaker_rule rule_;                          // guarded by mutex_
    breaker_state told_ = breaker_state::closed; // guarded by mutex_
    std::atomic<std::uint64_t> refused_{0};
};

template <class Request>
asio::awaitable<typename Request::result> breaker::policy::run(std::shared_ptr<policy> self,
                                                               Request call)
{
    if constexpr (Request::operation == storage_operation::close) {
        co_await close(self);
    } else {
        pass mine(self);
        try {
            if constexpr (std::is_void_v<typename Request::result>) {
                co_await self->limited(std::move(call));
                mine.settle(verdict::good);
            } else {
                auto result = co_await self->limited(std::move(call));
                mine.settle(verdict::good);
                co_return result;
            }
        } catch (...) {
            mine.settle(judge(std::current_exception()));
            throw;
        }
    }
}

breaker::breaker(storage_ptr inner, breaker_options options)
    : policy_(std::make_shared<policy>(std::move(inner), std::move(options))),
      storage_(std::make_shared<detail::decorated<policy>>(policy_))
{}

breaker_state breaker::state() const
{
    return policy_->state();
}

std::uint64_t breaker::refused() const
{
    return policy_->refused();
}

std::uint64_t breaker::opened() const
{
    return policy_->opened();
}

} // namespace coffer
