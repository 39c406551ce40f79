// SPDX-License-Identifier: BSL-1.0
// The machine's clock; that of tests is in manual_clock_test.cpp.
#include <coffer/core/clock.hpp>

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using coffer::later;

TEST_CASE("clock: a moment is reached once it is past, whichever clock has been asked for it")
{
    const coffer::clock machine;
    const auto before = machine.now();
    CHECK(machine.reached(before));
    CHECK(machine.reached(before - 1h));
    CHECK(machine.reached(coffer::clock::steady_time()));
    CHECK_FALSE(machine.reached(before + 1h));
    CHECK_FALSE(machine.reached(coffer::clock::steady_time::max()));
}

TEST_CASE("clock: near a moment the coarse clock decides nothing: it is reached exactly in time")
{
    const coffer::clock machine;
    const auto end = machine.now() + 5ms; // within the lag of the coarse clock
    bool reached = false;
    while (!reached) {
        const bool past_before = machine.now() >= end;
        reached = machine.reached(end);
        const bool past_after = machine.now() >= end;
        if (past_before && !reached)
            FAIL("late");
        if (reached && !past_after)
            FAIL("early");
    }
}

TEST_CASE("clock: all default clocks are one source, whose wall time has milliseconds")
{
    const coffer::clock one;
    const coffer::clock two;
    CHECK(one.source() == two.source());
    CHECK(one.source()->wake_at(one.now(), [] { FAIL("a real source calls nobody"); }) == 0);
    CHECK_FALSE(one.source()->forget(1));
    const auto before = std::chrono::system_clock::now();
    CHECK(one.wall() + 1ms > before);
}

TEST_CASE("later: adds in any unit, and stops at the last moment there is")
{
    const coffer::clock::steady_time start(100h);
    constexpr auto last = coffer::clock::steady_time::max();
    CHECK(later(start, 1ns) == start + 1ns);
    CHECK(later(start, std::chrono::hours(-1)) == start - 1h);
    CHECK(later(start, std::chrono::milliseconds::max()) == last);
    CHECK(later(start, std::chrono::hours::max()) == last);
    CHECK(later(last, 1ns) == last);
    CHECK(later(last - 1s, 999ms) == last - 1ms);
    CHECK(later(last - 1s, 2s) == last);
    CHECK(later(coffer::clock::steady_time(), std::chrono::nanoseconds::max()) == last);
}
