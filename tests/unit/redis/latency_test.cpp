// SPDX-License-Identifier: BSL-1.0
#include <coffer/redis/latency.hpp>
#include <coffer/redis/request.hpp>

#include "wire_fixture.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace {

namespace redis = coffer::redis;
using redis::command_kind;
using redis::latency_histogram;
using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr auto last = latency_histogram::buckets - 1;

command_kind kind_of(const redis::request& what)
{
    return redis::kind_of(what.flags());
}
command_kind kind_of(std::string_view command)
{
    return redis::kind_of(redis::facts_of(command).flags);
}

/// The bucket that a time falls into.
std::size_t place_of(nanoseconds took)
{
    latency_histogram one;
    one.add(took);
    for (std::size_t number = 0; number <= last; ++number)
        if (one.count_in(number) == 1)
            return number;
    return last + 1;
}

} // namespace

TEST_CASE("redis latency: each bucket begins where the one before it ends")
{
    for (std::size_t number = 0; number < last; ++number) {
        CAPTURE(number);
        const auto bound = latency_histogram::bound_of(number);
        CHECK(place_of(bound) == number);
        CHECK(place_of(bound + 1ns) == number + 1);
    }
    CHECK(place_of(-5ns) == 0); // a clock that is set by hand
    CHECK(place_of(nanoseconds::max()) == last);
}

TEST_CASE(
    "redis latency: from eight microseconds on a bucket is at most an eighth of its time wide")
{
    for (std::size_t number = 8; number <= last; ++number) {
        const auto low = latency_histogram::bound_of(number - 1) + 1ns;
        CHECK((latency_histogram::bound_of(number) - low) * 8 <= low);
    }
    CHECK(latency_histogram::bound_of(last - 1) > 100s);
}

TEST_CASE("redis latency: quantiles are those of the sorted times, at most an eighth above")
{
    std::mt19937 random(11);
    std::lognormal_distribution<double> draw(13, 2); // around half a millisecond
    std::vector<nanoseconds> all;
    latency_histogram counted;
    for (int count = 0; count < 20'000; ++count) {
        const nanoseconds took(10'000 + static_cast<std::int64_t>(draw(random)));
        all.push_back(took);
        counted.add(took);
    }
    std::sort(all.begin(), all.end());
    for (const double share : {0.0, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1.0}) {
        CAPTURE(share);
        const auto rank = static_cast<std::size_t>(share * static_cast<double>(all.size()));
        const auto exact = all[std::min(std::max<std::size_t>(rank, 1), all.size()) - 1];
        CHECK(counted.quantile(share) >= exact);
        CHECK(counted.quantile(share) <= exact + exact / 8);
    }
    CHECK(counted.count() == 20'000);
    CHECK(latency_histogram().quantile(0.5) == 0ns);
}

TEST_CASE("redis latency: two histograms added are one of all")
{
    latency_histogram one, other;
    one.add(10us);
    other.add(10us);
    other.add(1s);
    one += other;
    CHECK(one.count() == 3);
    CHECK(one.sum() == 1s + 20us);
    CHECK(one.quantile(0.5) < 12us);
    CHECK(one.quantile(1) >= 1s);
    redis::latencies all;
    all.add(command_kind::read, 10us);
    all.add(command_kind::write, 20us);
    CHECK(all.of(command_kind::read).count() == 1);
    CHECK(all.of(command_kind::script).count() == 0);
    CHECK(all.total().count() == 2);
}

TEST_CASE("redis latency: a command's kind is told by the table")
{
    for (const char* name : {"GET", "mget", "HGETALL", "SCAN", "EXISTS"})
        CHECK(kind_of(name) == command_kind::read);
    for (const char* name : {"SET", "DEL", "INCR", "MSET", "XADD"})
        CHECK(kind_of(name) == command_kind::write);
    for (const char* name : {"EVAL", "EVALSHA", "EVALSHA_RO", "FCALL", "FCALL_RO", "EVAL_RO"})
        CHECK(kind_of(name) == command_kind::script);
    for (const char* name : {"BLPOP", "XREAD", "WAIT", "BLMOVE"})
        CHECK(kind_of(name) == command_kind::waiting);
    for (const char* name : {"PING", "INFO", "PUBLISH", "FLUSHALL", "SUBSCRIBE", "JSON.SET"})
        CHECK(kind_of(name) == command_kind::other);
}

TEST_CASE("redis latency: several commands are a read if all of them are")
{
    redis::request several("GET", "a");
    several.add("MGET", "b", "c");
    CHECK(kind_of(several) == command_kind::read);
    several.add("SET", "a", "1");
    CHECK(kind_of(several) == command_kind::write);
    several.add("EVALSHA", "digest", 0);
    CHECK(kind_of(several) == command_kind::script);
}

TEST_CASE("redis latency: counted from the call to the reply, of what is answered and asks for it")
{
    wire_test::wire_fixture on;
    on.up();
    wire_test::caller read("GET", "k"), untimed("GET", "k"), gone("SET", "k", "v"),
        both(redis::request("GET", "a").add("SET", "b", "v"));
    for (auto* each : {&read, &gone, &both})
        each->began = on.now;
    for (auto* each : {&read, &untimed, &gone, &both})
        on.submit(*each);
    on.sent();
    on.wire.cancel(gone);
    on.advance(20ms);
    on.answer("$1\r\nv\r\n$1\r\nv\r\n+OK\r\n");
    on.advance(20ms);
    on.answer("$1\r\nv\r\n+OK\r\n");
    const auto& seen = on.wire.stats().latency;
    CHECK(seen.of(command_kind::read).count() == 1);
    CHECK(seen.of(command_kind::read).sum() == 20ms);
    CHECK(seen.of(command_kind::write).count() == 1); // the pipeline, once, at its last reply
    CHECK(seen.of(command_kind::write).sum() == 40ms);
    CHECK(seen.total().count() == 2);
}
