// SPDX-License-Identifier: BSL-1.0
#include <coffer/core/ttl.hpp>

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using coffer::ttl;

TEST_CASE("ttl: a positive duration is rounded up to whole milliseconds")
{
    CHECK(ttl(1us).span() == 1ms);
    CHECK(ttl(1ms).span() == 1ms);
    CHECK(ttl(1001us).span() == 2ms);
    CHECK(ttl(5min).span() == 300'000ms);
    CHECK(ttl(std::chrono::duration<double>(0.0005)).span() == 1ms);
}

TEST_CASE("ttl: never, inherit, zero and a duration are four different things")
{
    CHECK(coffer::never.is_never());
    CHECK(ttl().is_inherit());
    CHECK(ttl(0s).is_zero());
    CHECK_FALSE(ttl(0s).is_inherit());
    CHECK_FALSE(coffer::never.is_finite());
    CHECK_FALSE(ttl().is_finite());
    CHECK(ttl().or_else(3s) == ttl(3s));
    CHECK(ttl(0s).or_else(3s) == ttl(0s));
    CHECK(coffer::never.or_else(3s) == coffer::never);
}

TEST_CASE("ttl: negative and overflowing durations are refused where they are written")
{
    CHECK_THROWS_AS(ttl(-1ms), std::invalid_argument);
    CHECK_THROWS_AS(ttl(-1ns), std::invalid_argument);
    CHECK_THROWS_AS(ttl(std::chrono::hours::max()), std::invalid_argument);
    CHECK_THROWS_AS(ttl(std::chrono::duration<double>(std::numeric_limits<double>::quiet_NaN())),
                    std::invalid_argument);
}
