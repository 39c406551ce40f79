// SPDX-License-Identifier: BSL-1.0
// The stress tests' own judge: it must find what is wrong, and nothing else.
#include "support/history.hpp"

#include <doctest/doctest.h>

using support::history;

namespace {

/// Key 1: version 1 written in [10, 20], version 2 in [30, 40].
history::thread_log two_writes()
{
    history::thread_log log;
    log.writes = {{1, 1, 10, 20}, {1, 2, 30, 40}};
    return log;
}

std::size_t wrong(std::vector<history::read> reads, history::thread_log log = two_writes())
{
    history all;
    log.reads = std::move(reads);
    all.add(std::move(log));
    return all.violations().size();
}

} // namespace

TEST_CASE("history: reads that see what is current are right")
{
    CHECK(wrong({{1, 0, 1, 5}, {1, 1, 22, 25}, {1, 2, 41, 50}}) == 0);
}

TEST_CASE("history: an older value after its invalidation has returned is wrong")
{
    CHECK(wrong({{1, 1, 41, 50}}) == 1);
    CHECK(wrong({{1, 0, 21, 50}}) == 1);
    CHECK(wrong({{1, 0, 21, 25}, {1, 1, 45, 50}, {1, 2, 45, 50}}) == 2);
}

TEST_CASE("history: a call that began before the invalidation returned may see either value")
{
    CHECK(wrong({{1, 1, 39, 100}, {1, 2, 39, 100}, {1, 1, 31, 35}}) == 0);
    CHECK(wrong({{1, 0, 39, 100}}) == 1); // but not the one before
}

TEST_CASE("history: a value from before it was written is wrong")
{
    CHECK(wrong({{1, 2, 22, 29}}) == 1);
    CHECK(wrong({{1, 2, 22, 31}}) == 0); // it may be seen as soon as its write has begun
    CHECK(wrong({{1, 3, 50, 60}}) == 1); // nobody ever wrote that
}

TEST_CASE("history: keys have nothing to do with each other")
{
    CHECK(wrong({{2, 0, 41, 50}}) == 0);
}

TEST_CASE("history: a write whose invalidation failed obliges nobody")
{
    history::thread_log log;
    log.writes = {{1, 1, 10, 20}, {1, 2, 30, history::never}};
    CHECK(wrong({{1, 1, 50, 60}, {1, 2, 50, 60}}, log) == 0);
    CHECK(wrong({{1, 0, 50, 60}}, log) == 1);
}

TEST_CASE("history: invalidations that return in another order than they were begun")
{
    history::thread_log log;
    log.writes = {{1, 1, 10, 60}, {1, 2, 30, 40}};
    CHECK(wrong({{1, 1, 45, 50}}, log) == 1);
    CHECK(wrong({{1, 1, 61, 70}}, log) == 1);
    CHECK(wrong({{1, 2, 61, 70}}, log) == 0);
}

TEST_CASE("history: counts how often readers saw a change")
{
    history all;
    history::thread_log log = two_writes();
    log.reads = {{1, 0, 1, 2}, {1, 1, 22, 23}, {1, 1, 24, 25}, {2, 0, 26, 27}, {1, 2, 41, 42}};
    all.add(std::move(log));
    CHECK(all.changes_seen() == 2);
    CHECK(all.reads() == 5);
}
