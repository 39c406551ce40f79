// SPDX-License-Identifier: BSL-1.0
#include <coffer/testing/recording_storage.hpp>

#include <coffer/net/as_result.hpp>
#include <coffer/storage/memory_storage.hpp>
#include <coffer/testing/manual_clock.hpp>

#include "support/conformance.hpp"
#include "support/coro_test.hpp"

using namespace std::chrono_literals;
using coffer::errc;
using coffer::storage_key;
using coffer::storage_operation;
using coffer::testing::recorded_call;
using coffer::testing::recording_storage;
using support::drain;
using support::start;
namespace asio = boost::asio;

namespace {

const storage_key a("space", "group", "a");
const storage_key b("space", "group", "b");

std::vector<std::string> texts(const recording_storage& of)
{
    std::vector<std::string> result;
    for (const recorded_call& one : of.log())
        result.push_back(one.text());
    return result;
}

/// Three operations one after the other, of which any may fail.
asio::awaitable<int> three_steps(recording_storage on)
{
    const coffer::entry value("v");
    int done = 0;
    auto put = co_await coffer::as_result(on->put(a, value));
    done += put.has_value() ? 1 : 0;
    auto get = co_await coffer::as_result(on->get(a));
    done += get.has_value() ? 10 : 0;
    auto drop =
        co_await coffer::as_result(on->invalidate(a, coffer::invalidation::hard, std::nullopt));
    done += drop.has_value() ? 100 : 0;
    co_return done;
}

} // namespace

CORO_TEST("recording storage: writes down every operation with what it names")
{
    const recording_storage log(coffer::memory_storage());
    const coffer::entry value("v");
    co_await log->put(a, value);
    const std::vector<storage_key> both = {a, b};
    co_await log->get_many(both);
    co_await log->bump("space", "tag", coffer::invalidation::hard);
    co_await log->clear("space", "");
    const std::vector<std::string> expected = {"put space:group:a",
                                               "get_many space:group:a space:group:b",
                                               "bump space tag", "clear space"};
    CHECK(texts(log) == expected);
    CHECK(log.calls() == 4);
    CHECK(log.calls(storage_operation::put) == 1);
    CHECK(log.log()[1].keys == both);
    CHECK(log.log()[1].ended == recorded_call::outcome::done);
    log.forget();
    CHECK(log.calls() == 0);
    co_await log->close();
    CHECK(log.calls() == 0);
}

TEST_CASE("recording storage: a test can fail an operation at every step")
{
    const recording_storage plain(coffer::memory_storage());
    CHECK(support::run(three_steps(plain)) == 111);
    const std::size_t steps = plain.calls();
    REQUIRE(steps == 3);
    const int expected[] = {110, 101, 11};
    for (std::size_t k = 0; k < steps; ++k) {
        const recording_storage fails(coffer::memory_storage());
        fails.fail_at(k);
        CHECK(support::run(three_steps(fails)) == expected[k]);
        CHECK(fails.log()[k].ended == recorded_call::outcome::failed);
    }
}

CORO_TEST("recording storage: a failure comes before the operation, or after it")
{
    auto memory = coffer::memory_storage();
    const recording_storage log(memory);
    const coffer::entry value("v");
    log.fail_next(storage_operation::put);
    auto before = co_await coffer::as_result(log->put(a, value));
    CHECK(before.error() == errc::storage_failed);
    auto none = co_await memory->get(a);
    CHECK_FALSE(none.has_value());
    log.fail_next(storage_operation::put, 1, recording_storage::moment::after, errc::timeout);
    auto after = co_await coffer::as_result(log->put(a, value));
    CHECK(after.error() == errc::timeout);
    auto there = co_await memory->get(a);
    CHECK(there.has_value());
    auto third = co_await coffer::as_result(log->put(a, value));
    CHECK(third.has_value());
}

CORO_TEST("recording storage: failures that were asked for are forgotten by heal")
{
    const recording_storage log(coffer::memory_storage());
    log.fail_all(errc::timeout);
    log.fail_at(1);
    log.fail_next(storage_operation::get, 5);
    auto first = co_await coffer::as_result(log->touch(a, 1s));
    CHECK(first.error() == errc::timeout);
    log.heal();
    auto second = co_await coffer::as_result(log->get(a));
    CHECK(second.has_value());
}

TEST_CASE("recording storage: a call waits at the gate until it is opened, others pass")
{
    asio::io_context io;
    const recording_storage log(coffer::memory_storage());
    auto gate = log.stop_next(storage_operation::get);
    auto waits = start(io, log->get(a));
    auto passes = start(io, log->get(a));
    drain(io);
    CHECK(gate.reached().is_set());
    CHECK_FALSE(waits.done());
    CHECK(passes.done());
    CHECK(log.log()[0].ended == recorded_call::outcome::running);
    log.forget(); // what runs still is not written into the new log
    gate.open();
    drain(io);
    CHECK(waits.done());
    CHECK(log.calls() == 0);
}

TEST_CASE("recording storage: harmless, it passes every check of the suite")
{
    coffer::testing::manual_clock time;
    auto make = [&] {
        const auto memory = coffer::memory_storage_options().clock(time);
        return coffer::storage_ptr(recording_storage(coffer::memory_storage(memory)));
    };
    support::conforms(coffer::testing::storage_subject(make).clock(time));
}
