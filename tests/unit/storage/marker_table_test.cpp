// SPDX-License-Identifier: BSL-1.0
#include "storage/marker_table.hpp"

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <string>

using namespace std::chrono_literals;
using coffer::invalidation;
using coffer::detail::marker_table;
using time_at = coffer::clock::steady_time;

namespace {

constexpr time_at start(1h);

} // namespace

TEST_CASE("markers: only what captured its sequence before the bump is dead")
{
    marker_table markers(10);
    CHECK_FALSE(markers.judge("s", "t", 0).dead);
    markers.bump("s", "t", invalidation::hard, 5, start);
    CHECK(markers.judge("s", "t", 4).dead);
    CHECK_FALSE(markers.judge("s", "t", 5).dead);
    CHECK_FALSE(markers.judge("s", "other", 4).dead);
    CHECK_FALSE(markers.judge("other", "t", 4).dead);
    CHECK(markers.latest() == 5);
}

TEST_CASE("markers: a soft bump makes stale from its time on, and does not undo a hard one")
{
    marker_table markers(10);
    markers.bump("s", "t", invalidation::hard, 3, start);
    markers.bump("s", "t", invalidation::soft, 6, start + 1s);
    CHECK(markers.judge("s", "t", 2).dead);
    const auto between = markers.judge("s", "t", 4);
    CHECK_FALSE(between.dead);
    CHECK(between.stale);
    CHECK(between.stale_since == start + 1s);
    const auto after = markers.judge("s", "t", 6);
    CHECK_FALSE(after.dead);
    CHECK_FALSE(after.stale);
}

TEST_CASE("markers: space and name do not run into each other")
{
    marker_table markers(10);
    markers.bump("ab", "c", invalidation::hard, 1, start);
    CHECK_FALSE(markers.judge("a", "bc", 0).dead);
    CHECK_FALSE(markers.judge("abc", "", 0).dead);
    markers.bump("ab", "", invalidation::hard, 2, start);
    CHECK(markers.judge("ab", "", 1).dead);
}

TEST_CASE("markers: a forgotten marker counts as bumped at the highest sequence forgotten")
{
    marker_table markers(2);
    markers.bump("s", "a", invalidation::hard, 1, start);
    markers.bump("s", "b", invalidation::hard, 2, start);
    markers.bump("s", "c", invalidation::hard, 3, start); // forgets a
    CHECK(markers.size() == 2);
    CHECK(markers.judge("s", "a", 0).dead);
    CHECK_FALSE(markers.judge("s", "a", 1).dead);
    CHECK(markers.judge("s", "never bumped", 0).dead); // may have been a
    CHECK_FALSE(markers.judge("s", "never bumped", 1).dead);
}

TEST_CASE("markers: one that comes back keeps what may have been forgotten about it")
{
    marker_table markers(1);
    markers.bump("s", "a", invalidation::hard, 5, start);
    markers.bump("s", "b", invalidation::hard, 6, start); // forgets a
    markers.bump("s", "a", invalidation::soft, 7, start); // forgets b, a is soft now
    CHECK(markers.judge("s", "a", 4).dead);
    CHECK_FALSE(markers.judge("s", "a", 5).dead);
    CHECK(markers.judge("s", "a", 5).stale);
}

TEST_CASE("markers: the one bumped longest ago goes first, not the one made first")
{
    marker_table markers(2);
    markers.bump("s", "a", invalidation::hard, 1, start);
    markers.bump("s", "b", invalidation::hard, 2, start);
    markers.bump("s", "a", invalidation::hard, 3, start);
    markers.bump("s", "c", invalidation::hard, 4, start); // forgets b
    CHECK(markers.judge("s", "a", 2).dead);
    CHECK_FALSE(markers.judge("s", "x", 2).dead);
    CHECK(markers.judge("s", "x", 1).dead);
}

TEST_CASE("markers: bounded, they never let pass what an unbounded table would stop")
{
    const unsigned seed = 20240511;
    CAPTURE(seed);
    std::mt19937 random(seed);
    for (std::size_t most : {1, 2, 5, 100}) {
        marker_table markers(most);
        std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> model; // hard, soft
        for (std::uint64_t sequence = 1; sequence < 400; ++sequence) {
            const std::string name(1, static_cast<char>('a' + random() % 12));
            const auto mode = random() % 2 ? invalidation::hard : invalidation::soft;
            markers.bump("s", name, mode, sequence, start);
            (mode == invalidation::hard ? model[name].first : model[name].second) = sequence;

            const std::string asked(1, static_cast<char>('a' + random() % 14));
            const std::uint64_t captured = random() % (sequence + 1);
            const auto verdict = markers.judge("s", asked, captured);
            const auto& [hard, soft] = model[asked];
            if (captured < hard)
                CHECK(verdict.dead);
            if (captured < soft)
                CHECK((verdict.dead || verdict.stale));
            if (most == 100)
                CHECK(verdict.dead == (captured < hard));
        }
        CHECK(markers.size() <= most);
    }
}
