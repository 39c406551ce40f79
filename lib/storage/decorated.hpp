// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "storage/request.hpp"

namespace coffer::detail {

/// A storage whose every operation goes through one function of a policy:
///
///     template <class Request>
///     static asio::awaitable<typename Request::result> run(std::shared_ptr<Policy>, Request);
///
/// and which declares what the policy says in `able()`, `limits()` and `describe()`, and has its
/// `board()` and `ticket(key)`.
template <class Policy>
class decorated final : public storage {
public:
    using milliseconds = std::chrono::milliseconds;
    using op = storage_operation;

    explicit decorated(std::shared_ptr<Policy> policy) : policy_(std::move(policy)) {}

    capabilities able() const noexcept override { return policy_->able(); }
    storage_limits limits() const noexcept override { return policy_->limits(); }
    std::string describe() const override { return policy_->describe(); }

    asio::awaitable<std::optional<stored_entry>> do_get(storage_key key) override
    {
        return run<op::get, &storage::get>(std::move(key));
    }
    asio::awaitable<acquired> do_acquire(storage_key key, lease_terms terms) override
    {
        return run<op::acquire, &storage::acquire>(std::move(key), terms);
    }
    asio::awaitable<bool> do_renew(storage_key key, lease grant, milliseconds lease_for) override
    {
        return run<op::renew, &storage::renew>(std::move(key), grant, lease_for);
    }
    asio::awaitable<fill_state> do_fill(storage_key key, lease grant, entry value) override
    {
        return run<op::fill, &storage::fill>(std::move(key), grant, std::move(value));
    }
    asio::awaitable<void> do_abandon(storage_key key, lease grant) override
    {
        return run<op::abandon, &storage::abandon>(std::move(key), grant);
    }
    asio::awaitable<fill_state> do_put(storage_key key, entry value) override
    {
        return run<op::put, &storage::put>(std::move(key), std::move(value));
    }
    asio::awaitable<bool> do_put_if_absent(storage_key key, entry value) override
    {
        return run<op::put_if_absent, &storage::put_if_absent>(std::move(key), std::move(value));
    }
    asio::awaitable<void> do_invalidate(storage_key key, invalidation mode,
                                        std::optional<std::uint64_t> floor) override
    {
        return run<op::invalidate, &storage::invalidate>(std::move(key), mode, floor);
    }
    asio::awaitable<bool> do_touch(storage_key key, ttl lifetime) override
    {
        return run<op::touch, &storage::touch>(std::move(key), lifetime);
    }
    asio::awaitable<std::int64_t> do_increment(storage_key key, std::int64_t by,
                                               counter_terms terms) override
    {
        return run<op::increment, &storage::increment>(std::move(key), by, terms);
    }
    asio::awaitable<std::vector<std::optional<stored_entry>>>
    do_get_many(std::vector<storage_key> keys) override
    {
        return run<op::get_many, &storage::get_many>(std::move(keys));
    }
    asio::awaitable<std::vector<acquired>> do_acquire_many(std::vector<storage_key> keys,
                                                           lease_terms terms) override
    {
        return run<op::acquire_many, &storage::acquire_many>(std::move(keys), terms);
    }
    asio::awaitable<std::vector<fill_state>> do_fill_many(std::vector<storage_key> keys,
                                                          std::vector<lease> grants,
                                                          std::vector<entry> values) override
    {
        return run<op::fill_many, &storage::fill_many>(std::move(keys), std::move(grants),
                                                       std::move(values));
    }
    asio::awaitable<std::vector<fill_state>> do_put_many(std::vector<storage_key> keys,
                                                         std::vector<entry> values) override
    {
        return run<op::put_many, &storage::put_many>(std::move(keys), std::move(values));
    }
    asio::awaitable<void> do_invalidate_many(std::vector<storage_key> keys,
                                             invalidation mode) override
    {
        return run<op::invalidate_many, &storage::invalidate_many>(std::move(keys), mode);
    }
    asio::awaitable<void> do_bump(std::string space, std::string tag, invalidation mode) override
    {
        return run<op::bump, &storage::bump>(std::move(space), std::move(tag), mode);
    }
    asio::awaitable<void> do_clear(std::string space, std::string group) override
    {
        return run<op::clear, &storage::clear>(std::move(space), std::move(group));
    }
    asio::awaitable<void> do_hold(storage_key key, std::string owner,
                                  milliseconds hold_for) override
    {
        return run<op::hold, &storage::hold>(std::move(key), std::move(owner), hold_for);
    }
    asio::awaitable<void> do_release(storage_key key, std::string owner) override
    {
        return run<op::release, &storage::release>(std::move(key), std::move(owner));
    }
    asio::awaitable<page> do_scan(std::string space, std::string from, std::size_t about) override
    {
        return run<op::scan, &storage::scan>(std::move(space), std::move(from), about);
    }
    asio::awaitable<void> do_close() override { return run<op::close, &storage::close>(); }
    std::shared_ptr<coherence_board> do_board() override { return policy_->board(); }
    coherence_ticket do_ticket(const storage_key& key) override { return policy_->ticket(key); }

private:
    template <storage_operation Operation, auto Member, class... Arguments>
    auto run(Arguments... with)
    {
        return Policy::run(policy_, request<Operation, Member>(std::move(with)...));
    }

    const std::shared_ptr<Policy> policy_;
};

/// True for errors that say something of the call and nothing of the storage's health.
inline bool is_callers_fault(const boost::system::error_code& code) noexcept
{
    return code == errc::unsupported || code == errc::key_too_large ||
           code == errc::value_too_large || code == errc::not_a_counter || code == errc::closed;
}

} // namespace coffer::detail
