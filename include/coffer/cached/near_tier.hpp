// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/cached/call_key.hpp>
#include <coffer/cached/call_terms.hpp>
#include <coffer/cached/settings.hpp>
#include <coffer/memory/memory_cache.hpp>
#include <coffer/net/timer.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace coffer::detail {

/// What few entries have, kept apart so that the others stay small.
class near_extras {
public:
    std::vector<std::string> tags;
    std::string validator;
    std::optional<std::chrono::milliseconds> grace; // absent: the function's
    coherence_ticket ticket;                        // for near(coherent)
};

/// A typed value in this process, with what decides whether it may be served.
template <class R>
class near_value {
public:
    explicit near_value(R from) : value(std::move(from)) {}

    R value;
    std::uint64_t captured = 0; // of the place's markers, before the value was loaded
    clock::steady_time loaded{};
    clock::steady_time fresh_until = clock::steady_time::max(); // max: as long as it is kept
    std::shared_ptr<const near_extras> extras;                  // null: nothing of the kind
};

/// The near tier of one function.
///
/// Whoever changes an entry holds the mutex of the key's flight shard, so what leaves the tier is
/// collected in a `removals` of the caller's, and destroyed when that lock is gone.
template <class R, class... Args>
class near_tier {
    using key = near_key<Args...>;
    using value_type = near_value<R>;
    using cache_type = memory_cache<key, value_type, call_hash, call_equal>;

public:
    using ref = call_ref<Args...>;

    /// Takes what an operation drops, from its thread, while it lives.
    class removals {
    public:
        explicit removals(const near_tier& of) : tier_(of), outer_(std::exchange(current, this)) {}
        removals(const removals&) = delete;
        removals& operator=(const removals&) = delete;
        ~removals()
        {
            current = outer_;
            if (first_)
                tier_.evicted_(first_->cause);
            for (const auto& one : more_)
                tier_.evicted_(one.cause);
        }

    private:
        friend class near_tier;
        class removed {
        public:
            removed(value_type&& gone, removal_cause why) : value(std::move(gone)), cause(why) {}
            value_type value;
            removal_cause cause;
        };

        void take(value_type&& gone, removal_cause cause)
        {
            if (first_)
                more_.emplace_back(std::move(gone), cause);
            else
                first_.emplace(std::move(gone), cause);
        }

        static inline thread_local removals* current = nullptr;

        const near_tier& tier_;
        removals* outer_;
        std::optional<removed> first_; // mostly all there is
        std::vector<removed> more_;
    };

    near_tier(const function_settings& settings, std::function<std::size_t(const R&)> weigh,
              std::function<void(removal_cause)> evicted)
        : clock_(settings.time),
          grace_(settings.store ? std::chrono::milliseconds(0) : settings.grace),
          evicted_(std::move(evicted)),
          board_(settings.near_coherent ? settings.store->board() : nullptr),
          cache_(limits(settings), hooks(std::move(weigh)))
    {}

    /// True if the storage vouches for what is read or stored with this ticket; always if it was
    /// not asked to.
    bool is_vouched(const coherence_ticket& ticket) const noexcept
    {
        return !board_ || board_->holds(ticket);
    }
    /// How often the storage did not vouch any more for an entry that was asked for.
    std::uint64_t voided() const noexcept { return voided_.load(std::memory_order_relaxed); }

    enum class freshness : std::uint8_t { fresh, stale, unusable }; // from good to bad

    /// Hands the value of a fresh entry to `take` and counts a hit; else false.
    template <class Take>
    bool hit(const ref& at, const call_terms& terms, Take take)
    {
        return cache_.visit(at, [&](const value_type& entry) {
            if (judge(*at.where, entry, terms) == freshness::fresh) {
                take(entry);
                return true;
            }
            if (is_void(entry))
                voided_.fetch_add(1, std::memory_order_relaxed);
            return false;
        });
    }

    /// Hands an entry that is at least as good as `least` to `take`. Counted as nothing.
    template <class Take>
    freshness look(const ref& at, const call_terms& terms, Take take, freshness least)
    {
        auto found = freshness::unusable;
        cache_.peek(at, [&](const value_type& entry) {
            found = judge(*at.where, entry, terms);
            if (found <= least)
                take(entry);
        });
        return found;
    }

    void put(const ref& at, value_type entry, ttl kept)
    {
        cache_.put(key::of(at), std::move(entry), kept);
    }
    void erase(const ref& at) { cache_.invalidate(at); }
    /// Makes it stale for the time of its grace; drops it if it has none.
    void expire(const ref& at)
    {
        cache_.compute(key::of(at), [this](value_slot<value_type>& entry) {
            const auto now = clock_.now();
            if (!entry || entry->fresh_until <= now)
                return;
            const auto grace = grace_of(*entry);
            if (grace.count() == 0)
                return entry.reset();
            value_type stale = *entry;
            stale.fresh_until = now;
            entry = std::move(stale);
            entry.lifetime(grace);
        });
    }
    /// Gives all memory back.
    void clear() { cache_.clear(); }

    /// Copies of what the fresh entries of one place hold.
    std::vector<R> values(const place& where)
    {
        std::vector<R> all;
        cache_.for_each([&](const key& at, const value_type& entry) {
            if (at.where == &where && judge(where, entry, call_terms()) == freshness::fresh)
                all.push_back(entry.value);
        });
        return all;
    }

    memory_stats stats() { return cache_.stats(); }
    void check_invariants() { cache_.check_invariants(); }

private:
    bool is_void(const value_type& entry) const noexcept
    {
        return board_ && !(entry.extras && board_->holds(entry.extras->ticket));
    }
    freshness judge(const place& where, const value_type& entry, const call_terms& terms) const
    {
        if (is_void(entry))
            return freshness::unusable;
        if (entry.captured != where.markers().sequence()) {
            if (where.was_cleared_since(entry.captured))
                return freshness::unusable;
            static const std::vector<std::string> none;
            const auto& tags = entry.extras ? entry.extras->tags : none;
            const auto [verdict, since] = where.markers().since(entry.captured, tags);
            switch (verdict) {
            case tag_markers::verdict::invalid:
                return freshness::unusable;
            case tag_markers::verdict::stale:
                return clock_.reached(later(since, grace_of(entry))) ? freshness::unusable
                                                                     : freshness::stale;
            case tag_markers::verdict::valid:
                break;
            }
        }
        if (clock_.reached(entry.fresh_until))
            return freshness::stale;
        if (!terms.any_age() && clock_.now() - entry.loaded > terms.max_age())
            return freshness::stale;
        return freshness::fresh;
    }

    static memory_options limits(const function_settings& settings)
    {
        memory_options limits;
        limits.entries(settings.capacity).clock(settings.time);
        limits.time_to_idle(settings.time_to_idle);
        if (settings.max_weight > 0)
            limits.weight(settings.max_weight);
        return limits;
    }

    memory_hooks<key, value_type> hooks(std::function<std::size_t(const R&)> weigh)
    {
        memory_hooks<key, value_type> made;
        if (weigh)
            made.weigher([w = std::move(weigh)](const key&, const value_type& entry) {
                return w(entry.value);
            });
        made.on_removal([](const key&, value_type&& gone, removal_cause cause) {
            if (removals* taker = removals::current)
                taker->take(std::move(gone), cause);
        });
        return made;
    }

    std::chrono::milliseconds grace_of(const value_type& entry) const noexcept
    {
        return entry.extras ? entry.extras->grace.value_or(grace_) : grace_;
    }

    const coffer::clock clock_;
    const std::chrono::milliseconds grace_; // zero over a storage: there it is its business
    const std::function<void(removal_cause)> evicted_; // must not throw
    const std::shared_ptr<coherence_board> board_;     // null: not coherent
    std::atomic<std::uint64_t> voided_{0};
    cache_type cache_;
};

} // namespace coffer::detail
