// SPDX-License-Identifier: BSL-1.0
#include "storage/hold_table.hpp"

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using coffer::storage_key;
using coffer::detail::hold_table;

namespace {

constexpr coffer::clock::steady_time start(1h);
const storage_key a("s", "g", "a");
const storage_key b("s", "g", "b");

} // namespace

TEST_CASE("holds: a key is held until it is released or the time is over")
{
    hold_table holds(10);
    CHECK_FALSE(holds.held(a, start));
    CHECK(holds.hold(a, "tx1", start + 5s, start));
    CHECK(holds.held(a, start));
    CHECK_FALSE(holds.held(b, start));
    holds.release(a, "tx1");
    CHECK_FALSE(holds.held(a, start));

    CHECK(holds.hold(a, "tx1", start + 5s, start));
    CHECK(holds.held(a, start + 5s - 1ns));
    CHECK_FALSE(holds.held(a, start + 5s));
}

TEST_CASE("holds: with several owners the last one to leave frees the key")
{
    hold_table holds(10);
    holds.hold(a, "tx1", start + 5s, start);
    holds.hold(a, "tx2", start + 9s, start);
    holds.release(a, "tx1");
    CHECK(holds.held(a, start));
    holds.release(a, "stranger");
    CHECK(holds.held(a, start));
    CHECK(holds.held(a, start + 6s));
    holds.release(a, "tx2");
    CHECK_FALSE(holds.held(a, start));
}

TEST_CASE("holds: an owner that holds again sets a new time, also a shorter one")
{
    hold_table holds(10);
    holds.hold(a, "tx1", start + 5s, start);
    holds.hold(a, "tx1", start + 9s, start);
    CHECK(holds.held(a, start + 6s));
    holds.hold(a, "tx1", start + 7s, start);
    CHECK_FALSE(holds.held(a, start + 7s));
}

TEST_CASE("holds: a full table refuses a new key, keeps what it has, and makes room as time passes")
{
    hold_table holds(1);
    CHECK(holds.hold(a, "tx1", start + 5s, start));
    CHECK_FALSE(holds.hold(b, "tx2", start + 5s, start));
    CHECK_FALSE(holds.hold(a, "tx2", start + 5s, start));
    CHECK(holds.hold(a, "tx1", start + 6s, start));
    CHECK(holds.held(a, start));
    CHECK_FALSE(holds.held(b, start));
    CHECK(holds.hold(b, "tx2", start + 9s, start + 6s));
    CHECK(holds.held(b, start + 6s));
}
