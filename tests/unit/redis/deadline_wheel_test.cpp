// SPDX-License-Identifier: BSL-1.0
#include <redis/wire/deadline_wheel.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <random>
#include <set>

namespace {

using namespace std::chrono_literals;
using coffer::redis::detail::deadline_wheel;
using coffer::redis::detail::operation;
using moment = deadline_wheel::time;

struct waiting : operation {
    explicit waiting(moment until = moment::max()) : operation(nullptr) { deadline = until; }
};

constexpr moment start = moment(1000s);

std::multiset<const operation*> all_due(deadline_wheel& wheel, moment now)
{
    std::multiset<const operation*> due;
    while (const operation* one = wheel.pop_due(now))
        due.insert(one);
    return due;
}

} // namespace

TEST_CASE("deadline wheel: never early, and at most a tick late")
{
    for (int offset = 0; offset <= 20; ++offset) {
        CAPTURE(offset);
        deadline_wheel wheel;
        wheel.pop_due(start);
        waiting one(start + 100ms + std::chrono::milliseconds(offset));
        wheel.add(one);
        CHECK(wheel.pop_due(one.deadline - 1ns) == nullptr);
        CHECK(wheel.pop_due(one.deadline + deadline_wheel::tick) == &one);
        CHECK(wheel.size() == 0);
    }
}

TEST_CASE("deadline wheel: one without a deadline is never in it")
{
    deadline_wheel wheel;
    waiting forever;
    wheel.add(forever);
    CHECK(wheel.size() == 0);
    CHECK(wheel.next() == moment::max());
    wheel.remove(forever);
    CHECK(wheel.pop_due(start + 100h) == nullptr);
}

TEST_CASE("deadline wheel: deadlines of the past are due at the next tick")
{
    deadline_wheel wheel;
    wheel.pop_due(start);
    waiting past(start - 1h);
    wheel.add(past);
    CHECK(wheel.next() <= start + 10ms);
    CHECK(wheel.pop_due(start + 10ms) == &past);
}

TEST_CASE("deadline wheel: those beyond one turn wait for theirs")
{
    deadline_wheel wheel;
    wheel.pop_due(start);
    waiting near(start + 50ms);
    waiting far(start + 50ms + 512 * 10ms);
    waiting farther(start + 50ms + 3 * 512 * 10ms);
    wheel.add(farther);
    wheel.add(far);
    wheel.add(near);
    CHECK(all_due(wheel, start + 60ms) == std::multiset<const operation*>{&near});
    CHECK(all_due(wheel, start + 5s).empty());
    CHECK(all_due(wheel, far.deadline + 10ms) == std::multiset<const operation*>{&far});
    CHECK(all_due(wheel, farther.deadline - 1ms).empty());
    CHECK(all_due(wheel, farther.deadline + 1h) == std::multiset<const operation*>{&farther});
}

TEST_CASE("deadline wheel: while those that are due are taken out, others come and go")
{
    deadline_wheel wheel;
    wheel.pop_due(start);
    waiting a(start + 10ms);
    waiting b(start + 10ms);
    waiting c(start + 10ms);
    for (auto* each : {&a, &b, &c})
        wheel.add(*each);
    operation* const first = wheel.pop_due(start + 20ms);
    REQUIRE(first != nullptr);
    waiting late(start); // added meanwhile, past already
    wheel.add(late);
    operation* gone = nullptr;
    for (auto* each : {&a, &b, &c}) {
        if (each != first && gone == nullptr)
            wheel.remove(*(gone = each));
    }
    operation* const last = wheel.pop_due(start + 20ms);
    CHECK(last != nullptr);
    CHECK(last != gone);
    CHECK(wheel.pop_due(start + 20ms) == nullptr);
    CHECK(wheel.pop_due(start + 30ms) == &late);
    CHECK(wheel.size() == 0);
}

TEST_CASE("deadline wheel: it wakes up no later than for the first, removed ones or not")
{
    deadline_wheel wheel;
    wheel.pop_due(start);
    waiting soon(start + 100ms);
    waiting later(start + 2s);
    wheel.add(later);
    CHECK(wheel.next() == start + 2s);
    wheel.add(soon);
    CHECK(wheel.next() == start + 100ms);
    wheel.remove(soon);
    CHECK(wheel.next() <= start + 2s);
    CHECK(wheel.next() > start + 100ms);
    wheel.remove(later);
    CHECK(wheel.next() == moment::max());
}

TEST_CASE("deadline wheel: random deadlines expire as in a sorted list")
{
    constexpr std::uint64_t seed = 5;
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    deadline_wheel wheel;
    wheel.pop_due(start);
    std::deque<waiting> all(300);
    std::set<waiting*> inside;
    moment now = start;
    for (int i = 0; i < 20'000; ++i) {
        auto& one = all[random() % all.size()];
        if (inside.erase(&one)) {
            wheel.remove(one);
        } else {
            one.deadline = now + std::chrono::milliseconds(random() % 12'000);
            wheel.add(one);
            inside.insert(&one);
        }
        if (random() % 8 != 0)
            continue;
        CHECK(wheel.size() == inside.size());
        const auto next = wheel.next();
        for (const auto* each : inside)
            REQUIRE(next <= each->deadline + deadline_wheel::tick + 1ms);
        now += std::chrono::milliseconds(random() % (random() % 50 == 0 ? 20'000 : 40));
        while (operation* due = wheel.pop_due(now)) {
            REQUIRE(due->deadline <= now);
            REQUIRE(inside.erase(static_cast<waiting*>(due)) == 1);
        }
        for (const auto* each : inside)
            REQUIRE(each->deadline > now - deadline_wheel::tick - 1ms);
    }
}
