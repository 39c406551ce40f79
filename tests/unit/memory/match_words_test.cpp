// SPDX-License-Identifier: BSL-1.0
#include <coffer/memory/detail/match_words.hpp>
#include <coffer/memory/memory_hash.hpp>

#include <doctest/doctest.h>

#include <bit>
#include <set>

TEST_CASE("match words: has a bit for each equal word, in every combination")
{
    for (unsigned wanted = 0; wanted != 256; ++wanted) {
        std::array<std::uint32_t, 8> words{};
        for (std::size_t at = 0; at != 8; ++at)
            words[at] = (wanted >> at & 1) != 0 ? 0xdead'beefU
                                                : 0xdead'bee0U + static_cast<std::uint32_t>(at);
        CHECK(coffer::detail::match_words(words, 0xdead'beefU) == wanted);
    }
}

TEST_CASE("mix: one bit of difference changes about half of all bits, wherever it is")
{
    for (int bit = 0; bit != 64; ++bit) {
        int changed = 0;
        for (std::uint64_t from = 1; from <= 64; ++from) {
            const std::uint64_t other = from ^ (std::uint64_t(1) << bit);
            changed += std::popcount(coffer::detail::mix(from) ^ coffer::detail::mix(other));
        }
        CHECK(changed > 64 * 26);
        CHECK(changed < 64 * 38);
    }
}

TEST_CASE("mix: numbers in sequence spread evenly over shards and over groups")
{
    std::array<int, 16> shards{};
    std::array<int, 16> groups{};
    for (std::uint64_t key = 0; key != 16'000; ++key) {
        const std::uint64_t bits = coffer::detail::mix(key * 64);
        ++shards[bits >> 40 & 15];
        ++groups[coffer::detail::scale(static_cast<std::uint32_t>(bits), 16)];
    }
    for (std::size_t at = 0; at != 16; ++at) {
        CHECK(shards[at] > 850);
        CHECK(shards[at] < 1150);
        CHECK(groups[at] > 850);
        CHECK(groups[at] < 1150);
    }
}

TEST_CASE("scale: covers exactly its range")
{
    CHECK(coffer::detail::scale(0, 7) == 0);
    CHECK(coffer::detail::scale(0xffff'ffffU, 7) == 6);
    CHECK(coffer::detail::scale(0xffff'ffffU, 1) == 0);
    std::set<std::uint32_t> met;
    for (std::uint32_t step = 0; step != 64; ++step)
        met.insert(coffer::detail::scale(step << 26, 7));
    CHECK(met.size() == 7);
}
