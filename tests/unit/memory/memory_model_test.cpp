// SPDX-License-Identifier: BSL-1.0
#include "policy_support.hpp"

#include <coffer/memory/lru.hpp>
#include <coffer/memory/memory_cache.hpp>
#include <coffer/testing/manual_clock.hpp>

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <vector>

using namespace std::chrono_literals;
using namespace policy_support;
using coffer::memory_options;
using coffer::removal_cause;

namespace {

/// A value that knows its weight and which put it came from.
struct item {
    std::size_t weight = 1;
    unsigned stamp = 0;
    friend bool operator==(const item&, const item&) = default;
};

struct notice {
    key id;
    item value;
    removal_cause cause;
    friend bool operator==(const notice&, const notice&) = default;
};

struct bounds {
    std::size_t entries = memory_options::no_limit;
    std::size_t weight = memory_options::no_limit;

    memory_options options() const
    {
        memory_options made;
        made.shards(1);
        if (entries != memory_options::no_limit)
            made.entries(entries);
        if (weight != memory_options::no_limit)
            made.weight(weight);
        return made;
    }
};

/// The whole cache in the plainest form: one map and a naive policy. Predicts every eviction.
template <class Policy>
class naive_cache {
public:
    explicit naive_cache(bounds limits) : limits_(limits) {}

    bool put(key id, item value)
    {
        const auto old = entries_.find(id);
        const bool known = old != entries_.end();
        if (limits_.entries == 0 || value.weight > limits_.weight) {
            if (known)
                drop(id, removal_cause::replaced);
            heard.push_back({id, value, removal_cause::size});
            return false;
        }
        known ? replace(id, value) : insert(id, value);
        return true;
    }

    bool put_if_absent(key id, item value) { return !entries_.contains(id) && put(id, value); }

    const item* get(key id)
    {
        const auto found = entries_.find(id);
        if (found == entries_.end())
            return nullptr;
        policy_.hit(id);
        return &found->second;
    }

    bool change(key id, item value)
    {
        const auto found = entries_.find(id);
        if (found == entries_.end())
            return false;
        found->second = value;
        if (value.weight > limits_.weight) {
            drop(id, removal_cause::size);
            return false;
        }
        policy_.recost(id, cost(value));
        if (make_room(id, 0))
            policy_.insert({id, hash(id), cost(value)});
        return true;
    }

    bool drop(key id, removal_cause cause)
    {
        const auto found = entries_.find(id);
        if (found == entries_.end())
            return false;
        policy_.remove(id);
        heard.push_back({id, found->second, cause});
        entries_.erase(found);
        return true;
    }

    void clear()
    {
        policy_.clear();
        entries_.clear(); // the order of these notices is the cache's own
    }

    void resize(bounds limits)
    {
        limits_ = limits;
        make_room(none, 0);
    }

    std::size_t weight() const
    {
        std::size_t sum = 0;
        for (const auto& [id, value] : entries_)
            sum += value.weight;
        return sum;
    }

    const std::map<key, item>& entries() const { return entries_; }

    std::vector<notice> heard;

private:
    static constexpr key none = 0xffff'ffff;

    static std::uint32_t hash(key id)
    {
        return static_cast<std::uint32_t>(coffer::detail::mix(std::hash<key>()(id)));
    }

    std::size_t cost(const item& value) const
    {
        return limits_.weight == memory_options::no_limit ? 1 : value.weight;
    }

    void insert(key id, item value)
    {
        make_room(none, 1, value.weight);
        entries_[id] = value;
        policy_.insert({id, hash(id), cost(value)});
    }

    void replace(key id, item value)
    {
        const item old = entries_.at(id);
        entries_.at(id).weight = value.weight;
        if (make_room(id, 0))
            policy_.insert({id, hash(id), cost(value)});
        else
            policy_.replace(id, cost(value));
        entries_.at(id) = value;
        heard.push_back({id, old, removal_cause::replaced});
    }

    /// Evicts until so much more fits; true if the policy gave `kept` up on the way.
    bool make_room(key kept, std::size_t more_entries, std::size_t more_weight = 0)
    {
        bool given_up = false;
        while (entries_.size() + more_entries > limits_.entries ||
               weight() + more_weight > limits_.weight) {
            const std::optional<key> victim = policy_.victim();
            if (!victim)
                break;
            if (*victim == kept) {
                given_up = true;
                continue;
            }
            heard.push_back({*victim, entries_.at(*victim), removal_cause::size});
            entries_.erase(*victim);
        }
        return given_up;
    }

    bounds limits_;
    Policy policy_;
    std::map<key, item> entries_;
};

template <template <class> class Policy, class Naive>
class duel {
public:
    duel(unsigned seed, bounds limits)
        : random_(seed), limits_(limits), model_(limits),
          cache_(limits.options(), typename cache_type::hooks()
                                       .weigher([](key, const item& value) { return value.weight; })
                                       .on_removal([this](key id, item&& value, removal_cause why) {
                                           heard_.push_back({id, value, why});
                                       }))
    {}

    void step()
    {
        const key id = random_() % (random_() % 4 == 0 ? 120 : 25);
        const item value{random_() % 20 == 0 ? random_() % 60 : random_() % 9, ++stamp_};
        switch (random_() % 16) {
        case 0:
        case 1:
        case 2:
        case 3:
        case 4:
            REQUIRE(cache_.put(id, value) == model_.put(id, value));
            break;
        case 5:
            REQUIRE(cache_.put_if_absent(id, value) == model_.put_if_absent(id, value));
            break;
        case 6:
            REQUIRE(cache_.invalidate(id) == model_.drop(id, removal_cause::invalidated));
            break;
        case 7:
            REQUIRE(change(id, value) == model_.change(id, value));
            break;
        case 8:
            if (random_() % 200 == 0)
                reset();
            break;
        default:
            get(id);
        }
        check();
    }

private:
    using cache_type = coffer::memory_cache<key, item, coffer::memory_hash<key>,
                                            coffer::memory_equal<key>, Policy>;

    void get(key id)
    {
        const item* const expected = model_.get(id);
        const std::optional<item> found = cache_.get(id);
        REQUIRE(found.has_value() == (expected != nullptr));
        if (expected)
            REQUIRE(*found == *expected);
    }

    bool change(key id, item value)
    {
        return cache_.compute(id, [&](coffer::value_slot<item>& slot) {
            if (slot)
                *slot = value;
        });
    }

    void reset()
    {
        if (random_() % 2 == 0) {
            cache_.clear();
            model_.clear();
            heard_.clear();
            model_.heard.clear();
            return;
        }
        bounds other = limits_;
        if (other.entries != memory_options::no_limit)
            cache_.resize(other.entries = 1 + random_() % limits_.entries);
        if (other.weight != memory_options::no_limit)
            cache_.resize_weight(other.weight = 1 + random_() % limits_.weight);
        model_.resize(other);
    }

    void check()
    {
        REQUIRE(heard_ == model_.heard);
        heard_.clear();
        model_.heard.clear();
        REQUIRE(cache_.size() == model_.entries().size());
        REQUIRE(cache_.weight() == model_.weight());
        if (stamp_ % 16 != 0)
            return;
        std::map<key, item> all;
        cache_.for_each([&](key id, const item& value) { all.emplace(id, value); });
        REQUIRE(all == model_.entries());
        cache_.check_invariants();
    }

    std::mt19937 random_;
    bounds limits_;
    naive_cache<Naive> model_;
    std::vector<notice> heard_;
    unsigned stamp_ = 0;
    cache_type cache_;
};

template <class Slots>
using exact_s3_fifo = coffer::basic_s3_fifo<Slots, exact_ghosts>;

template <template <class> class Policy, class Naive>
void fight(bounds limits)
{
    for (unsigned seed = 1; seed <= 3; ++seed) {
        CAPTURE(seed);
        duel<Policy, Naive> both(seed, limits);
        for (int step = 0; step < 4000; ++step)
            both.step();
    }
}

} // namespace

TEST_CASE("model: bounded by entries, every answer and every notice is as predicted")
{
    fight<coffer::lru, naive_lru>({.entries = 20});
    fight<exact_s3_fifo, naive_s3_fifo>({.entries = 20});
    fight<exact_s3_fifo, naive_s3_fifo>({.entries = 1});
}

TEST_CASE("model: bounded by weight, every answer and every notice is as predicted")
{
    fight<coffer::lru, naive_lru>({.weight = 50});
    fight<exact_s3_fifo, naive_s3_fifo>({.weight = 50});
}

TEST_CASE("model: with time and many shards, a value is right, or gone for a reason that was told")
{
    using cache_type = coffer::memory_cache<key, unsigned>;
    struct expected {
        unsigned value;
        coffer::time_source::steady_time deadline;
    };
    for (unsigned seed = 1; seed <= 4; ++seed) {
        CAPTURE(seed);
        std::mt19937 random(seed);
        coffer::testing::manual_clock clock;
        std::map<key, expected> model;
        const auto heard = [&](key id, unsigned value, removal_cause cause) {
            const auto found = model.find(id);
            REQUIRE(found != model.end());
            REQUIRE(found->second.value == value);
            const bool over = clock.now() >= found->second.deadline;
            REQUIRE((over ? cause != removal_cause::size : cause != removal_cause::expired));
            model.erase(found);
        };
        cache_type cache(memory_options().entries(100).shards(8).clock(clock),
                         cache_type::hooks().on_removal(heard));
        for (unsigned step = 1; step <= 8000; ++step) {
            const key id = random() % 200;
            switch (random() % 8) {
            case 0:
            case 1:
            case 2: {
                const std::chrono::milliseconds span(1 + random() % 50);
                REQUIRE(cache.put(id, step, span));
                model[id] = {step, clock.now() + span}; // after the old value's notice
                break;
            }
            case 3:
                clock.advance(std::chrono::milliseconds(random() % 3));
                break;
            case 4:
                if (random() % 10 == 0)
                    cache.purge_expired(random() % 20);
                break;
            case 5:
                cache.invalidate(id);
                REQUIRE_FALSE(model.contains(id));
                break;
            default: {
                const std::optional<unsigned> found = cache.get(id);
                const auto known = model.find(id);
                REQUIRE(found.has_value() == (known != model.end()));
                if (found)
                    REQUIRE(*found == known->second.value);
            }
            }
            REQUIRE(cache.size() == model.size());
            REQUIRE(cache.size() <= 100);
        }
        for (const auto& [id, value] : model)
            CHECK(cache.contains(id) == (clock.now() < value.deadline));
        cache.check_invariants();
    }
}
