// SPDX-License-Identifier: BSL-1.0
#include <redis/client/refresh_pace.hpp>

#include <doctest/doctest.h>

namespace {

using namespace std::chrono_literals;
using coffer::redis::detail::refresh_pace;
using coffer::redis::detail::refreshed;

constexpr coffer::clock::steady_time begin(1h);

} // namespace

TEST_CASE("refresh pace: at once at first, then by itself, sooner if it is wanted")
{
    refresh_pace pace(60s);
    CHECK(pace.next() <= begin);
    pace.asked(begin, refreshed::changed);
    CHECK(pace.next() == begin + 60s);
    pace.want(begin + 1s, 5ms, false);
    CHECK(pace.next() == begin + 1s + 5ms);
    pace.want(begin + 1s, 1ms, false);
    CHECK(pace.next() == begin + 1s + 1ms);
    pace.want(begin + 1s, 9ms, false);
    CHECK(pace.next() == begin + 1s + 1ms);
}

TEST_CASE("refresh pace: the pause grows while answers repeat, and begins anew after a change")
{
    refresh_pace pace(60s);
    auto now = begin;
    auto after = [&](refreshed what) {
        pace.asked(now, what);
        pace.want(now, 0ms, false);
        return pace.next() - now;
    };
    CHECK(after(refreshed::changed) == 100ms);
    CHECK(after(refreshed::same) == 200ms);
    CHECK(after(refreshed::same) == 400ms);
    for (int more = 0; more < 10; ++more)
        after(refreshed::same);
    CHECK(after(refreshed::same) == 5s);
    CHECK(after(refreshed::changed) == 100ms);
}

TEST_CASE("refresh pace: with a node out of reach it is asked twice a second at least")
{
    refresh_pace pace(60s);
    for (int more = 0; more < 10; ++more)
        pace.asked(begin, refreshed::same);
    pace.want(begin, 0ms, false);
    CHECK(pace.next() == begin + 5s);
    pace.want(begin, 0ms, true);
    CHECK(pace.next() == begin + 500ms);
}

TEST_CASE("refresh pace: a round that failed is repeated unasked")
{
    refresh_pace pace(60s);
    pace.asked(begin, refreshed::failed);
    CHECK(pace.next() == begin + 200ms);
    for (int more = 0; more < 10; ++more)
        pace.asked(begin, refreshed::failed);
    CHECK(pace.next() == begin + 500ms);
}
