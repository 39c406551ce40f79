// SPDX-License-Identifier: BSL-1.0
#include <coffer/core/tag_markers.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

using coffer::tag_markers;
using verdict = coffer::tag_markers::verdict;

namespace {

const coffer::clock::steady_time moment{std::chrono::seconds(7)};
const std::vector<std::string> none;
const std::vector<std::string> red{"red"};
const std::vector<std::string> red_and_blue{"red", "blue"};

} // namespace

TEST_CASE("tag markers: a bump refuses what was captured before it, and nothing after")
{
    tag_markers markers;
    const auto before = markers.sequence();
    markers.bump("red");
    CHECK(markers.judge(before, red) == verdict::invalid);
    CHECK(markers.judge(markers.sequence(), red) == verdict::valid);
    CHECK(markers.judge(before, none) == verdict::valid);
    CHECK(markers.judge(before, {"green"}) == verdict::valid);
}

TEST_CASE("tag markers: any of several tags refuses")
{
    tag_markers markers;
    const auto before = markers.sequence();
    markers.bump("blue");
    CHECK(markers.judge(before, red_and_blue) == verdict::invalid);
    CHECK(markers.judge(before, red) == verdict::valid);
}

TEST_CASE("tag markers: expiring makes stale, and a hard bump of another tag is worse")
{
    tag_markers markers;
    const auto before = markers.sequence();
    markers.expire("red", moment);
    CHECK(markers.judge(before, red_and_blue) == verdict::stale);
    markers.bump("blue");
    CHECK(markers.judge(before, red_and_blue) == verdict::invalid);
    CHECK(markers.judge(before, red) == verdict::stale);
}

TEST_CASE("tag markers: an expired tag that is bumped later refuses what came between")
{
    tag_markers markers;
    markers.expire("red", moment);
    const auto between = markers.sequence();
    CHECK(markers.judge(between, red) == verdict::valid);
    markers.bump("red");
    CHECK(markers.judge(between, red) == verdict::invalid);
}

TEST_CASE("tag markers: every bump gets a number of its own")
{
    tag_markers markers;
    const auto first = markers.next();
    markers.bump("red");
    const auto second = markers.sequence();
    CHECK(first < second);
    CHECK(second < markers.next());
}

TEST_CASE("tag markers: forgetting markers refuses tagged entries, never allows one")
{
    tag_markers markers(2);
    const auto before = markers.sequence();
    markers.bump("a");
    markers.bump("b");
    const auto between = markers.sequence();
    markers.bump("c"); // one too many: "a" and "b" are forgotten
    CHECK(markers.judge(before, {"a"}) == verdict::invalid);
    CHECK(markers.judge(before, {"never bumped"}) == verdict::invalid);
    CHECK(markers.judge(between, {"a"}) == verdict::invalid);
    CHECK(markers.judge(between, none) == verdict::valid);
    CHECK(markers.judge(markers.sequence(), {"a"}) == verdict::valid);
}

TEST_CASE("tag markers: bumping known tags at the limit forgets nothing")
{
    tag_markers markers(2);
    markers.bump("a");
    markers.bump("b");
    const auto before = markers.sequence();
    markers.bump("a");
    CHECK(markers.judge(before, {"b"}) == verdict::valid);
    CHECK(markers.judge(before, {"a"}) == verdict::invalid);
}

TEST_CASE("tag markers: stale since the first of its tags that was expired, each time its last")
{
    tag_markers markers;
    const auto before = markers.sequence();
    markers.expire("red", moment);
    markers.expire("blue", moment + std::chrono::seconds(1));
    CHECK(markers.since(before, red_and_blue) == std::pair(verdict::stale, moment));
    markers.expire("red", moment + std::chrono::seconds(2));
    CHECK(markers.since(before, red_and_blue).second == moment + std::chrono::seconds(1));
    CHECK(markers.since(before, red).second == moment + std::chrono::seconds(2));
}
