// SPDX-License-Identifier: BSL-1.0
#include "key_model.hpp"
#include "key_random.hpp"

#include <coffer/core/key_encoder.hpp>
#include <coffer/core/key_equal.hpp>
#include <coffer/core/key_hash.hpp>
#include <coffer/core/key_tuple.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <unordered_map>

namespace {

template <class... Args>
using signature = std::tuple<Args...>;

using text = std::string;
using texts = std::vector<text>;

std::size_t rounds(std::size_t usual)
{
    return std::getenv("COFFER_DEEP") != nullptr ? usual * 30 : usual;
}

// A signature's arguments, what they mean, and their key.
template <class Arguments>
struct sample {
    explicit sample(key_random::engine& random)
        : arguments(key_random::make<Arguments>(random)),
          meaning(key_model::of_arguments(arguments)),
          key(std::apply([](const auto&... each) { return coffer::encode_key(each...); },
                         arguments)),
          hash(coffer::key_hash()(arguments))
    {}

    Arguments arguments;
    std::vector<key_model::node> meaning;
    std::string key;
    std::size_t hash;
};

template <class Arguments>
void check_pair(const sample<Arguments>& a, const sample<Arguments>& b)
{
    const bool same = a.meaning == b.meaning;
    CAPTURE(a.key);
    CAPTURE(b.key);
    // Only what fails is worth doctest's time: there are millions of pairs.
    if ((a.key == b.key) != same)
        FAIL_CHECK("keys are " << (same ? "different" : "the same"));
    if (coffer::key_equal()(a.arguments, b.arguments) != same)
        FAIL_CHECK("key_equal does not agree with the keys");
    if (same && a.hash != b.hash)
        FAIL_CHECK("equal arguments have two hashes");
}

// All pairs of a pool against the model; the pool is small enough that many of them are equal.
template <class Arguments>
void check_all_pairs(key_random::engine& random, std::size_t pool_size)
{
    std::vector<sample<Arguments>> pool;
    for (std::size_t i = 0; i < pool_size; ++i)
        pool.emplace_back(random);
    for (const auto& a : pool) {
        REQUIRE(key_model::reader(a.key).read_all() == a.meaning);
        for (const auto& b : pool)
            check_pair(a, b);
    }
}

// Every pair of a large pool, without looking at each: meanings and keys must be one to one.
template <class Arguments>
void check_one_to_one(key_random::engine& random, std::size_t pool_size)
{
    std::map<std::vector<key_model::node>, std::string> keys;
    std::unordered_map<std::string, std::vector<key_model::node>> meanings;
    for (std::size_t i = 0; i < pool_size; ++i) {
        const sample<Arguments> one(random);
        const auto [known_key, _] = keys.emplace(one.meaning, one.key);
        const auto [known_meaning, __] = meanings.emplace(one.key, one.meaning);
        CAPTURE(one.key);
        if (known_key->second != one.key)
            FAIL_CHECK("the same arguments have another key: " << known_key->second);
        if (known_meaning->second != one.meaning)
            FAIL_CHECK("other arguments have this key");
    }
    CHECK(keys.size() == meanings.size());
}

} // namespace

#define SIGNATURES                                                                                 \
    signature<int, long>, signature<unsigned char, std::uint64_t, bool>, signature<char, color>,   \
        signature<double, float>, signature<text>, signature<text, text, text>,                    \
        signature<texts, texts>, signature<std::vector<texts>>,                                    \
        signature<std::vector<double>, std::optional<double>>,                                     \
        signature<std::optional<std::optional<text>>, text>,                                       \
        signature<std::variant<int, long, text, bool, std::monostate>, int>,                       \
        signature<std::set<int>, std::unordered_set<text>>, signature<std::map<text, texts>, int>, \
        signature<std::unordered_map<int, std::unordered_set<bool>>>,                              \
        signature<std::map<int, std::map<text, double>>>,                                          \
        signature<std::tuple<int, std::tuple<text>>, std::pair<bool, text>>,                       \
        signature<std::chrono::milliseconds, std::chrono::sys_seconds>,                            \
        signature<std::filesystem::path, text>,                                                    \
        signature<std::vector<unsigned char>, std::vector<signed char>>, signature<sku, part>,     \
        signature<std::vector<sku>, int>, signature<std::set<sku>, std::map<text, part>>

TEST_CASE_TEMPLATE("keys: two argument lists meet if and only if they are the same", Arguments,
                   SIGNATURES)
{
    constexpr std::uint64_t seed = 20'240'229;
    CAPTURE(seed);
    key_random::engine random(seed);
    for (std::size_t left = rounds(1); left > 0; --left)
        check_all_pairs<Arguments>(random, 220); // over a million pairs, with all signatures
}

TEST_CASE_TEMPLATE("keys: arguments and keys are one to one in a large pool", Arguments, SIGNATURES)
{
    constexpr std::uint64_t seed = 19'991'231;
    CAPTURE(seed);
    key_random::engine random(seed);
    check_one_to_one<Arguments>(random, rounds(500));
}
