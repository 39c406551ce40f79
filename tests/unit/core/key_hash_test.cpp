// SPDX-License-Identifier: BSL-1.0
#include "key_types.hpp"

#include <coffer/core/key_hash.hpp>

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <functional>
#include <random>
#include <set>
#include <unordered_set>

namespace {

using hashes = std::vector<std::uint64_t>;

hashes of_numbers(std::uint64_t step, unsigned count = 1u << 14)
{
    hashes all;
    for (std::uint64_t i = 0; i < count; ++i)
        all.push_back(coffer::key_hash()(std::tuple(i * step)));
    return all;
}

// How far the numbers in 1024 buckets are from even, in standard deviations of chi squared.
double unevenness(const hashes& all, unsigned shift)
{
    constexpr std::size_t buckets = 1024;
    std::vector<double> counts(buckets);
    for (const std::uint64_t hash : all)
        ++counts[hash >> shift & (buckets - 1)];
    const double mean = static_cast<double>(all.size()) / buckets;
    double chi = 0;
    for (const double count : counts)
        chi += (count - mean) * (count - mean) / mean;
    return (chi - (buckets - 1)) / std::sqrt(2.0 * (buckets - 1));
}

// The seed differs from run to run, so the bound leaves room: far beyond any honest sample, and far
// below what a weak hash shows, which is in the hundreds.
void check_even(const hashes& all)
{
    for (const unsigned shift : {0u, 7u, 22u, 32u, 41u, 54u}) {
        CAPTURE(shift);
        CHECK(unevenness(all, shift) < 12);
    }
    CHECK(std::set<std::uint64_t>(all.begin(), all.end()).size() == all.size());
}

} // namespace

TEST_CASE("key hash: the check tells a weak hash from a good one")
{
    hashes weak;
    for (std::uint64_t i = 0; i < 1u << 14; ++i)
        weak.push_back(std::hash<std::uint64_t>()(i << 20));
    CHECK(unevenness(weak, 0) > 100);
}

TEST_CASE("key hash: regular numbers spread over the low, the middle and the high bits")
{
    for (const std::uint64_t step : {1ull, 2ull, 10ull, 64ull, 1000ull, 1ull << 20, 1ull << 32,
                                     1ull << 48, (1ull << 32) + 1}) {
        CAPTURE(step);
        check_even(of_numbers(step));
    }
}

TEST_CASE("key hash: numbers in pairs, texts and doubles spread as well")
{
    hashes pairs;
    hashes texts;
    hashes long_texts;
    hashes doubles;
    for (int i = 0; i < 1 << 14; ++i) {
        pairs.push_back(coffer::key_hash()(std::tuple(i % 128, i / 128)));
        texts.push_back(coffer::key_hash()("user:" + std::to_string(i)));
        long_texts.push_back(
            coffer::key_hash()(std::string(50, 'x') + std::to_string(i) + "/page"));
        doubles.push_back(coffer::key_hash()(i * 0.25));
    }
    check_even(pairs);
    check_even(texts);
    check_even(long_texts);
    check_even(doubles);
}

TEST_CASE("key hash: a flipped bit of a text of any length changes about half of the hash")
{
    std::mt19937_64 random(7);
    for (std::size_t size = 1; size < 140; ++size) {
        std::string text(size, '\0');
        for (char& c : text)
            c = static_cast<char>(random());
        const std::size_t before = coffer::key_hash()(text);
        double changed = 0;
        for (std::size_t bit = 0; bit < size * 8; ++bit) {
            std::string flipped = text;
            flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
            const std::size_t after = coffer::key_hash()(flipped);
            REQUIRE(before != after);
            changed += std::popcount(before ^ after);
        }
        CAPTURE(size);
        const double share = changed / static_cast<double>(size * 8);
        CHECK(share > 24);
        CHECK(share < 40);
    }
}

TEST_CASE("key hash: texts that differ only in zeros at an end have different hashes")
{
    std::set<std::size_t> all;
    for (std::size_t size = 0; size < 100; ++size)
        all.insert(coffer::key_hash()(std::string(size, '\0')));
    CHECK(all.size() == 100);
}

TEST_CASE("key hash: what could shift between the members of a list does not")
{
    using texts = std::vector<std::string>;
    using nested = std::vector<std::vector<int>>;
    const coffer::key_hash hash;
    CHECK(hash(std::tuple("ab", "c")) != hash(std::tuple("a", "bc")));
    CHECK(hash(texts{"ab", "c"}) != hash(texts{"a", "bc"}));
    CHECK(hash(nested{{1}, {2}}) != hash(nested{{1, 2}, {}}));
    CHECK(hash(std::tuple(1, 2)) != hash(std::tuple(2, 1)));
    CHECK(hash(std::optional(0)) != hash(std::optional<int>()));
}

TEST_CASE("key hash: works as the hash of the standard's containers")
{
    std::unordered_set<std::string, coffer::key_hash, std::equal_to<>> names{"a", "b"};
    CHECK(names.contains(std::string_view("a")));
    CHECK_FALSE(names.contains(std::string_view("c")));
}
