// SPDX-License-Identifier: BSL-1.0
#include <coffer/memory/memory_cache.hpp>

#include <doctest/doctest.h>

#include <bit>

using namespace std::chrono_literals;
using coffer::memory_options;

TEST_CASE("memory options: the bound is 10,000 entries unless something else is said")
{
    CHECK(memory_options().entries() == 10'000);
    CHECK(memory_options().weight() == memory_options::no_limit);
    CHECK(memory_options().entries(7).entries() == 7);
    CHECK(memory_options().weight(1 << 20).entries() == memory_options::no_limit);
    CHECK(memory_options().weight(100).entries(5).entries() == 5);
    CHECK(memory_options().weight(100).entries(5).weight() == 100);
}

TEST_CASE("memory options: entries live for ever unless said otherwise")
{
    CHECK(memory_options().ttl() == coffer::never);
    CHECK(memory_options().time_to_idle() == coffer::never);
    CHECK(memory_options().ttl(5min).ttl() == coffer::ttl(5min));
    CHECK(memory_options().time_to_idle(3s).time_to_idle() == coffer::ttl(3s));
}

TEST_CASE("memory options: what makes no sense is refused where it is written")
{
    CHECK_THROWS_AS(memory_options().ttl(coffer::ttl::inherit()), std::invalid_argument);
    CHECK_THROWS_AS(memory_options().time_to_idle(coffer::ttl::inherit()), std::invalid_argument);
    CHECK_THROWS_AS(memory_options().time_to_idle(0s), std::invalid_argument);
    CHECK_THROWS_AS(memory_options().shards(0), std::invalid_argument);
    CHECK_THROWS_AS(memory_options().shards(3), std::invalid_argument);
    CHECK_THROWS_AS(memory_options().shards(2048), std::invalid_argument);
    CHECK(memory_options().shards(1024).shards() == 1024);
}

TEST_CASE("memory options: a builder that is a variable works like a temporary")
{
    memory_options options;
    options.entries(3).ttl(1s).shards(2);
    options.time_to_idle(2s);
    CHECK(options.entries() == 3);
    CHECK(options.ttl() == coffer::ttl(1s));
    CHECK(options.shards() == 2);
}

TEST_CASE("memory options: small caches get one shard, large ones a power of two of them")
{
    CHECK(memory_options().entries(0).shards() == 1);
    CHECK(memory_options().entries(10).shards() == 1);
    CHECK(memory_options().entries(2000).shards() == 1);
    CHECK(memory_options().weight(100'000).shards() == 1);
    const std::size_t many = memory_options().entries(100'000'000).shards();
    CHECK(many >= 4);
    CHECK(std::has_single_bit(many));
    CHECK(memory_options().entries(100'000'000).weight(1000).shards() == 1);
    CHECK(memory_options().weight(std::size_t(1) << 40).shards() == many);
}

TEST_CASE("memory cache: a bound on weight needs something that weighs")
{
    using cache = coffer::memory_cache<int, int>;
    CHECK_THROWS_AS(cache(memory_options().weight(100)), std::invalid_argument);
    const auto one = [](int, int) { return std::size_t(1); };
    CHECK_NOTHROW(cache(memory_options().weight(100), cache::hooks().weigher(one)));
    cache unweighed;
    CHECK_THROWS_AS(unweighed.resize_weight(5), std::invalid_argument);
}
