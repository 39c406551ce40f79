// SPDX-License-Identifier: BSL-1.0
#include <coffer/testing/manual_clock.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using coffer::testing::manual_clock;

namespace {

// Notes its name when woken.
auto note(std::vector<std::string>& log, std::string name)
{
    return [&log, name = std::move(name)] { log.push_back(name); };
}

using log_t = std::vector<std::string>;

} // namespace

TEST_CASE("manual clock: it stands still until it is moved")
{
    const manual_clock time;
    const auto steady = time.now();
    const auto wall = time.wall();
    CHECK(time.now() == steady);

    time.advance(1500ms);
    CHECK(time.now() == steady + 1500ms);
    CHECK(time.wall() == wall + 1500ms);

    time.set(steady + 2s);
    CHECK(time.now() == steady + 2s);
    CHECK(time.wall() == wall + 2s);
}

TEST_CASE("manual clock: the wall clock starts where it is told, with room before the steady one")
{
    const auto start = std::chrono::sys_days(std::chrono::March / 5 / 2031) + 7h + 3ms;
    const manual_clock time(start);
    CHECK(time.wall() == start);
    CHECK(time.now() - 23h > manual_clock::steady_time());
    CHECK(manual_clock().wall() == std::chrono::sys_days(std::chrono::January / 1 / 2024));
}

TEST_CASE("manual clock: copies and the clocks made from it show the same time")
{
    const manual_clock time;
    const coffer::clock seen = time;
    const auto before = seen.now();
    const auto advanced = [](manual_clock copy) {
        copy.advance(7ms);
        return copy;
    };
    const manual_clock copy = advanced(time);
    CHECK(seen.now() == before + 7ms);
    CHECK(seen.wall() == time.wall());
    CHECK(seen.source() == copy.source());
    CHECK(seen.reached(before + 7ms));
    CHECK_FALSE(seen.reached(before + 7ms + 1ns));
}

TEST_CASE("manual clock: the wall clock can be turned alone, also back")
{
    const manual_clock time;
    const auto steady = time.now();
    const auto wall = time.wall();
    time.shift_wall(-1h);
    CHECK(time.wall() == wall - 1h);
    CHECK(time.now() == steady);
    time.advance(1s);
    CHECK(time.wall() == wall - 1h + 1s);
}

TEST_CASE("manual clock: steady time never goes back")
{
    const manual_clock time;
    time.advance(1s);
    CHECK_THROWS_AS(time.advance(-1ns), std::invalid_argument);
    CHECK_THROWS_AS(time.set(time.now() - 1ns), std::invalid_argument);
    const auto now = time.now();
    time.set(now);
    time.advance(0ns);
    CHECK(time.now() == now);
}

TEST_CASE("manual clock: it stops at the last moment there is")
{
    const manual_clock time;
    time.advance(manual_clock::steady_time::duration::max());
    CHECK(time.now() == manual_clock::steady_time::max());
    time.advance(1h);
    CHECK(time.now() == manual_clock::steady_time::max());
}

TEST_CASE("manual clock: wake-ups come in order of time, then of registration, at their moment")
{
    const manual_clock time;
    const auto start = time.now();
    log_t log;
    std::vector<manual_clock::steady_time> seen;
    time.source()->wake_at(start + 3s, note(log, "c"));
    time.source()->wake_at(start + 1s, note(log, "a1"));
    time.source()->wake_at(start + 1s, note(log, "a2"));
    time.source()->wake_at(start + 2s, [&] { seen.push_back(time.now()); });
    CHECK(time.pending() == 4);
    CHECK(time.next() == start + 1s);

    time.advance(1s - 1ns);
    CHECK(log.empty());
    time.advance(1ns);
    CHECK(log == log_t{"a1", "a2"});
    time.advance(1h);
    CHECK(log == log_t{"a1", "a2", "c"});
    REQUIRE(seen.size() == 1);
    CHECK(seen[0] == start + 2s);
    CHECK(time.now() == start + 1s + 1h);
    CHECK(time.pending() == 0);
    CHECK_FALSE(time.next());
}

TEST_CASE("manual clock: a wake-up for a moment already reached is called at once")
{
    const manual_clock time;
    log_t log;
    const auto ticket = time.source()->wake_at(time.now(), note(log, "now"));
    CHECK(log == log_t{"now"});
    CHECK(ticket != 0);
    CHECK_FALSE(time.source()->forget(ticket));
    time.source()->wake_at(time.now() - 1h, note(log, "past"));
    CHECK(log == log_t{"now", "past"});
    CHECK(time.pending() == 0);
}

TEST_CASE("manual clock: a forgotten wake-up is not called, and forgetting works once")
{
    const manual_clock time;
    log_t log;
    const auto first = time.source()->wake_at(time.now() + 1s, note(log, "first"));
    const auto second = time.source()->wake_at(time.now() + 1s, note(log, "second"));
    REQUIRE(first != 0);
    REQUIRE(second != 0);
    CHECK(time.source()->forget(first));
    CHECK_FALSE(time.source()->forget(first));
    CHECK_FALSE(time.source()->forget(0));
    time.advance(1s);
    CHECK(log == log_t{"second"});
    CHECK_FALSE(time.source()->forget(second));
}

TEST_CASE("manual clock: forgetting a wake-up lets go of what it held")
{
    const manual_clock time;
    auto held = std::make_shared<int>(1);
    const auto ticket = time.source()->wake_at(time.now() + 1s, [held] { CHECK(held); });
    CHECK(held.use_count() == 2);
    CHECK(time.source()->forget(ticket));
    CHECK(held.use_count() == 1);
}

TEST_CASE("manual clock: a wake-up that asks for another gets it within the same stretch")
{
    const manual_clock time;
    const auto start = time.now();
    std::vector<std::chrono::nanoseconds> ticks;
    std::function<void()> tick = [&] {
        ticks.push_back(time.now() - start);
        time.source()->wake_at(time.now() + 10ms, tick);
    };
    time.source()->wake_at(start + 10ms, tick);
    time.advance(35ms);
    CHECK(ticks == std::vector<std::chrono::nanoseconds>{10ms, 20ms, 30ms});
    CHECK(time.next() == start + 40ms);
    CHECK(time.now() == start + 35ms);
}

TEST_CASE("manual clock: a wake-up may forget a later one and move the clock itself")
{
    const manual_clock time;
    const auto start = time.now();
    log_t log;
    const auto later = time.source()->wake_at(start + 2s, note(log, "later"));
    time.source()->wake_at(start + 1s, [&] {
        CHECK(time.source()->forget(later));
        time.advance(10s);
        log.push_back("moved");
    });
    time.source()->wake_at(start + 5s, note(log, "between"));
    time.advance(3s);
    CHECK(log == log_t{"between", "moved"});
    CHECK(time.now() == start + 13s);
}

TEST_CASE("manual clock: moved and registered from several threads, it wakes everyone once")
{
    const manual_clock time;
    const auto start = time.now();
    constexpr int each = 500;
    std::atomic<int> woken = 0;
    std::vector<std::thread> threads;
    for (int who = 0; who < 4; ++who)
        threads.emplace_back([&, who] {
            for (int i = 0; i < each; ++i) {
                time.source()->wake_at(start + std::chrono::milliseconds(i), [&] { ++woken; });
                if (who < 2)
                    time.advance(1ms);
            }
        });
    for (auto& one : threads)
        one.join();
    CHECK(time.now() == start + 2 * each * 1ms);
    CHECK(woken == 4 * each);
    CHECK(time.pending() == 0);
}
