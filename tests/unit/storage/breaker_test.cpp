// SPDX-License-Identifier: BSL-1.0
#include <coffer/storage/breaker.hpp>

#include <coffer/storage/memory_storage.hpp>
#include <coffer/testing/manual_clock.hpp>
#include <coffer/testing/recording_storage.hpp>

#include "support/conformance.hpp"
#include "support/coro_test.hpp"

#include <boost/asio/error.hpp>

#include <vector>

using namespace std::chrono_literals;
using coffer::breaker;
using coffer::breaker_options;
using coffer::breaker_state;
using coffer::errc;
using coffer::storage_key;
using coffer::storage_operation;
using coffer::testing::manual_clock;
using coffer::testing::recording_storage;
using support::drain;
using support::start;
namespace asio = boost::asio;

namespace {

const storage_key key("space", "group", "id");

struct fixture {
    asio::io_context io;
    manual_clock time;
    recording_storage inner{coffer::memory_storage()};
    std::vector<breaker_state> changes;

    breaker make(breaker_options options)
    {
        options.clock(time).jitter(coffer::jitter::none()).on_change([this](breaker_state to) {
            changes.push_back(to);
        });
        return breaker(inner, options);
    }

    boost::system::error_code get(const breaker& by)
    {
        auto asked = start(io, by->get(key));
        drain(io);
        REQUIRE(asked.done());
        return asked.error();
    }
};

} // namespace

TEST_CASE_FIXTURE(fixture, "breaker: an open one answers at once, without asking the storage")
{
    auto guard = make(breaker_options().failures(2).cool_down(1s));
    inner.fail_all();
    CHECK(get(guard) == errc::storage_failed);
    CHECK(guard.state() == breaker_state::closed);
    CHECK(get(guard) == errc::storage_failed);
    CHECK(guard.state() == breaker_state::open);
    CHECK(inner.calls() == 2);
    CHECK(get(guard) == errc::storage_unavailable);
    CHECK(inner.calls() == 2);
    CHECK(guard.refused() == 1);
    CHECK(guard.opened() == 1);

    inner.heal();
    time.advance(1s);
    CHECK(guard.state() == breaker_state::half_open);
    CHECK(get(guard) == boost::system::error_code());
    CHECK(guard.state() == breaker_state::closed);
    const std::vector<breaker_state> all = {breaker_state::open, breaker_state::half_open,
                                            breaker_state::closed};
    CHECK(changes == all);
}

TEST_CASE_FIXTURE(fixture, "breaker: while half open only the probe goes through")
{
    auto guard = make(breaker_options().failures(1).cool_down(1s));
    inner.fail_next(storage_operation::get);
    get(guard);
    time.advance(1s);
    auto gate = inner.stop_next(storage_operation::get);
    auto probe = start(io, guard->get(key));
    drain(io);
    CHECK(gate.reached().is_set());
    CHECK(get(guard) == errc::storage_unavailable);
    gate.open();
    drain(io);
    CHECK(probe.done());
    CHECK(get(guard) == boost::system::error_code());
}

TEST_CASE_FIXTURE(fixture,
                  "breaker: a cancellation is no failure, and gives the probe's place back")
{
    auto guard = make(breaker_options().failures(1).cool_down(1s));
    auto gate = inner.stop_next(storage_operation::get);
    auto leaves = start(io, guard->get(key));
    drain(io);
    leaves.cancel();
    drain(io);
    CHECK(leaves.error() == asio::error::operation_aborted);
    CHECK(guard.state() == breaker_state::closed);

    inner.fail_next(storage_operation::get);
    get(guard);
    time.advance(1s);
    gate = inner.stop_next(storage_operation::get);
    auto probe = start(io, guard->get(key));
    drain(io);
    probe.cancel();
    drain(io);
    CHECK(guard.state() == breaker_state::half_open);
    CHECK(get(guard) == boost::system::error_code());
    CHECK(guard.state() == breaker_state::closed);
}

TEST_CASE_FIXTURE(fixture, "breaker: an abandoned probe gives its place back")
{
    auto guard = make(breaker_options().failures(1).cool_down(1s));
    inner.fail_next(storage_operation::get);
    get(guard);
    time.advance(1s);
    {
        asio::io_context other;
        auto gate = inner.stop_next(storage_operation::get);
        start(other, guard->get(key));
        drain(other);
    }
    CHECK(get(guard) == boost::system::error_code());
    CHECK(guard.state() == breaker_state::closed);
}

TEST_CASE_FIXTURE(fixture, "breaker: the caller's own errors are not the storage's failures")
{
    auto guard = make(breaker_options().failures(1));
    for (auto code : {errc::unsupported, errc::key_too_large, errc::value_too_large,
                      errc::not_a_counter, errc::closed}) {
        inner.fail_next(storage_operation::get, 1, recording_storage::moment::before, code);
        CHECK(get(guard) == code);
        CHECK(guard.state() == breaker_state::closed);
    }
}

TEST_CASE_FIXTURE(fixture, "breaker: a storage that does not answer in time has failed")
{
    auto guard = make(breaker_options().failures(1).timeout(50ms));
    auto gate = inner.stop_next(storage_operation::get);
    auto slow = start(io, guard->get(key));
    drain(io);
    time.advance(50ms);
    drain(io);
    CHECK(slow.error() == errc::timeout);
    CHECK(guard.state() == breaker_state::open);
    CHECK(get(guard) == errc::storage_unavailable);
    auto closing = start(io, guard->close());
    drain(io);
    CHECK(closing.done());
}

TEST_CASE_FIXTURE(fixture, "breaker: says what it stands around, and declares the same")
{
    auto guard = make(breaker_options());
    CHECK(guard->describe() ==
          "breaker around recording of " + coffer::memory_storage()->describe());
    CHECK(guard->able() == inner->able());
    CHECK(guard->limits().max_key == inner->limits().max_key);
}

TEST_CASE("breaker: harmless, it passes every check of the suite, with a time limit too")
{
    for (bool limited : {false, true}) {
        manual_clock time;
        auto make = [&] {
            breaker_options options;
            options.clock(time);
            if (limited)
                options.timeout(1h);
            const auto memory = coffer::memory_storage_options().clock(time);
            return coffer::storage_ptr(breaker(coffer::memory_storage(memory), options));
        };
        support::conforms(coffer::testing::storage_subject(make).clock(time));
    }
}
