// SPDX-License-Identifier: BSL-1.0
#include <coffer/core/jitter.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <set>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using coffer::jitter;
using coffer::ttl;

namespace {

jitter always(double share)
{
    return jitter([share] { return share; });
}

} // namespace

TEST_CASE("jitter: a pause is from one millisecond to the whole")
{
    CHECK(always(0).pause(100ms) == 1ms);
    CHECK(always(0.5).pause(101ms) == 51ms);
    CHECK(always(1).pause(100ms) == 100ms);
    CHECK(jitter::none().pause(100ms) == 100ms);
    CHECK(always(0.9).pause(1ms) == 1ms);
    CHECK(always(0.9).pause(0ms) == 0ms);
    CHECK(jitter::none().pause(std::chrono::milliseconds::max()) ==
          std::chrono::milliseconds::max());
}

TEST_CASE("jitter: a time to live loses at most its share, and never all")
{
    CHECK(always(0).shorten(100s, 0.25) == ttl(75s));
    CHECK(always(0.5).shorten(100s, 0.5) == ttl(75s));
    CHECK(jitter::none().shorten(100s, 0.5) == ttl(100s));
    CHECK(always(0).shorten(100s, 0) == ttl(100s));
    CHECK(always(0).shorten(100s, 1) == ttl(1ms));
    CHECK(always(0.5).shorten(1ms, 1) == ttl(1ms));
}

TEST_CASE("jitter: what is no span of time is left alone")
{
    CHECK(always(0).shorten(ttl::never(), 1) == ttl::never());
    CHECK(always(0).shorten(ttl::inherit(), 1) == ttl::inherit());
    CHECK(always(0).shorten(0ms, 1) == ttl(0ms));
}

TEST_CASE("jitter: a seed gives the same draws each time, and another seed others")
{
    const auto draws = [](const jitter& from) {
        std::vector<double> result;
        for (int i = 0; i < 20; ++i)
            result.push_back(from.share());
        return result;
    };
    const auto first = draws(jitter(7));
    CHECK(draws(jitter(7)) == first);
    CHECK(draws(jitter(8)) != first);
    const auto draw_by_copy = [](jitter copy) { return copy.share(); };
    const jitter shared(7);
    CHECK(draw_by_copy(shared) == first[0]);
    CHECK(shared.share() == first[1]); // copies draw from the same sequence
}

TEST_CASE("jitter: without a seed two sources have nothing in common, and shares stay in bounds")
{
    std::set<double> seen;
    const jitter one;
    const jitter two;
    for (int i = 0; i < 100; ++i)
        for (const jitter* from : {&one, &two}) {
            const double share = from->share();
            CHECK(share >= 0);
            CHECK(share <= 1);
            seen.insert(share);
        }
    CHECK(seen.size() > 190);
}

TEST_CASE("jitter: several threads may draw at once")
{
    const jitter seeded(1);
    std::atomic<int> drawn{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (int k = 0; k < 1'000; ++k)
                drawn += seeded.share() <= 1 && jitter().share() <= 1;
        });
    for (std::thread& one : threads)
        one.join();
    CHECK(drawn == 4'000);
}
