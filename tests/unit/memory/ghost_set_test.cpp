// SPDX-License-Identifier: BSL-1.0
#include <coffer/memory/detail/ghost_set.hpp>

#include <doctest/doctest.h>

#include <random>
#include <vector>

using coffer::detail::ghost_set;

namespace {

std::vector<std::uint32_t> random_hashes(std::size_t count, unsigned seed)
{
    std::mt19937 random(seed);
    std::vector<std::uint32_t> all(count);
    for (auto& one : all)
        one = static_cast<std::uint32_t>(random());
    return all;
}

} // namespace

TEST_CASE("ghost set: an empty one knows nobody")
{
    ghost_set ghosts;
    CHECK_FALSE(ghosts.take(0));
    CHECK_FALSE(ghosts.take(1));
    CHECK(ghosts.memory() == 0);
}

TEST_CASE("ghost set: the latest is always known, and only once")
{
    ghost_set ghosts;
    for (const std::uint32_t hash : random_hashes(20'000, 1)) {
        ghosts.add(hash, 500);
        REQUIRE(ghosts.take(hash));
        REQUIRE_FALSE(ghosts.take(hash));
    }
}

TEST_CASE("ghost set: nearly all of the last window are known, in any epoch")
{
    constexpr std::size_t window = 1000;
    ghost_set ghosts;
    const auto hashes = random_hashes(40 * window, 2); // more epochs than an epoch number has
    for (std::size_t at = 0; at != hashes.size(); ++at)
        ghosts.add(hashes[at], window);
    std::size_t known = 0;
    for (std::size_t at = hashes.size() - window; at != hashes.size(); ++at)
        known += ghosts.take(hashes[at]);
    CHECK(known >= window * 90 / 100);
}

TEST_CASE("ghost set: what left long ago is forgotten, and strangers stay strangers")
{
    constexpr std::size_t window = 1000;
    ghost_set ghosts;
    const auto hashes = random_hashes(10 * window, 3);
    for (const std::uint32_t hash : hashes)
        ghosts.add(hash, window);
    std::size_t known = 0;
    for (std::size_t at = 0; at != 8 * window; ++at)
        known += ghosts.take(hashes[at]);
    CHECK(known <= 8);
    std::size_t mistaken = 0;
    for (const std::uint32_t hash : random_hashes(100'000, 4))
        mistaken += ghosts.take(hash);
    CHECK(mistaken <= 100'000 / 1000);
}

TEST_CASE("ghost set: works for a window of nothing, one and two")
{
    for (const std::size_t window : {0U, 1U, 2U}) {
        ghost_set ghosts;
        for (const std::uint32_t hash : random_hashes(1000, 5)) {
            ghosts.add(hash, window);
            REQUIRE(ghosts.take(hash));
        }
    }
}

TEST_CASE("ghost set: follows the number of entries up and down, at about 6 bytes each")
{
    ghost_set ghosts;
    for (const std::size_t window : {100U, 10'000U, 50U, 100'000U}) {
        for (const std::uint32_t hash : random_hashes(2 * window, 6))
            ghosts.add(hash, window);
        CHECK(ghosts.memory() >= 5 * window);
        CHECK(ghosts.memory() <= 7 * window + 64);
    }
    ghosts.clear();
    CHECK(ghosts.memory() == 0);
}
