// SPDX-License-Identifier: BSL-1.0
#include <coffer/memory/detail/hash_index.hpp>

#include <doctest/doctest.h>

#include <map>
#include <random>

using coffer::no_slot;
using coffer::detail::hash_index;

namespace {

constexpr std::size_t unbounded = static_cast<std::size_t>(-1);

/// The index beside a map from slots to hashes, which is what it stands for.
class checked_index {
public:
    void insert(std::uint32_t hash, std::uint32_t slot)
    {
        index_.reserve(index_.size() + 1, unbounded);
        index_.insert(hash, slot);
        model_[slot] = hash;
    }

    void erase(std::uint32_t slot)
    {
        index_.erase(model_.at(slot), slot);
        model_.erase(slot);
    }

    void replace(std::uint32_t slot, std::uint32_t now)
    {
        index_.replace(model_.at(slot), slot, now);
        model_[now] = model_.at(slot);
        model_.erase(slot);
    }

    bool has(std::uint32_t slot) const { return model_.contains(slot); }

    std::uint32_t look_up(std::uint32_t hash, std::uint32_t slot) const
    {
        return index_.find(hash, [&](std::uint32_t at) { return at == slot; });
    }

    void check() const
    {
        REQUIRE(index_.size() == model_.size());
        for (const auto& [slot, hash] : model_)
            REQUIRE(look_up(hash, slot) == slot);
        std::map<std::uint32_t, std::uint32_t> seen;
        index_.for_each([&](std::uint32_t hash, std::uint32_t slot) { seen[slot] = hash; });
        REQUIRE(seen == model_);
    }

private:
    hash_index index_;
    std::map<std::uint32_t, std::uint32_t> model_;
};

/// Random work on slots below 400; `hash_of` decides how badly they collide.
template <class HashOf>
void work(unsigned seed, HashOf hash_of)
{
    CAPTURE(seed);
    std::mt19937 random(seed);
    checked_index index;
    for (int step = 0; step < 6000; ++step) {
        const std::uint32_t slot = random() % 400;
        const std::uint32_t other = random() % 400;
        if (!index.has(slot))
            index.insert(hash_of(random), slot);
        else if (random() % 3 == 0 && !index.has(other))
            index.replace(slot, other);
        else
            index.erase(slot);
        if (step % 50 == 0)
            index.check();
        REQUIRE(index.look_up(static_cast<std::uint32_t>(random()), 1000) == no_slot);
    }
    index.check();
}

} // namespace

TEST_CASE("hash index: an empty one finds nothing and takes no memory")
{
    const hash_index index;
    CHECK(index.find(7, [](std::uint32_t) { return true; }) == no_slot);
    CHECK(index.memory() == 0);
}

TEST_CASE("hash index: agrees with a map under good hashes")
{
    for (unsigned seed = 1; seed <= 3; ++seed)
        work(seed, [](auto& random) { return static_cast<std::uint32_t>(random()); });
}

TEST_CASE("hash index: agrees with a map when few hashes are shared by many")
{
    work(4, [](auto& random) { return static_cast<std::uint32_t>(random() % 5) * 0x2000'0000U; });
}

TEST_CASE("hash index: agrees with a map when all hashes are equal, also to those of free places")
{
    work(5, [](auto&) { return 0U; });
}

TEST_CASE("hash index: agrees with a map when all homes are at the very end")
{
    work(6, [](auto& random) { return 0xffff'ffffU - static_cast<std::uint32_t>(random() % 3); });
}

TEST_CASE("hash index: a look-up for a stranger ends even if every group was passed by someone")
{
    std::mt19937 random(8);
    for (int round = 0; round < 200; ++round) {
        checked_index index;
        const std::uint32_t count = 6 * (1 + round % 4);
        for (std::uint32_t slot = 0; slot < count; ++slot)
            index.insert(static_cast<std::uint32_t>(random()), slot);
        for (std::uint32_t slot = 0; slot < 60 * count; ++slot) { // as full as it gets, for long
            index.erase(slot);
            index.insert(static_cast<std::uint32_t>(random()), slot + count);
        }
        for (int asked = 0; asked < 20; ++asked)
            REQUIRE(index.look_up(static_cast<std::uint32_t>(random()), no_slot) == no_slot);
        index.check();
    }
}

TEST_CASE("hash index: one hash may stand for several slots, told apart by the caller")
{
    hash_index index;
    index.reserve(3, unbounded);
    for (std::uint32_t slot = 0; slot < 3; ++slot)
        index.insert(9, slot);
    int asked = 0;
    CHECK(index.find(9, [&](std::uint32_t slot) { return ++asked, slot == 2; }) == 2);
    CHECK(asked <= 3);
    CHECK(index.find(9, [](std::uint32_t) { return false; }) == no_slot);
    CHECK(index.find(8, [](std::uint32_t) { return true; }) == no_slot);
}

TEST_CASE("hash index: grows to just enough for what is expected, and beyond in small steps")
{
    constexpr std::size_t expected = 10'000;
    hash_index index;
    const auto fill = [&](std::size_t until) {
        for (std::size_t at = index.size(); at != until; ++at) {
            index.reserve(at + 1, expected);
            index.insert(static_cast<std::uint32_t>(at * 0x9e37'79b9U),
                         static_cast<std::uint32_t>(at));
        }
    };
    fill(expected);
    CHECK(index.memory() <= expected * 13);
    fill(expected + 1);
    CHECK(index.memory() <= expected * 145 / 10);
    index.clear();
    CHECK(index.size() == 0);
    CHECK(index.memory() == 0);
}

TEST_CASE("hash index: years of coming and going leave no trace in it")
{
    hash_index index;
    index.reserve(600, 600);
    const std::size_t memory = index.memory();
    std::mt19937 random(7);
    std::vector<std::uint32_t> hashes(600);
    for (std::uint32_t slot = 0; slot < 600; ++slot)
        index.insert(hashes[slot] = static_cast<std::uint32_t>(random()), slot);
    for (int step = 0; step < 200'000; ++step) {
        const std::uint32_t slot = random() % 600;
        index.erase(hashes[slot], slot);
        index.insert(hashes[slot] = static_cast<std::uint32_t>(random()), slot);
    }
    CHECK(index.memory() == memory);
    for (std::uint32_t slot = 0; slot < 600; ++slot)
        index.erase(hashes[slot], slot);
    CHECK(index.size() == 0);
    int asked = 0;
    for (int step = 0; step < 1000; ++step)
        index.find(static_cast<std::uint32_t>(random()),
                   [&](std::uint32_t) { return ++asked, false; });
    CHECK(asked == 0);
}
