// SPDX-License-Identifier: BSL-1.0
#include <coffer/flight/flight_table.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <random>
#include <vector>

namespace {

/// A flight as far as the table needs it. Keys that are equal modulo 100 share a hash.
class flight : public coffer::detail::flight_hook<flight> {
public:
    flight(int of, int its_number) : key(of), number(its_number) {}
    std::size_t hash() const noexcept { return hash_of(key); }
    const int& call() const noexcept { return key; }

    static std::size_t hash_of(int key) noexcept
    {
        return static_cast<std::size_t>(key % 100) << 48;
    }
    const int key;
    const int number;
    bool poisoned = false;
};

using table = coffer::detail::flight_table<flight, std::equal_to<>>;
using flight_ptr = std::shared_ptr<flight>;

table::shard& shard_of(table& in, int key)
{
    return in.at(flight::hash_of(key));
}

flight_ptr add(table& to, int key, int number)
{
    auto made = std::make_shared<flight>(key, number);
    shard_of(to, key).insert(made);
    return made;
}

flight_ptr find(table& in, int key, const std::function<bool(const flight&)>& fits)
{
    return shard_of(in, key).find(table::probe<int>{key, flight::hash_of(key)}, fits);
}

int poison(table& in, int key)
{
    int count = 0;
    shard_of(in, key).extract(table::probe<int>{key, flight::hash_of(key)}, [&](flight& one) {
        one.poisoned = true;
        ++count;
    });
    return count;
}

bool any(const flight&)
{
    return true;
}

} // namespace

TEST_CASE("flight table: finds by key, also where hashes meet")
{
    table all;
    const auto one = add(all, 7, 1);
    const auto other = add(all, 107, 2);
    CHECK(find(all, 7, any) == one);
    CHECK(find(all, 107, any) == other);
    CHECK(find(all, 207, any) == nullptr);
    CHECK(all.size() == 2);
}

TEST_CASE("flight table: several of one key; the first that fits is found")
{
    table all;
    add(all, 7, 1);
    const auto second = add(all, 7, 2);
    CHECK(find(all, 7, [](const flight& f) { return f.number == 2; }) == second);
    CHECK(find(all, 7, [](const flight& f) { return f.number == 3; }) == nullptr);
    CHECK(all.size() == 2);
}

TEST_CASE("flight table: erases one flight, once, and no other of its key")
{
    table all;
    const auto one = add(all, 7, 1);
    const auto two = add(all, 7, 2);
    CHECK(shard_of(all, 7).erase(*one));
    CHECK_FALSE(shard_of(all, 7).erase(*one));
    CHECK(find(all, 7, any) == two);
}

TEST_CASE("flight table: to come and to go compares no keys, however many there are of one")
{
    static int compared = 0;
    struct counting {
        bool operator()(int a, int b) const
        {
            ++compared;
            return a == b;
        }
    };
    coffer::detail::flight_table<flight, counting> all;
    auto& shard = all.at(flight::hash_of(7));
    std::vector<flight_ptr> flights;
    for (int i = 0; i < 1000; ++i) {
        flights.push_back(std::make_shared<flight>(7, i));
        shard.insert(flights.back());
    }
    std::minstd_rand random(1);
    std::shuffle(flights.begin(), flights.end(), random);
    for (const auto& one : flights)
        CHECK(shard.erase(*one));
    CHECK(compared == 0);
    CHECK(all.size() == 0);
    CHECK(flights.front().use_count() == 1);
}

TEST_CASE("flight table: a table that goes lets its flights go")
{
    std::weak_ptr<flight> seen;
    {
        table all;
        seen = add(all, 7, 1);
        add(all, 8, 2);
        CHECK_FALSE(seen.expired());
    }
    CHECK(seen.expired());
}

TEST_CASE("flight table: extracts all of a key, and none of another one with its hash")
{
    table all;
    const auto one = add(all, 7, 1);
    const auto two = add(all, 7, 2);
    const auto other = add(all, 107, 3);
    CHECK(poison(all, 7) == 2);
    CHECK(one->poisoned);
    CHECK(two->poisoned);
    CHECK_FALSE(other->poisoned);
    CHECK(poison(all, 7) == 0);
    CHECK(all.size() == 1);
}

TEST_CASE("flight table: agrees with a list, over random steps")
{
    for (unsigned seed = 1; seed <= 10; ++seed) {
        CAPTURE(seed);
        std::minstd_rand random(seed);
        table all;
        std::vector<flight_ptr> model;
        for (int step = 0; step < 1000; ++step) {
            const int key = static_cast<int>(random() % 3 * 100 + random() % 3);
            const auto of_key = [&](const flight_ptr& one) { return one->key == key; };
            switch (random() % 4) {
            case 0:
            case 1:
                model.push_back(add(all, key, step));
                break;
            case 2: {
                const auto count = std::count_if(model.begin(), model.end(), of_key);
                REQUIRE(poison(all, key) == count);
                std::erase_if(model, of_key);
                break;
            }
            default:
                if (!model.empty()) {
                    const auto at = static_cast<std::ptrdiff_t>(random() % model.size());
                    const auto gone = model[static_cast<std::size_t>(at)];
                    REQUIRE(shard_of(all, gone->key).erase(*gone));
                    model.erase(model.begin() + at);
                }
            }
            REQUIRE(all.size() == model.size());
            const auto there = std::any_of(model.begin(), model.end(), of_key);
            REQUIRE((find(all, key, any) != nullptr) == there);
        }
    }
}
