// SPDX-License-Identifier: BSL-1.0
#include "storage/floor_table.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>

using coffer::storage_key;
using coffer::detail::floor_table;

namespace {

storage_key key(const std::string& id, const std::string& group = "g")
{
    return storage_key("s", group, id);
}

} // namespace

TEST_CASE("floors: without one everything passes, with one only what proves as much")
{
    floor_table floors(10);
    CHECK(floors.admits(key("a"), std::nullopt));
    CHECK_FALSE(floors.of(key("a")));
    floors.raise(key("a"), 5);
    CHECK_FALSE(floors.admits(key("a"), 4));
    CHECK(floors.admits(key("a"), 5));
    CHECK_FALSE(floors.admits(key("a"), std::nullopt));
    CHECK(floors.admits(key("b"), std::nullopt));
    CHECK(floors.admits(key("a", "h"), 0));
}

TEST_CASE("floors: a floor only rises, and zero is one")
{
    floor_table floors(10);
    floors.raise(key("a"), 5);
    floors.raise(key("a"), 3);
    CHECK(floors.of(key("a")) == 5);
    floors.raise(key("z"), 0);
    CHECK(floors.of(key("z")) == 0);
    CHECK_FALSE(floors.admits(key("z"), std::nullopt));
    CHECK(floors.admits(key("z"), 0));
}

TEST_CASE("floors: a forgotten floor becomes the floor of its group, and of no other")
{
    floor_table floors(2);
    floors.raise(key("a"), 5);
    floors.raise(key("b"), 1);
    floors.raise(key("c"), 1); // forgets a
    CHECK(floors.size() == 2);
    CHECK(floors.of(key("a")) == 5);
    CHECK(floors.of(key("b")) == 5);
    CHECK(floors.of(key("unknown")) == 5);
    CHECK_FALSE(floors.of(key("unknown", "h")));
}

TEST_CASE("floors: raising again keeps a floor from being forgotten first")
{
    floor_table floors(2);
    floors.raise(key("a"), 9);
    floors.raise(key("b", "h"), 1);
    floors.raise(key("a"), 9);
    floors.raise(key("c"), 1); // forgets b
    CHECK_FALSE(floors.of(key("other")));
    CHECK(floors.of(key("other", "h")) == 1);
}

TEST_CASE("floors: bounded, they never admit what an unbounded table would refuse")
{
    const unsigned seed = 20240512;
    CAPTURE(seed);
    std::mt19937 random(seed);
    for (std::size_t most : {1, 3, 1000}) {
        floor_table floors(most);
        std::map<storage_key, std::uint64_t> model;
        for (int round = 0; round < 600; ++round) {
            const auto some = [&] {
                return key(std::string(1, static_cast<char>('a' + random() % 6)),
                           std::string(1, static_cast<char>('A' + random() % 5)));
            };
            const storage_key raised = some();
            const std::uint64_t to = random() % 50;
            floors.raise(raised, to);
            model[raised] = std::max(model[raised], to);

            const storage_key asked = some();
            const std::uint64_t version = random() % 50;
            if (model.contains(asked) && version < model[asked])
                CHECK_FALSE(floors.admits(asked, version));
            if (most == 1000)
                CHECK(floors.admits(asked, version) ==
                      (!model.contains(asked) || version >= model[asked]));
        }
        CHECK(floors.size() <= most);
    }
}
