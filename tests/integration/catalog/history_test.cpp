// SPDX-License-Identifier: BSL-1.0
#include "demo/history.hpp"

#include <doctest/doctest.h>

using namespace catalog;

// The judge of the demo and of the tests: here it must find what is wrong.
namespace {

interval at(int begin, int end)
{
    const interval::time zero{};
    return {zero + std::chrono::milliseconds(begin), zero + std::chrono::milliseconds(end)};
}

/// Revision 1 is written from 10 to 20, revision 2 from 30 to 40.
void add_two_writes(history& seen)
{
    seen.add_write(at(10, 20), 1, "one");
    seen.add_write(at(30, 40), 2, "two");
}

history::verdict judged(interval when, std::int64_t revision, std::string name)
{
    history seen;
    add_two_writes(seen);
    seen.add_read(when, revision, std::move(name));
    return seen.judge();
}

} // namespace

TEST_CASE("history: a read between two writes sees the first")
{
    CHECK(judged(at(21, 29), 1, "one").holds());
    CHECK(judged(at(21, 29), 1, "one").overlapping == 0);
}

TEST_CASE("history: a read during a write may see either side of it")
{
    for (const auto when : {at(21, 31), at(31, 39), at(39, 41)}) {
        CHECK(judged(when, 1, "one").holds());
        CHECK(judged(when, 2, "two").holds());
        CHECK(judged(when, 1, "one").overlapping == 1);
    }
}

TEST_CASE("history: a read that begins after the answer and sees what was before is stale")
{
    CHECK(judged(at(40, 41), 1, "one").stale == 1);
    CHECK(judged(at(50, 60), 1, "one").stale == 1);
    CHECK(judged(at(21, 22), 0, "zero").stale == 1);
    CHECK_FALSE(judged(at(50, 60), 1, "one").holds());
}

TEST_CASE("history: a read of a write that has not begun is premature")
{
    CHECK(judged(at(21, 29), 2, "two").premature == 1);
    CHECK(judged(at(21, 30), 2, "two").premature == 1);
    CHECK(judged(at(41, 42), 3, "three").premature == 1);
    CHECK(judged(at(1, 2), 1, "one").premature == 1);
}

TEST_CASE("history: a name of another revision is torn")
{
    CHECK(judged(at(31, 39), 2, "one").torn == 1);
    CHECK_FALSE(judged(at(31, 39), 2, "one").holds());
}
