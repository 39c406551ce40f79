// SPDX-License-Identifier: BSL-1.0
#include "storage/breaker_rule.hpp"

#include <doctest/doctest.h>

#include <random>
#include <vector>

using namespace std::chrono_literals;
using coffer::breaker_options;
using coffer::breaker_state;
using coffer::detail::breaker_rule;
using coffer::detail::failure_window;
using time_at = coffer::clock::steady_time;

namespace {

constexpr time_at start(100h);

/// Without chance in the cool-down.
breaker_options exact()
{
    return breaker_options().jitter(coffer::jitter::none());
}

void fail(breaker_rule& rule, int times, time_at now)
{
    for (int i = 0; i < times; ++i)
        rule.failed(rule.admit(now), now);
}

} // namespace

TEST_CASE("breaker rule: opens after so many failures in a row, and a success starts the row anew")
{
    breaker_rule rule(exact().failures(3));
    fail(rule, 2, start);
    rule.succeeded(rule.admit(start), start);
    fail(rule, 2, start);
    CHECK(rule.state(start) == breaker_state::closed);
    fail(rule, 1, start);
    CHECK(rule.state(start) == breaker_state::open);
    CHECK_FALSE(rule.admit(start).admitted);
    CHECK(rule.opened() == 1);
}

TEST_CASE("breaker rule: what says nothing neither counts nor starts a row anew")
{
    breaker_rule rule(exact().failures(3));
    fail(rule, 2, start);
    rule.dropped(rule.admit(start));
    CHECK(rule.state(start) == breaker_state::closed);
    fail(rule, 1, start);
    CHECK(rule.state(start) == breaker_state::open);
}

TEST_CASE("breaker rule: after the cool-down one probe decides")
{
    breaker_rule rule(exact().failures(1).cool_down(10s));
    fail(rule, 1, start);
    CHECK_FALSE(rule.admit(start + 10s - 1ns).admitted);
    CHECK(rule.state(start + 10s) == breaker_state::half_open);
    const auto probe = rule.admit(start + 10s);
    CHECK(probe.admitted);
    CHECK(probe.probe);
    CHECK_FALSE(rule.admit(start + 10s).admitted); // one at a time
    rule.succeeded(probe, start + 11s);
    CHECK(rule.state(start + 11s) == breaker_state::closed);
    CHECK(rule.admit(start + 11s).admitted);
}

TEST_CASE("breaker rule: each probe that fails doubles the cool-down, up to the longest")
{
    breaker_rule rule(exact().failures(1).cool_down(1s, 5s));
    time_at now = start;
    fail(rule, 1, now);
    for (auto wait : {1s, 2s, 4s, 5s, 5s}) {
        CHECK_FALSE(rule.admit(now + wait - 1ms).admitted);
        now += wait;
        const auto probe = rule.admit(now);
        CHECK(probe.admitted);
        rule.failed(probe, now);
        CHECK(rule.state(now) == breaker_state::open);
    }
    const auto good = rule.admit(now + 5s);
    rule.succeeded(good, now + 5s);
    fail(rule, 1, now + 6s); // once it was closed the cool-down is short again
    CHECK(rule.state(now + 7s) == breaker_state::half_open);
}

TEST_CASE("breaker rule: how much of the cool-down it waits is left to chance, drawn each time")
{
    double share = 0.5;
    const coffer::jitter chance([&] { return share; });
    breaker_rule rule(breaker_options().failures(1).cool_down(1001ms, 10s).jitter(chance));
    fail(rule, 1, start);
    CHECK_FALSE(rule.admit(start + 500ms).admitted);
    share = 0;
    time_at now = start + 501ms;
    rule.failed(rule.admit(now), now);
    now += 1ms; // the least there is
    const auto early = rule.admit(now);
    CHECK(early.admitted);
    share = 1;
    rule.failed(early, now);
    CHECK_FALSE(rule.admit(now + 4003ms).admitted); // doubled each time all the same
    CHECK(rule.admit(now + 4004ms).admitted);
}

TEST_CASE("breaker rule: many that opened together do not come back together")
{
    std::vector<int> tenths(10);
    for (int i = 0; i < 1'000; ++i) {
        breaker_rule rule(breaker_options().failures(1).cool_down(1s));
        fail(rule, 1, start);
        std::size_t tenth = 0;
        while (rule.state(start + (tenth + 1) * 100ms) != breaker_state::half_open)
            ++tenth;
        ++tenths.at(tenth);
    }
    for (const int count : tenths) // 100 each; 30 is more than seven standard deviations away
        CHECK(count > 30);
}

TEST_CASE("breaker rule: several probes must all succeed, and run at once at most so many")
{
    breaker_rule rule(exact().failures(1).cool_down(1s).probes(2));
    fail(rule, 1, start);
    const time_at later = start + 1s;
    const auto first = rule.admit(later);
    const auto second = rule.admit(later);
    CHECK(second.admitted);
    CHECK_FALSE(rule.admit(later).admitted);
    rule.succeeded(first, later);
    CHECK(rule.state(later) == breaker_state::half_open);
    CHECK_FALSE(rule.admit(later).admitted); // one proven, one under way
    rule.succeeded(second, later);
    CHECK(rule.state(later) == breaker_state::closed);
}

TEST_CASE("breaker rule: a probe that is dropped makes room for another")
{
    breaker_rule rule(exact().failures(1).cool_down(1s));
    fail(rule, 1, start);
    const auto probe = rule.admit(start + 1s);
    rule.dropped(probe);
    CHECK(rule.state(start + 1s) == breaker_state::half_open);
    CHECK(rule.admit(start + 1s).admitted);
}

TEST_CASE("breaker rule: a probe that never ends does not keep others away for ever")
{
    breaker_rule rule(exact().failures(1).cool_down(1s, 4s));
    fail(rule, 1, start);
    const auto hangs = rule.admit(start + 1s);
    CHECK_FALSE(rule.admit(start + 5s - 1ms).admitted);
    const auto second = rule.admit(start + 5s);
    CHECK(second.admitted);
    rule.succeeded(second, start + 5s);
    CHECK(rule.state(start + 5s) == breaker_state::closed);
    rule.failed(hangs, start + 6s); // of an earlier era
    CHECK(rule.state(start + 6s) == breaker_state::closed);
}

TEST_CASE("breaker rule: what began before it opened says nothing afterwards")
{
    breaker_rule rule(exact().failures(2).cool_down(1s));
    const auto slow_failure = rule.admit(start);
    const auto slow_success = rule.admit(start);
    fail(rule, 2, start);
    rule.failed(slow_failure, start);
    CHECK(rule.opened() == 1);
    const auto probe = rule.admit(start + 1s);
    rule.succeeded(slow_success, start + 1s);
    CHECK(rule.state(start + 1s) == breaker_state::half_open);
    rule.failed(probe, start + 1s);
    CHECK(rule.state(start + 1s) == breaker_state::open);
}

TEST_CASE("breaker rule: a share of failures opens it, once enough is known")
{
    breaker_rule rule(exact().failures(1'000).failure_rate(0.5, 10s, 10));
    for (int i = 0; i < 4; ++i) {
        fail(rule, 1, start);
        rule.succeeded(rule.admit(start), start);
    }
    fail(rule, 1, start); // 5 of 9
    CHECK(rule.state(start) == breaker_state::closed);
    fail(rule, 1, start); // 6 of 10
    CHECK(rule.state(start) == breaker_state::open);
}

TEST_CASE("breaker rule: failures that are long past do not count in the share")
{
    breaker_rule rule(exact().failures(1'000).failure_rate(0.5, 10s, 4));
    fail(rule, 3, start);
    for (int i = 0; i < 3; ++i)
        rule.succeeded(rule.admit(start + 11s), start + 11s);
    fail(rule, 1, start + 11s); // 1 of 4
    CHECK(rule.state(start + 11s) == breaker_state::closed);
}

TEST_CASE("failure window: agrees with a list of all that happened, to a tenth of its length")
{
    const unsigned seed = 20240513;
    CAPTURE(seed);
    std::mt19937 random(seed);
    failure_window window(1000ms);
    struct outcome {
        time_at when;
        bool failed;
    };
    std::vector<outcome> all;
    time_at now = start;
    for (int i = 0; i < 3'000; ++i) {
        now += std::chrono::milliseconds(random() % 60);
        const bool failed = random() % 3 == 0;
        window.note(failed, now);
        all.push_back({now, failed});
        const auto count = [&](std::chrono::milliseconds length, bool failures_only) {
            std::size_t sum = 0;
            for (const outcome& one : all)
                sum += one.when > now - length && (one.failed || !failures_only) ? 1 : 0;
            return sum;
        };
        // It knows at least what happened in nine tenths, and at most what did in all of it.
        if (count(900ms, false) >= 10 && count(900ms, true) >= count(1000ms, false) * 0.4)
            CHECK(window.exceeds(0.4, 10, now));
        if (count(1000ms, false) < 10 || count(1000ms, true) < count(900ms, false) * 0.4)
            CHECK_FALSE(window.exceeds(0.4, 10, now));
    }
}

TEST_CASE("breaker options: what makes no sense is refused by name")
{
    CHECK_THROWS_AS(breaker_options().failures(0), std::invalid_argument);
    CHECK_THROWS_AS(breaker_options().failure_rate(0, 1s), std::invalid_argument);
    CHECK_THROWS_AS(breaker_options().failure_rate(1.5, 1s), std::invalid_argument);
    CHECK_THROWS_AS(breaker_options().failure_rate(0.5, 0s), std::invalid_argument);
    CHECK_THROWS_AS(breaker_options().failure_rate(0.5, 1s, 0), std::invalid_argument);
    CHECK_THROWS_AS(breaker_options().cool_down(0s), std::invalid_argument);
    CHECK_THROWS_AS(breaker_options().cool_down(2s, 1s), std::invalid_argument);
    CHECK_THROWS_AS(breaker_options().probes(0), std::invalid_argument);
    CHECK_THROWS_AS(breaker_options().timeout(0s), std::invalid_argument);
    CHECK(breaker_options().cool_down(60s).longest_cool_down() == 60s);
}
