// SPDX-License-Identifier: BSL-1.0
#include <coffer/net/background.hpp>

#include <coffer/core/errc.hpp>
#include <coffer/net/as_result.hpp>
#include <coffer/net/event.hpp>

#include "support/coro_test.hpp"

#include <boost/asio/error.hpp>

#include <optional>
#include <stdexcept>
#include <vector>

using coffer::background;
using coffer::event;
using support::drain;
using support::start;
namespace asio = boost::asio;

namespace {

asio::awaitable<void> until(event what)
{
    co_await what.wait();
}

asio::awaitable<void> fail_after(event what, std::exception_ptr with)
{
    co_await what.wait();
    std::rethrow_exception(with);
}

asio::awaitable<int> answer(boost::system::error_code failure)
{
    if (failure)
        throw boost::system::system_error(failure);
    co_return 42;
}

asio::awaitable<void> refuse()
{
    throw std::logic_error("not a code");
    co_return;
}

/// Work that waits, and a close that waits for it.
struct closing_one {
    closing_one()
    {
        tasks.start(io.get_executor(), until(go));
        closing.emplace(io.get_executor(), tasks.close());
        drain(io);
    }

    asio::io_context io;
    background tasks;
    event go;
    std::optional<support::outcome_of<void>> closing;
};

} // namespace

TEST_CASE("background: work never runs inside start, and is counted until it ends")
{
    asio::io_context io;
    background tasks;
    event go;
    tasks.start(io.get_executor(), until(go));
    tasks.start(io.get_executor(), until(go));
    CHECK(tasks.running() == 2);
    drain(io);
    CHECK(tasks.running() == 2);
    go.set();
    drain(io);
    CHECK(tasks.running() == 0);
}

TEST_CASE("background: idle waits for the count, and not at all if nothing runs")
{
    asio::io_context io;
    background tasks;
    auto at_once = start(io, tasks.idle());
    drain(io);
    CHECK(at_once.done());

    event first, second;
    tasks.start(io.get_executor(), until(first));
    tasks.start(io.get_executor(), until(second));
    auto one = start(io, tasks.idle());
    auto two = start(io, tasks.idle());
    drain(io);
    first.set();
    drain(io);
    CHECK_FALSE(one.done());
    second.set();
    drain(io);
    CHECK(one.done());
    CHECK(two.done());
}

TEST_CASE_FIXTURE(closing_one, "background: close refuses more, waits, and may be called again")
{
    CHECK_FALSE(closing->done());
    try {
        tasks.start(io.get_executor(), until(go));
        FAIL("was taken");
    } catch (const boost::system::system_error& refused) {
        CHECK(refused.code() == coffer::errc::closed);
    }
    go.set();
    drain(io);
    CHECK(closing->done());
    auto again = start(io, tasks.close());
    drain(io);
    CHECK(again.done());
}

TEST_CASE_FIXTURE(closing_one, "background: a cancelled close leaves the work running")
{
    closing->cancel();
    drain(io);
    CHECK(closing->error() == asio::error::operation_aborted);
    CHECK(tasks.running() == 1);
    go.set();
    drain(io);
    CHECK(tasks.running() == 0);
}

TEST_CASE("background: at the limit it refuses, and takes again when one has ended")
{
    asio::io_context io;
    background tasks({}, 1);
    event go;
    tasks.start(io.get_executor(), until(go));
    CHECK_THROWS_AS(tasks.start(io.get_executor(), until(go)), boost::system::system_error);
    CHECK(tasks.running() == 1);
    go.set();
    drain(io);
    tasks.start(io.get_executor(), until(go));
    CHECK(tasks.running() == 1);
    drain(io);
}

TEST_CASE("background: the handler hears every error but a cancellation")
{
    asio::io_context io;
    std::vector<std::exception_ptr> heard;
    background tasks([&](std::exception_ptr one) { heard.push_back(one); });
    event go;
    go.set();
    const boost::system::system_error aborted(asio::error::operation_aborted);
    const boost::system::system_error closed(make_error_code(coffer::errc::closed));
    for (const auto& failure : {std::make_exception_ptr(std::runtime_error("other")),
                                std::make_exception_ptr(aborted), std::make_exception_ptr(closed)})
        tasks.start(io.get_executor(), fail_after(go, failure));
    drain(io);
    CHECK(tasks.running() == 0);
    REQUIRE(heard.size() == 2);
    CHECK_THROWS_AS(std::rethrow_exception(heard[0]), std::runtime_error);
    CHECK_THROWS_AS(std::rethrow_exception(heard[1]), boost::system::system_error);
}

TEST_CASE("background: without a handler an error ends its own work, and nothing else")
{
    asio::io_context io;
    background tasks;
    event go, later;
    const auto failure = std::make_exception_ptr(std::runtime_error("unheard"));
    tasks.start(io.get_executor(), fail_after(go, failure));
    tasks.start(io.get_executor(), until(later));
    go.set();
    drain(io);
    CHECK(tasks.running() == 1);
    later.set();
    drain(io);
    CHECK(tasks.running() == 0);
}

TEST_CASE("background: work of a destroyed context counts as ended, begun or not")
{
    background tasks;
    event never;
    {
        asio::io_context io;
        tasks.start(io.get_executor(), until(never));
        drain(io);
        tasks.start(io.get_executor(), until(never));
        CHECK(tasks.running() == 2);
    }
    CHECK(tasks.running() == 0);
    support::run(tasks.close());
}

TEST_CASE("background: a place counts while it lives, through moves")
{
    background tasks;
    {
        background::place first = tasks.enter();
        background::place moved = std::move(first);
        CHECK(tasks.running() == 1);
    }
    CHECK(tasks.running() == 0);
}

CORO_TEST("as_result: a value, an error code, and any other exception")
{
    const boost::system::error_code none;
    auto good = co_await coffer::as_result(answer(none));
    CHECK(good.value() == 42);
    auto bad = co_await coffer::as_result(answer(make_error_code(coffer::errc::timeout)));
    CHECK(bad.error() == coffer::errc::timeout);
    event set;
    set.set();
    auto nothing = co_await coffer::as_result(until(set));
    CHECK(nothing.has_value());
    bool passed = false;
    try {
        auto never = co_await coffer::as_result(refuse());
        CHECK_FALSE(never.has_value());
    } catch (const std::logic_error&) {
        passed = true;
    }
    CHECK(passed);
}
