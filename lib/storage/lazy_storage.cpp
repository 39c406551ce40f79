// SPDX-License-Identifier: BSL-1.0
#include <coffer/storage/lazy_storage.hpp>

#include "storage/decorated.hpp"

#include <coffer/net/event.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <map>
#include <mutex>
#include <stdexcept>

namespace coffer {
namespace {

constexpr capabilities in_process = {
    capability::leases,   capability::grace,        capability::tags, capability::clear,
    capability::counters, capability::floors,       capability::hold, capability::scan,
    capability::touch,    capability::put_if_absent};

bool is_cancellation(const std::exception_ptr& failure) noexcept
{
    try {
        std::rethrow_exception(failure);
    } catch (const boost::system::system_error& known) {
        return known.code() == asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

} // namespace

class lazy_storage::policy {
public:
    explicit policy(maker making) : make_(std::move(making)) {}

    capabilities able() const noexcept
    {
        std::lock_guard lock(mutex_);
        // A near tier needs a board from the beginning, when there is no storage yet.
        const auto able = made_ ? made_->able() : declared_.value_or(in_process);
        return able.without(capability::pushes);
    }
    std::shared_ptr<coherence_board> board() const noexcept { return nullptr; }
    coherence_ticket ticket(const storage_key&) const noexcept { return {}; }
    storage_limits limits() const noexcept
    {
        std::lock_guard lock(mutex_);
        return made_ ? made_->limits() : limits_;
    }
    std::string describe() const
    {
        const storage_ptr there = made();
        return there ? there->describe() : "storage to be made on first use";
    }

    void declare(capabilities able, storage_limits limits)
    {
        std::lock_guard lock(mutex_);
        declared_ = able;
        limits_ = limits;
    }

    storage_ptr made() const
    {
        std::lock_guard lock(mutex_);
        return made_;
    }

    static asio::awaitable<storage_ptr> resolve(std::shared_ptr<policy> self);
    static asio::awaitable<void> close(std::shared_ptr<policy> self);

    template <class Request>
    static asio::awaitable<typename Request::result> run(std::shared_ptr<policy> self, Request call)
    {
        if constexpr (Request::operation == storage_operation::close) {
            co_await close(self);
        } else {
            storage_ptr there = self->made();
            if (!there)
                there = co_await resolve(self);
            co_return co_await std::move(call).send(*there);
        }
    }

private:
    /// One run of the factory, and those who wait for it.
    struct attempt {
        event over;
        std::exception_ptr failure; // written before `over`; none if it was cancelled
    };
    class turn;

    static asio::awaitable<void> run_factory(std::shared_ptr<policy> self,
                                             std::shared_ptr<attempt> mine);
    void check(const storage_ptr& fresh) const;

    const maker make_;
    mutable std::mutex mutex_;
    storage_ptr made_; // this and all below guarded by mutex_
    std::shared_ptr<attempt> running_;
    std::optional<capabilities> declared_;
    storage_limits limits_;
    bool closed_ = false;
};

/// Ends the attempt however the coroutine ends, also if it is destroyed.
class lazy_storage::policy::turn {
public:
    turn(std::shared_ptr<policy> of, std::shared_ptr<attempt> mine)
        : policy_(std::move(of)), attempt_(std::move(mine))
    {}
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;
    ~turn()
    {
        {
            std::lock_guard lock(policy_->mutex_);
            policy_->running_.reset();
        }
        attempt_->over.set();
    }

private:
    std::shared_ptr<policy> policy_;
    std::shared_ptr<attempt> attempt_;
};

void lazy_storage::policy::check(const storage_ptr& fresh) const
{
    if (!fresh)
        throw std::invalid_argument("coffer: the factory of a lazy storage made nothing; it must "
                                    "return a storage or throw");
    std::lock_guard lock(mutex_);
    if (declared_ && !fresh->able().has(*declared_))
        throw boost::system::system_error(errc::unsupported,
                                          "what was declared of " + fresh->describe());
}

asio::awaitable<void> lazy_storage::policy::run_factory(std::shared_ptr<policy> self,
                                                        std::shared_ptr<attempt> mine)
{
    const turn until_end(self, mine);
    try {
        storage_ptr fresh = co_await self->make_();
        self->check(fresh);
        std::lock_guard lock(self->mutex_); // nothing below suspends
        self->made_ = std::move(fresh);
    } catch (...) {
        if (!is_cancellation(std::current_exception()))
            mine->failure = std::current_exception();
        throw;
    }
}

asio::awaitable<storage_ptr> lazy_storage::policy::resolve(std::shared_ptr<policy> self)
{
    while (true) {
        std::shared_ptr<attempt> joined;
        bool first = false;
        {
            std::lock_guard lock(self->mutex_);
            if (self->made_)
                co_return self->made_;
            if (self->closed_)
                throw boost::system::system_error(errc::closed, "storage to be made on first use");
            first = !self->running_;
            if (first)
                self->running_ = std::make_shared<attempt>();
            joined = self->running_;
        }
        if (first)
            co_await run_factory(self, joined);
        else
            co_await joined->over.wait();
        if (joined->failure)
            std::rethrow_exception(joined->failure);
    }
}

asio::awaitable<void> lazy_storage::policy::close(std::shared_ptr<policy> self)
{
    while (true) {
        std::shared_ptr<attempt> running;
        {
            std::lock_guard lock(self->mutex_);
            self->closed_ = true;
            running = self->running_;
        }
        if (!running)
            break;
        co_await running->over.wait();
    }
    const storage_ptr there = self->made();
    if (there)
        co_await there->close();
}

lazy_storage::lazy_storage(maker making)
    : policy_(std::make_shared<policy>(std::move(making))),
      storage_(std::make_shared<detail::decorated<policy>>(policy_))
{}

lazy_storage::maker lazy_storage::lift(std::function<storage_ptr()> plain)
{
    auto call = [](std::function<storage_ptr()> make) -> asio::awaitable<storage_ptr> {
        co_return make();
    };
    return [plain = std::move(plain), call] { return call(plain); };
}

const lazy_storage& lazy_storage::declares(capabilities able, storage_limits limits) const
{
    policy_->declare(able, limits);
    return *this;
}

storage_ptr lazy_storage::made() const
{
    return policy_->made();
}

asio::awaitable<storage_ptr> lazy_storage::make() const
{
    return policy::resolve(policy_);
}

class storage_registry::core {
public:
    lazy_storage insert(const std::string& key, lazy_storage fresh)
    {
        std::lock_guard lock(mutex_);
        return by_key_.try_emplace(key, std::move(fresh)).first->second;
    }

    static asio::awaitable<void> close(std::shared_ptr<core> self)
    {
        std::map<std::string, lazy_storage> all;
        {
            std::lock_guard lock(self->mutex_);
            all.swap(self->by_key_);
        }
        for (const auto& [key, one] : all)
            co_await one->close();
    }

private:
    std::mutex mutex_;
    std::map<std::string, lazy_storage> by_key_;
};

storage_registry::storage_registry() : core_(std::make_shared<core>())
{}

lazy_storage storage_registry::at(const std::string& key, lazy_storage::maker making) const
{
    return insert(key, lazy_storage(std::move(making)));
}

lazy_storage storage_registry::insert(const std::string& key, lazy_storage fresh) const
{
    return core_->insert(key, std::move(fresh));
}

asio::awaitable<void> storage_registry::close() const
{
    return core::close(core_);
}

} // namespace coffer
