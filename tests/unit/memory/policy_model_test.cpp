// SPDX-License-Identifier: BSL-1.0
#include "policy_support.hpp"

#include <coffer/memory/lru.hpp>
#include <coffer/memory/s3_fifo.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>

using namespace policy_support;

namespace {

/// Runs a policy and its naive model side by side and compares every choice.
template <class Policy, class Model>
class duel {
public:
    explicit duel(unsigned seed, std::size_t keys) : random_(seed), slots_(keys), policy_(slots_) {}

    void step()
    {
        const key id = pick_key();
        const unsigned kind = random_() % 100;
        if (!present_.contains(id))
            insert(id);
        else if (kind < 60)
            hit(id);
        else if (kind < 70)
            recost(id);
        else if (kind < 80)
            remove(id);
        if (kind >= 97 || present_.size() > slots_in_use)
            evict();
        if (random_() % 5000 == 0)
            clear();
        check();
    }

private:
    static constexpr std::size_t slots_in_use = 60;

    /// Some keys are much hotter than others.
    key pick_key()
    {
        const auto range = static_cast<unsigned>(all_keys);
        return random_() % 3 == 0 ? random_() % range : random_() % (range / 10);
    }

    void insert(key id)
    {
        slots_.set_cost(id, 1 + random_() % 8);
        policy_.on_insert(id);
        model_.insert({id, slots_.hash(id), slots_.cost(id)});
        present_.insert(id);
    }

    void hit(key id)
    {
        policy_.on_hit(id);
        model_.hit(id);
    }

    void recost(key id)
    {
        const std::size_t before = slots_.cost(id);
        slots_.set_cost(id, 1 + random_() % 8);
        policy_.on_cost(id, before);
        model_.recost(id, slots_.cost(id));
    }

    void remove(key id)
    {
        policy_.on_remove(id);
        model_.remove(id);
        present_.erase(id);
    }

    void evict()
    {
        const std::uint32_t slot = policy_.victim();
        const std::optional<key> expected = model_.victim();
        REQUIRE((slot == coffer::no_slot) == !expected.has_value());
        if (!expected)
            return;
        REQUIRE(slot == *expected);
        present_.erase(slot);
    }

    void clear()
    {
        policy_.clear();
        model_.clear();
        present_.clear();
    }

    void check()
    {
        REQUIRE(policy_.size() == present_.size());
        REQUIRE(model_.size() == present_.size());
        REQUIRE(policy_.cost() == model_.cost());
        std::set<key> listed;
        policy_.for_each([&](std::uint32_t slot) { listed.insert(slot); });
        REQUIRE(listed == present_);
    }

    static constexpr std::size_t all_keys = 200;

    std::mt19937 random_;
    bare_slots slots_;
    Policy policy_;
    Model model_;
    std::set<key> present_;
};

template <class Policy, class Model>
void fight(unsigned seed)
{
    CAPTURE(seed);
    duel<Policy, Model> both(seed, 200);
    for (int step = 0; step < 10'000; ++step)
        both.step();
}

using exact_s3_fifo = coffer::basic_s3_fifo<bare_slots, exact_ghosts>;

} // namespace

TEST_CASE("lru: chooses as a naive model does, whatever happens")
{
    for (unsigned seed = 1; seed <= 4; ++seed)
        fight<coffer::lru<bare_slots>, naive_lru>(seed);
}

TEST_CASE("s3-fifo: chooses as a naive model does, whatever happens")
{
    for (unsigned seed = 1; seed <= 4; ++seed)
        fight<exact_s3_fifo, naive_s3_fifo>(seed);
}

TEST_CASE("policies: a replaced entry keeps its place, an evicted one can come back")
{
    bare_slots slots(4);
    coffer::lru<bare_slots> policy(slots);
    policy.on_insert(0);
    policy.on_insert(1);
    policy.on_replace(0, 2); // a write is a use
    CHECK(policy.victim() == 1);
    CHECK(policy.victim() == 2);
    CHECK(policy.victim() == coffer::no_slot);
    policy.on_insert(1);
    CHECK(policy.victim() == 1);
}

TEST_CASE("s3-fifo: a scan passes through and leaves used entries alone")
{
    bare_slots slots(2000);
    coffer::s3_fifo<bare_slots> policy(slots);
    for (key id = 0; id < 100; ++id) {
        policy.on_insert(id);
        policy.on_hit(id);
        policy.on_hit(id);
    }
    for (key id = 100; id < 2000; ++id) {
        const std::uint32_t slot = policy.victim();
        CHECK(slot < 2000);
        policy.on_insert(id);
    }
    std::size_t survivors = 0;
    policy.for_each([&](std::uint32_t slot) { survivors += slot < 100; });
    CHECK(survivors >= 85); // the small queue's tenth is all that the scan may take
}

TEST_CASE("s3-fifo: who comes back soon after an eviction enters the main queue")
{
    bare_slots slots(40);
    exact_s3_fifo policy(slots);
    for (key id = 0; id < 20; ++id)
        policy.on_insert(id);
    const std::uint32_t gone = policy.victim();
    CHECK(gone == 0);
    policy.on_insert(gone); // remembered: main
    for (key id = 20; id < 38; ++id) {
        CHECK(policy.victim() != gone);
        policy.on_insert(id);
    }
}

TEST_CASE("s3-fifo: finds a victim in bounded steps when everything was just used")
{
    constexpr key many = 1000;
    bare_slots slots(many);
    coffer::s3_fifo<bare_slots> policy(slots);
    for (key id = 0; id < many; ++id) {
        policy.on_insert(id);
        for (int use = 0; use < 3; ++use)
            policy.on_hit(id);
    }
    CHECK(policy.victim() == 128); // after 128 others were given another round
    CHECK(policy.size() == many - 1);
}

TEST_CASE("s3-fifo: a write over an entry keeps its queue and counts as one use")
{
    bare_slots slots(10);
    exact_s3_fifo policy(slots);
    policy.on_insert(0);
    policy.on_insert(1);
    policy.on_replace(0, 2);
    policy.on_hit(2); // the second use: it stays
    CHECK(policy.victim() == 1);
    CHECK(policy.size() == 1);
}
