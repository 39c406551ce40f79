// SPDX-License-Identifier: BSL-1.0
#include <core/backoff.hpp>

#include <doctest/doctest.h>

#include <vector>

using coffer::jitter;
using coffer::detail::backoff;
using namespace std::chrono_literals;
using pauses = std::vector<std::chrono::milliseconds>;

TEST_CASE("backoff: pauses are drawn below a bound that doubles up to the longest")
{
    backoff after(50ms, 2s, jitter(7));
    pauses bounds;
    for (int failure = 0; failure < 8; ++failure) {
        bounds.push_back(after.bound());
        const auto drawn = after.next();
        CHECK(drawn >= 1ms);
        CHECK(drawn <= bounds.back());
    }
    CHECK(bounds == pauses{50ms, 100ms, 200ms, 400ms, 800ms, 1600ms, 2000ms, 2000ms});
}

TEST_CASE("backoff: a success begins it anew")
{
    backoff after(50ms, 2s, jitter::none());
    CHECK(after.next() == 50ms);
    CHECK(after.next() == 100ms);
    after.succeeded();
    CHECK(after.next() == 50ms);
}

TEST_CASE("backoff: pauses are spread over all of their range")
{
    backoff after(1000ms, 1000ms, jitter(7));
    int low = 0, high = 0;
    for (int draw = 0; draw < 400; ++draw)
        ++(after.next() < 500ms ? low : high);
    CHECK(low > 140);
    CHECK(high > 140);
}

TEST_CASE("backoff: the longest of times does not overflow")
{
    const auto longest = std::chrono::milliseconds::max();
    backoff after(longest / 2, longest, jitter::none());
    after.next();
    CHECK(after.next() > longest / 2);
    CHECK(after.bound() == longest);
}
