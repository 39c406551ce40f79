// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/memory/detail/awaited.hpp>
#include <coffer/memory/detail/memory_core.hpp>

#include <optional>
#include <utility>
#include <vector>

namespace coffer {

/// A function that may look at a value under a cache's lock: it must not suspend, so it must not
/// return anything that is awaited.
template <class F, class V>
concept value_visitor =
    std::invocable<F&, const V&> && !detail::awaited<std::invoke_result_t<F&, const V&>>;

/// A bounded, thread-safe map from keys to values inside this process, which evicts what is least
/// worth keeping. Nothing in it suspends or knows of executors.
///
///     coffer::memory_cache<std::string, user> users(
///         coffer::memory_options().entries(100'000).ttl(5min));
///     users.put("u1", u);
///     std::optional<user> found = users.get("u1");
///
/// Bound: the limits hold for the cache as a whole, however its shards are filled. A put makes
/// room before its entry becomes visible; only when its own shard has nothing left to give is the
/// bound exceeded, by that one entry, until the same call has evicted from another shard. A limit
/// of ten entries holds exactly ten. Of a weight limit the heaviest entry can be all; one of zero
/// weight is evicted like any other. No entry can weigh more than 4,294,967,295.
///
/// Expiry: an entry that has expired is never handed out. It counts in `size()` until it is swept
/// out: by an access to its key, a little with each put, or `purge_expired`.
///
/// Look-up: with a transparent `Hash` and `Equal` (as by default for `std::string`) by anything
/// that they take.
///
/// Threads: any number, on all members but the destructor and moves, of which there are none. Each
/// operation on a key is atomic. The hash, the equality and what copies a key or value may run
/// under the lock of a shard, and so does the function given to `visit`, `compute`, `for_each` and
/// `invalidate_if`: these must not call the cache. Weigher (but in `compute`), removal listener,
/// factories and destructors of removed values run outside of all locks and may call it.
///
/// Errors: what the user's own functions throw passes through and leaves the cache whole.
/// `std::bad_alloc` from storing operations, which then stored nothing.
///
/// Cost: a hit takes one hash, one shard lock and no allocation. An entry takes about 36 bytes
/// besides key and value, up to 6 more once there are evictions, 4 with a weigher, 8 with a time to
/// idle. Memory of entries is used again by later ones; `clear` gives it back.
template <class K, class V, class Hash = memory_hash<K>, class Equal = memory_equal<K>,
          template <class> class Policy = s3_fifo>
class memory_cache {
public:
    using key_type = K;
    using mapped_type = V;
    using hooks = memory_hooks<K, V>;

    /// Errors: `std::invalid_argument` if a weight is bounded but there is no weigher.
    explicit memory_cache(const memory_options& options = {}, hooks with = {}, Hash hash = {},
                          Equal equal = {})
        : core_(options, std::move(with), std::move(hash), std::move(equal))
    {}

    /// A copy of the value, if it is there and has not expired.
    template <lookup_key<K, Hash, Equal> Q = K>
    std::optional<V> get(const Q& key)
    {
        std::optional<V> found;
        core_.hit(key, [&](const V& value) { found.emplace(value); });
        return found;
    }

    /// Calls `f(const V&)` with the value in place, if it is there and has not expired; tells
    /// whether. This is the cheapest way to hit. An `f` that returns `bool` may turn the value down
    /// with false: then it counts as a miss.
    template <class Q = K, class F>
        requires lookup_key<Q, K, Hash, Equal> && value_visitor<F, V>
    bool visit(const Q& key, F&& f)
    {
        return core_.hit(key, f);
    }

    /// Like `get`, but counts neither as a use of the entry nor in `stats()`.
    template <lookup_key<K, Hash, Equal> Q = K>
    std::optional<V> peek(const Q& key) const
    {
        std::optional<V> found;
        core_.look(key, [&](const V& value) { found.emplace(value); });
        return found;
    }

    /// Like `peek`, in place: calls `f(const V&)`; tells whether there is a value.
    template <class Q = K, class F>
        requires lookup_key<Q, K, Hash, Equal> && value_visitor<F, V>
    bool peek(const Q& key, F&& f)
    {
        return core_.look(key, f);
    }

    /// Like `peek`, without the value.
    template <lookup_key<K, Hash, Equal> Q = K>
    bool contains(const Q& key) const
    {
        return core_.look(key, [](const V&) {});
    }

    /// Stores a value, in place of the key's present one.
    ///
    /// Returns false if nothing was stored: the entry is heavier than the whole cache may be, there
    /// is no capacity at all, or `lifetime` is zero. The present value goes even then, and the
    /// listener is told of the refused one (`size` or `expired`).
    bool put(K key, V value, ttl lifetime = ttl::inherit())
    {
        return core_.store(key, value, lifetime, detail::store_mode::always);
    }

    /// Stores a value unless the key has one; tells whether it stored.
    bool put_if_absent(K key, V value, ttl lifetime = ttl::inherit())
    {
        return core_.store(key, value, lifetime, detail::store_mode::if_absent);
    }

    /// The present value, else what `make()` returns, stored unless it can't be.
    ///
    /// `make` runs outside of all locks. Of several threads that miss at once each runs it, and all
    /// return the value that was stored first; for one load see `coffer::cached`.
    template <std::invocable<> F>
        requires std::convertible_to<std::invoke_result_t<F&>, V>
    V get_or_insert(K key, F&& make, ttl lifetime = ttl::inherit())
    {
        if (std::optional<V> found = get(key))
            return *std::move(found);
        V made = make();
        return core_.settle(std::move(key), std::move(made), lifetime);
    }

    /// Lets `f(value_slot<V>&)` change, replace, set or erase the value of a key, atomically.
    ///
    /// A changed value keeps its deadline, an assigned one gets a new one. If `f` throws after it
    /// had access for change, the entry is dropped, as it may be half changed; else all is as
    /// before.
    ///
    /// Returns whether the key has a value afterwards.
    template <std::invocable<value_slot<V>&> F>
        requires(!detail::awaited<std::invoke_result_t<F&, value_slot<V>&>>)
    bool compute(K key, F&& f)
    {
        return core_.compute(key, f);
    }

    /// Removes an entry; tells whether there was one that had not expired.
    template <lookup_key<K, Hash, Equal> Q = K>
    bool invalidate(const Q& key)
    {
        return core_.invalidate(key);
    }

    /// Removes each entry for which `pred(const K&, const V&)` holds; returns how many. Shard by
    /// shard: what is stored meanwhile may or may not be seen.
    template <std::predicate<const K&, const V&> F>
    std::size_t invalidate_if(F&& pred)
    {
        return core_.invalidate_if(pred);
    }

    /// Removes all; what is stored meanwhile may stay.
    void clear() { core_.clear(); }

    /// Calls `f(const K&, const V&)` for each entry that has not expired, under the lock of one
    /// shard at a time.
    template <std::invocable<const K&, const V&> F>
    void for_each(F&& f) const
    {
        core_.for_each(f);
    }

    /// A copy of all entries that have not expired; each shard as it was at one moment.
    std::vector<std::pair<K, V>> snapshot() const
    {
        std::vector<std::pair<K, V>> all;
        core_.for_each([&](const K& key, const V& value) { all.emplace_back(key, value); });
        return all;
    }

    /// Removes up to `limit` expired entries; returns how many it found.
    ///
    /// Cost: nothing if none can have expired, else it looks at every entry, but at no more than
    /// 1024 under one lock.
    std::size_t purge_expired(std::size_t limit = memory_options::no_limit)
    {
        return core_.purge_expired(limit);
    }

    /// Changes the bound on entries, evicting what is too much; `memory_options::no_limit` for
    /// none.
    void resize(std::size_t entries) { core_.resize(entries); }

    /// Changes the bound on weight. Errors: `std::invalid_argument` if there is no weigher.
    void resize_weight(std::size_t weight) { core_.resize_weight(weight); }

    /// Entries, expired ones not yet swept out included.
    std::size_t size() const noexcept { return core_.size(); }
    /// What the weigher said of them, in sum.
    std::size_t weight() const noexcept { return core_.weight(); }

    memory_stats stats() const { return core_.stats(); }

    /// For tests, in a quiet cache: throws `std::logic_error` if its parts disagree.
    void check_invariants() const { core_.check(); }

private:
    detail::memory_core<K, V, Hash, Equal, Policy> core_;
};

} // namespace coffer
