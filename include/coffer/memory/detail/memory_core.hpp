// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/memory/detail/memory_shard.hpp>
#include <coffer/memory/detail/memory_terms.hpp>
#include <coffer/memory/detail/shard_array.hpp>
#include <coffer/memory/memory_hash.hpp>
#include <coffer/memory/s3_fifo.hpp>
#include <coffer/memory/value_slot.hpp>

#include <optional>

namespace coffer::detail {

enum class store_mode { always, if_absent };

/// What `memory_cache` does, without its documentation: which shard, which lock, in which order.
///
/// Here is what concerns one key; what goes through all shards is in `memory_core_whole.hpp`.
template <class K, class V, class Hash, class Equal, template <class> class Policy>
class memory_core {
public:
    memory_core(const memory_options& options, const memory_hooks<K, V>& hooks, Hash hash,
                Equal equal)
        : hash_(std::move(hash)), equal_(std::move(equal)), listener_(hooks.on_removal()),
          time_(options.clock()), budget_(options.entries(), options.weight()),
          terms_of_(hooks.weigher(), time_, options.ttl(), budget_),
          traits_(traits_of(options, terms_of_.weighs())),
          shards_(traits_.shards, traits_, time_, budget_)
    {}

    memory_core(const memory_core&) = delete;
    memory_core& operator=(const memory_core&) = delete;

    template <class Q, class F>
    bool hit(const Q& query, F&& f)
    {
        decltype(auto) key = as_key(query);
        const place at = locate(key);
        {
            lock guard(at.part.mutex);
            const std::uint32_t slot = find(at, key);
            if (slot != no_slot && at.part.read(slot)) {
                const V& value = at.part[slot].value;
                if (taken(f, value)) {
                    ++at.part.hits;
                    return true;
                }
            }
            ++at.part.misses;
            if (slot == no_slot)
                return false;
        }
        remove_expired(at, key);
        return false;
    }

    template <class Q, class F>
    bool look(const Q& query, F&& f) const
    {
        decltype(auto) key = as_key(query);
        const place at = locate(key);
        lock guard(at.part.mutex);
        const std::uint32_t slot = find(at, key);
        if (slot == no_slot || at.part.expired(slot))
            return false;
        f(std::as_const(at.part[slot].value));
        return true;
    }

    /// Moves from `key` and `value` only if it stores; a refused value goes to the listener.
    bool store(K& key, V& value, ttl lifetime, store_mode mode)
    {
        const memory_terms asked = terms_of_(key, value, lifetime);
        const place at = locate(key);
        if (asked.refused)
            return refuse(at, key, value, mode, *asked.refused);
        memory_excess left;
        {
            removals gone(at.part.slab(), listener_);
            lock guard(at.part.mutex);
            at.part.sweep(sweep_with_put, sweep_with_put, gone);
            const std::uint32_t old = find_live(at, key, gone);
            if (old != no_slot && mode == store_mode::if_absent)
                return false;
            left = link(at, old, key, value, asked, gone);
        }
        spill(at, left);
        return true;
    }

    /// Stores a copy of `made` if there is no value yet; returns the one that counts.
    V settle(K key, V made, ttl lifetime)
    {
        V copy(made);
        if (store(key, copy, lifetime, store_mode::if_absent))
            return made;
        std::optional<V> theirs;
        look(key, [&](const V& value) { theirs.emplace(value); });
        return theirs ? *std::move(theirs) : std::move(made);
    }

    template <class F>
    bool compute(K& key, F& f)
    {
        const place at = locate(key);
        value_slot<V> view; // ends after the lock, as does a value in it
        outcome done;
        {
            removals gone(at.part.slab(), listener_);
            lock guard(at.part.mutex);
            const std::uint32_t old = find_live(at, key, gone);
            view.bind(old == no_slot ? nullptr : &at.part[old].value);
            try {
                f(view);
                done = apply(at, old, key, view, gone);
            } catch (...) {
                if (view.touched())
                    at.part.remove(old, removal_cause::invalidated, gone);
                throw;
            }
        }
        if (done.refused)
            listener_.tell(key, *std::move(view.fresh()), *done.refused);
        spill(at, done.left);
        return done.present;
    }

    template <class Q>
    bool invalidate(const Q& query)
    {
        decltype(auto) key = as_key(query);
        const place at = locate(key);
        removals gone(at.part.slab(), listener_);
        lock guard(at.part.mutex);
        const std::uint32_t slot = find_live(at, key, gone);
        if (slot != no_slot)
            at.part.remove(slot, removal_cause::invalidated, gone);
        return slot != no_slot;
    }

    template <class F>
    std::size_t invalidate_if(F& pred);

    void clear();

    template <class F>
    void for_each(F&& f) const;

    std::size_t purge_expired(std::size_t limit);

    void resize(std::size_t entries);

    void resize_weight(std::size_t weight);

    std::size_t size() const noexcept { return budget_.entries(); }
    std::size_t weight() const noexcept { return budget_.weight(); }
    memory_stats stats() const;

    void check() const;

private:
    // A visitor may turn down what it sees by returning false.
    template <class F>
    static bool taken(F& f, const V& value)
    {
        if constexpr (std::same_as<std::invoke_result_t<F&, const V&>, bool>) {
            return f(value);
        } else {
            f(value);
            return true;
        }
    }

    using shard = memory_shard<K, V, Policy>;
    using removals = memory_removals<K, V>;
    using lock = std::lock_guard<std::mutex>;

    static constexpr std::size_t sweep_with_put = 4;
    static constexpr std::size_t sweep_at_once = 1024;

    /// Where the entry of a key is, if there is one.
    struct place {
        shard& part;
        std::uint32_t hash;
    };

    struct outcome {
        bool present = false;
        memory_excess left;
        std::optional<removal_cause> refused; // of a value still in the view
    };

    static const K& key_at(shard& part, std::uint32_t slot) noexcept { return part[slot].key; }
    static const V& value_at(shard& part, std::uint32_t slot) noexcept { return part[slot].value; }

    /// The query itself if it can be looked up with, else a key made from it.
    template <class Q>
    static decltype(auto) as_key(const Q& query)
    {
        if constexpr (std::same_as<Q, K> || transparent_key<Q, K, Hash, Equal>)
            return static_cast<const Q&>(query);
        else
            return K(query);
    }

    /// The shard and the place in it come from different bits of the hash.
    template <class Q>
    place locate(const Q& key) const
    {
        std::uint64_t bits = hash_(key);
        if constexpr (!requires { typename Hash::is_avalanching; })
            bits = mix(bits);
        return place{shards_[bits >> 40], static_cast<std::uint32_t>(bits)};
    }

    template <class Q>
    std::uint32_t find(const place& at, const Q& key) const
    {
        return at.part.find(at.hash, [&](const K& other) { return equal_(other, key); });
    }

    /// Likewise, but takes out an entry that has expired.
    template <class Q>
    std::uint32_t find_live(const place& at, const Q& key, removals& gone)
    {
        const std::uint32_t slot = find(at, key);
        if (slot == no_slot || !at.part.expired(slot))
            return slot;
        at.part.remove(slot, removal_cause::expired, gone);
        return no_slot;
    }

    template <class Q>
    void remove_expired(const place& at, const Q& key)
    {
        removals gone(at.part.slab(), listener_);
        lock guard(at.part.mutex);
        find_live(at, key, gone);
    }

    memory_excess link(const place& at, std::uint32_t old, K& key, V& value,
                       const memory_terms& asked, removals& gone)
    {
        const std::uint32_t slot =
            at.part.make(at.hash, std::move(key), std::move(value), asked.deadline, asked.weight);
        return at.part.link(slot, old, gone);
    }

    bool refuse(const place& at, K& key, V& value, store_mode mode, removal_cause cause)
    {
        {
            removals gone(at.part.slab(), listener_);
            lock guard(at.part.mutex);
            const std::uint32_t old = find_live(at, key, gone);
            if (old != no_slot && mode == store_mode::if_absent)
                return false;
            if (old != no_slot)
                at.part.remove(old, removal_cause::replaced, gone);
            ++at.part.rejected;
        }
        listener_.tell(key, std::move(value), cause);
        return false;
    }

    /// Under the lock: brings about what the function of `compute` wanted.
    outcome apply(const place& at, std::uint32_t old, K& key, value_slot<V>& view, removals& gone)
    {
        outcome done;
        if (view.fresh()) {
            const memory_terms asked = terms_of_(key, *view.fresh(), view.lifetime());
            done.refused = asked.refused;
            done.present = !asked.refused;
            if (done.present)
                done.left = link(at, old, key, *view.fresh(), asked, gone);
            else if (++at.part.rejected; old != no_slot)
                at.part.remove(old, removal_cause::replaced, gone);
        } else if (old != no_slot && !view.has_value()) {
            at.part.remove(old, removal_cause::invalidated, gone);
        } else if (old != no_slot) {
            done.present = true;
            if (view.touched() && terms_of_.weighs())
                reweigh(at, old, done, gone);
        }
        return done;
    }

    void reweigh(const place& at, std::uint32_t slot, outcome& done, removals& gone)
    {
        const std::size_t weight = terms_of_.weigh(key_at(at.part, slot), value_at(at.part, slot));
        done.present = terms_of_.fits(weight);
        if (done.present)
            done.left = at.part.reweigh(slot, weight, gone);
        else
            at.part.remove(slot, removal_cause::size, gone);
    }

    /// Evicts elsewhere what its own shard could not give. All around, and again, as what it looks
    /// for may be stored just behind it; nobody waits for this thread meanwhile.
    void spill(const place& at, memory_excess left)
    {
        auto from = static_cast<std::size_t>(&at.part - shards_.begin());
        while (left.any() && budget_.excess().any()) {
            shard& other = shards_[++from];
            removals gone(other.slab(), listener_);
            lock guard(other.mutex);
            left = other.evict(left, gone);
        }
    }

    void trim();

    const Hash hash_;
    const Equal equal_;
    memory_listener<K, V> listener_;
    const clock time_;
    memory_budget budget_;
    const memory_admission<K, V> terms_of_;
    const memory_traits traits_;
    const shard_array<shard> shards_;
};

} // namespace coffer::detail

#include <coffer/memory/detail/memory_core_whole.hpp>
