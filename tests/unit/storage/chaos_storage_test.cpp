// SPDX-License-Identifier: BSL-1.0
#include <coffer/testing/chaos_storage.hpp>

#include <coffer/net/as_result.hpp>
#include <coffer/storage/memory_storage.hpp>
#include <coffer/testing/manual_clock.hpp>

#include "support/conformance.hpp"
#include "support/coro_test.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <string>

using namespace std::chrono_literals;
using coffer::errc;
using coffer::storage_key;
using coffer::storage_operation;
using coffer::testing::chaos;
using coffer::testing::chaos_storage;
using coffer::testing::manual_clock;
using support::drain;
using support::start;
namespace asio = boost::asio;

namespace {

const storage_key key("space", "group", "id");

/// What becomes of 200 puts: `.` done, `x` failed.
std::string fates(const chaos_storage& of)
{
    asio::io_context io;
    std::string result;
    for (int i = 0; i < 200; ++i) {
        auto put = start(io, of->put(key, coffer::entry("v")));
        drain(io);
        result += put.failed() ? 'x' : '.';
    }
    return result;
}

} // namespace

TEST_CASE("chaos storage: without a plan it does nothing")
{
    const chaos_storage calm(coffer::memory_storage(), chaos());
    CHECK(fates(calm).find('x') == std::string::npos);
    CHECK(calm.injected() == 0);
}

TEST_CASE("chaos storage: the same seed has the same fate for the n-th operation, another another")
{
    const chaos_storage first(coffer::memory_storage(), chaos().fail(0.3).seed(7));
    const chaos_storage same(coffer::memory_storage(), chaos().fail(0.3).seed(7));
    const chaos_storage other(coffer::memory_storage(), chaos().fail(0.3).seed(8));
    const std::string once = fates(first);
    CHECK(once == fates(same));
    CHECK(once != fates(other));
    const auto failures = std::count(once.begin(), once.end(), 'x');
    CHECK(failures > 30);
    CHECK(failures < 90);
    CHECK(first.injected() == static_cast<std::size_t>(failures));
    first.plan(chaos().fail(0.3).seed(7));
    CHECK(fates(first) == once);
}

CORO_TEST("chaos storage: a failed operation is not carried out, a lost reply is")
{
    auto memory = coffer::memory_storage();
    const coffer::entry value("v");
    const chaos_storage fails(memory, chaos().fail(1));
    auto failed = co_await coffer::as_result(fails->put(key, value));
    CHECK(failed.error() == errc::storage_failed);
    auto none = co_await memory->get(key);
    CHECK_FALSE(none.has_value());
    const chaos_storage loses(memory, chaos().lose_reply(1));
    auto lost = co_await coffer::as_result(loses->put(key, value));
    CHECK(lost.error() == errc::storage_failed);
    auto there = co_await memory->get(key);
    CHECK(there.has_value());
}

TEST_CASE("chaos storage: delays by its clock, and leaves when it is cancelled")
{
    asio::io_context io;
    manual_clock time;
    const chaos_storage slow(coffer::memory_storage(), chaos().delay(50ms).clock(time));
    auto get = start(io, slow->get(key));
    auto leaves = start(io, slow->get(key));
    drain(io);
    time.advance(49ms);
    drain(io);
    CHECK_FALSE(get.done());
    leaves.cancel();
    drain(io);
    CHECK(leaves.error() == asio::error::operation_aborted);
    time.advance(1ms);
    drain(io);
    CHECK(get.done());
}

TEST_CASE("chaos storage: a delay left to chance stays within its bounds")
{
    asio::io_context io;
    manual_clock time;
    const auto plan = chaos().delay(10ms, 20ms).clock(time).seed(3);
    const chaos_storage slow(coffer::memory_storage(), plan);
    for (int i = 0; i < 50; ++i) {
        auto get = start(io, slow->get(key));
        drain(io);
        const auto due = *time.next() - time.now();
        CHECK(due >= 10ms);
        CHECK(due <= 20ms);
        time.advance(20ms);
        drain(io);
        CHECK(get.done());
    }
}

CORO_TEST("chaos storage: concerns only the operations it is told, and never close by itself")
{
    const auto plan = chaos().fail(1).only({storage_operation::invalidate});
    const chaos_storage some(coffer::memory_storage(), plan);
    auto read = co_await coffer::as_result(some->get(key));
    CHECK(read.has_value());
    auto drop =
        co_await coffer::as_result(some->invalidate(key, coffer::invalidation::hard, std::nullopt));
    CHECK(drop.error() == errc::storage_failed);
    const chaos_storage all(coffer::memory_storage(), chaos().fail(1));
    auto closed = co_await coffer::as_result(all->close());
    CHECK(closed.has_value());
}

TEST_CASE("chaos: what makes no sense is refused")
{
    CHECK_THROWS_AS(chaos().fail(1.1), std::invalid_argument);
    CHECK_THROWS_AS(chaos().fail(-0.1), std::invalid_argument);
    CHECK_THROWS_AS(chaos().lose_reply(2), std::invalid_argument);
    CHECK_THROWS_AS(chaos().delay(-1ms), std::invalid_argument);
    CHECK_THROWS_AS(chaos().delay(2ms, 1ms), std::invalid_argument);
}

TEST_CASE("chaos storage: harmless, it passes every check of the suite")
{
    manual_clock time;
    auto make = [&] {
        const auto memory = coffer::memory_storage_options().clock(time);
        return coffer::storage_ptr(chaos_storage(coffer::memory_storage(memory), chaos()));
    };
    support::conforms(coffer::testing::storage_subject(make).clock(time));
}
