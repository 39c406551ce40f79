// SPDX-License-Identifier: BSL-1.0
#include <coffer/storage/storage.hpp>

#include <exception>

namespace coffer {

// For storages that carry out less than they might.

asio::awaitable<acquired> storage::do_acquire(storage_key key, lease_terms terms)
{
    if (able().has(capability::leases))
        decline("acquire");
    acquired answer;
    answer.found = co_await get(std::move(key));
    const bool fresh = answer.found && answer.found->is_fresh() &&
                       (!terms.max_age || answer.found->age < *terms.max_age);
    if (fresh)
        answer.state = acquired_state::hit;
    else
        answer.state = answer.found ? acquired_state::stale : acquired_state::leased;
    co_return answer;
}

asio::awaitable<bool> storage::do_renew(storage_key, lease grant, std::chrono::milliseconds)
{
    if (able().has(capability::leases))
        decline("renew");
    co_return !grant; // the empty grant of `acquire` has no end
}

asio::awaitable<fill_state> storage::do_fill(storage_key key, lease, entry value)
{
    if (able().has(capability::leases))
        decline("fill");
    co_return co_await put(std::move(key), std::move(value));
}

asio::awaitable<void> storage::do_abandon(storage_key, lease)
{
    if (able().has(capability::leases))
        decline("abandon");
    co_return;
}

asio::awaitable<bool> storage::do_put_if_absent(storage_key, entry)
{
    decline("put_if_absent");
    co_return false;
}

asio::awaitable<bool> storage::do_touch(storage_key, ttl)
{
    decline("touch");
    co_return false;
}

asio::awaitable<std::int64_t> storage::do_increment(storage_key, std::int64_t, counter_terms)
{
    decline("increment");
    co_return 0;
}

asio::awaitable<std::vector<std::optional<stored_entry>>>
storage::do_get_many(std::vector<storage_key> keys)
{
    std::vector<std::optional<stored_entry>> results;
    results.reserve(keys.size());
    for (storage_key& key : keys) {
        auto found = co_await get(std::move(key));
        results.push_back(std::move(found));
    }
    co_return results;
}

asio::awaitable<std::vector<acquired>> storage::do_acquire_many(std::vector<storage_key> keys,
                                                                lease_terms terms)
{
    std::vector<acquired> results;
    results.reserve(keys.size());
    for (storage_key& key : keys) {
        auto answer = co_await acquire(std::move(key), terms);
        results.push_back(std::move(answer));
    }
    co_return results;
}

asio::awaitable<std::vector<fill_state>> storage::do_fill_many(std::vector<storage_key> keys,
                                                               std::vector<lease> grants,
                                                               std::vector<entry> values)
{
    std::vector<fill_state> results;
    results.reserve(keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const fill_state state = co_await fill(std::move(keys[i]), grants[i], std::move(values[i]));
        results.push_back(state);
    }
    co_return results;
}

asio::awaitable<std::vector<fill_state>> storage::do_put_many(std::vector<storage_key> keys,
                                                              std::vector<entry> values)
{
    std::vector<fill_state> results;
    results.reserve(keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const fill_state state = co_await put(std::move(keys[i]), std::move(values[i]));
        results.push_back(state);
    }
    co_return results;
}

asio::awaitable<void> storage::do_invalidate_many(std::vector<storage_key> keys, invalidation mode)
{
    std::exception_ptr first;
    for (storage_key& key : keys) {
        try {
            co_await invalidate(std::move(key), mode, std::nullopt);
        } catch (...) {
            if (!first)
                first = std::current_exception();
        }
    }
    if (first)
        std::rethrow_exception(first);
}

asio::awaitable<void> storage::do_bump(std::string, std::string, invalidation)
{
    decline("bump");
    co_return;
}

asio::awaitable<void> storage::do_clear(std::string, std::string)
{
    decline("clear");
    co_return;
}

asio::awaitable<void> storage::do_hold(storage_key, std::string, std::chrono::milliseconds)
{
    decline("hold");
    co_return;
}

asio::awaitable<void> storage::do_release(storage_key, std::string)
{
    decline("release");
    co_return;
}

asio::awaitable<storage::page> storage::do_scan(std::string, std::string, std::size_t)
{
    decline("scan");
    co_return page();
}

std::shared_ptr<coherence_board> storage::do_board()
{
    return nullptr;
}

coherence_ticket storage::do_ticket(const storage_key&)
{
    return {};
}

} // namespace coffer
