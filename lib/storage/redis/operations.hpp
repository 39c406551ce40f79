// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "storage/redis/store.hpp"

namespace coffer::detail {

/// The storage: single operations are batches of one where there is a batch.
class redis_store : public redis_store_base {
public:
    using redis_store_base::redis_store_base;

    capabilities able() const noexcept override;
    storage_limits limits() const noexcept override;
    std::string describe() const override;

    asio::awaitable<std::optional<stored_entry>> do_get(storage_key key) override;
    asio::awaitable<acquired> do_acquire(storage_key key, lease_terms terms) override;
    asio::awaitable<bool> do_renew(storage_key key, lease grant, milliseconds lease_for) override;
    asio::awaitable<fill_state> do_fill(storage_key key, lease grant, entry value) override;
    asio::awaitable<void> do_abandon(storage_key key, lease grant) override;
    asio::awaitable<fill_state> do_put(storage_key key, entry value) override;
    asio::awaitable<bool> do_put_if_absent(storage_key key, entry value) override;
    asio::awaitable<void> do_invalidate(storage_key key, invalidation mode,
                                        std::optional<std::uint64_t> floor) override;
    asio::awaitable<bool> do_touch(storage_key key, ttl lifetime) override;
    asio::awaitable<std::int64_t> do_increment(storage_key key, std::int64_t by,
                                               counter_terms terms) override;
    asio::awaitable<std::vector<std::optional<stored_entry>>>
    do_get_many(std::vector<storage_key> keys) override;
    asio::awaitable<std::vector<acquired>> do_acquire_many(std::vector<storage_key> keys,
                                                           lease_terms terms) override;
    asio::awaitable<std::vector<fill_state>> do_fill_many(std::vector<storage_key> keys,
                                                          std::vector<lease> grants,
                                                          std::vector<entry> values) override;
    asio::awaitable<std::vector<fill_state>> do_put_many(std::vector<storage_key> keys,
                                                         std::vector<entry> values) override;
    asio::awaitable<void> do_invalidate_many(std::vector<storage_key> keys,
                                             invalidation mode) override;
    asio::awaitable<void> do_bump(std::string space, std::string tag, invalidation mode) override;
    asio::awaitable<void> do_clear(std::string space, std::string group) override;
    asio::awaitable<void> do_hold(storage_key key, std::string owner,
                                  milliseconds hold_for) override;
    asio::awaitable<void> do_release(storage_key key, std::string owner) override;
    asio::awaitable<page> do_scan(std::string space, std::string from, std::size_t about) override;
    asio::awaitable<void> do_close() override;
    std::shared_ptr<coherence_board> do_board() override { return watched_board(); }
    coherence_ticket do_ticket(const storage_key& key) override;

private:
    class acquiring;
    class kept_entry;

    // Of at most `most_in_a_trip` keys; the vectors are the caller's, and stay.
    asio::awaitable<void> get_some(std::span<const storage_key> keys,
                                   std::span<std::optional<stored_entry>> to);
    // `channel`: where to tell that a lease has ended; empty for nowhere.
    asio::awaitable<void> acquire_some(std::span<const storage_key> keys, lease_terms terms,
                                       std::string channel, std::span<acquired> to);
    asio::awaitable<void> acquire_round(std::vector<acquiring>* all, lease_terms terms,
                                        std::string channel);
    asio::awaitable<void> settle(std::vector<acquiring*> asked, redis_places seen,
                                 milliseconds lease_for);
    asio::awaitable<void> fill_some(std::span<const storage_key> keys, std::span<const lease> by,
                                    std::span<entry> values, std::span<fill_state> to);
    asio::awaitable<void> watch_filled(std::vector<kept_entry> all);
    asio::awaitable<void> put_some(std::span<const storage_key> keys, std::span<entry> values,
                                   std::span<fill_state> to);
    asio::awaitable<void> invalidate_some(std::span<const storage_key> keys, invalidation mode,
                                          std::string floor);
    asio::awaitable<void> amend(redis_trip trip);
    asio::awaitable<void> move(std::string space, std::string field, const char* how);
    asio::awaitable<bool> is_outdated(const storage_key& key, std::string sequence,
                                      std::string tags_told, const redis_places& seen);
    asio::awaitable<std::vector<storage_key>> look_at(std::string space,
                                                      std::vector<std::string> names);
    asio::awaitable<bool> is_at_home() const;
    static fill_state state_in(const redis_fields& answer);
};

} // namespace coffer::detail
