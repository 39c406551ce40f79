// SPDX-License-Identifier: BSL-1.0
// A context stops, or goes away, with loads or callers in it.
#include "unit/cached/fixture.hpp"

#include <boost/asio/strand.hpp>

using namespace fixture;

TEST_CASE("executors: the starter's context stopped: who waits elsewhere starts the load once more")
{
    auto starters = std::make_unique<asio::io_context>();
    bench b(shared_loads().load_deadline(10s));
    b.from->hops = 3;
    auto starter = support::start(*starters, b.f(7).as_awaitable());
    support::step(*starters, 2);
    auto one = b.call(7);
    auto two = b.call(7);
    b.drain();
    CHECK(b.from->runs == 1);
    starters->stop();

    auto newcomer = b.call(8);
    b.drain();
    CHECK(newcomer.get() == 8001); // nobody is held up for other keys
    CHECK_FALSE(one.done());
    b.pass(10s + 100ms);
    CHECK(one.get() == 7001);
    CHECK(two.get() == 7001);
    CHECK(b.from->runs == 3); // the dead one, the other key, and one for the two
    starters.reset();
    b.settled(3);
}

TEST_CASE("executors: nobody joins a load whose context has stopped")
{
    asio::io_context starters;
    bench b;
    b.from->hops = 3;
    auto starter = support::start(starters, b.f(7).as_awaitable());
    support::step(starters, 2);
    starters.stop();
    CHECK(b.now(7) == 7001);
    CHECK(b.from->runs == 2);
    starters.restart();
    support::drain(starters); // it was only a pause
    CHECK(starter.get() == 7001);
    b.settled(2);
}

TEST_CASE(
    "executors: the starter's context destroyed: who waits elsewhere starts the load once more")
{
    for (std::size_t steps = 1; steps < 6; ++steps) {
        CAPTURE(steps);
        auto starters = std::make_unique<asio::io_context>();
        bench b;
        b.from->hops = 4;
        auto starter = support::start(*starters, b.f(7).as_awaitable());
        support::step(*starters, steps);
        auto one = b.call(7);
        auto two = b.call(7);
        b.drain();
        starters.reset();
        b.drain();
        CHECK(one.get() == 7001);
        CHECK(two.get() == 7001);
        CHECK(b.from->runs <= 2);
        b.settled(2);
    }
}

TEST_CASE("executors: the starter's strand destroyed with its context, while waiters hold the load")
{
    auto starters = std::make_unique<asio::io_context>();
    bench b;
    b.from->gate.emplace();
    const std::size_t runs = [&] {
        const auto strand = asio::make_strand(*starters);
        support::outcome_of<int> starter(strand, b.f(7).as_awaitable());
        return support::drain(*starters);
    }();
    CHECK(runs > 0);
    auto one = b.call(7);
    b.drain();
    starters.reset();
    b.from->gate->set();
    b.drain();
    CHECK(one.get() == 7001);
    b.settled(1);
}

TEST_CASE("executors: a load abandoned twice is an error")
{
    auto loads = std::make_unique<asio::io_context>();
    bench b(shared_loads().executor(loads->get_executor()).load_deadline(10s));
    auto call = b.call(7);
    b.drain();
    loads->stop();
    b.pass(10s + 100ms);
    CHECK_FALSE(call.done());
    b.pass(10s + 100ms);
    CHECK(call.error() == errc::abandoned);
    loads.reset();
    CHECK(b.f.stats().errors == 1);
    b.settled(1);
}

TEST_CASE("executors: a caller cancelled between the two tries is cancelled once")
{
    auto starters = std::make_unique<asio::io_context>();
    bench b;
    b.from->gate.emplace();
    auto starter = support::start(*starters, b.f(7).as_awaitable());
    support::drain(*starters);
    auto call = b.call(7);
    b.drain();
    call.cancel();
    starters.reset(); // the cancellation finds nobody waiting any more, and nobody going on yet
    b.drain();
    CHECK(call.error() == asio::error::operation_aborted);
    CHECK(b.from->runs == 1);
    CHECK(b.f.stats().cancelled == 1);
    b.settled(1);
}

TEST_CASE("executors: the context of waiters destroyed while the load goes on elsewhere")
{
    bench b;
    b.from->gate.emplace();
    auto mine = b.call(7);
    b.drain();
    {
        asio::io_context others;
        auto one = support::start(others, b.f(7).as_awaitable());
        auto two = support::start(others, b.f.with(coffer::within(1h))(7).as_awaitable());
        support::drain(others);
    }
    b.from->gate->set();
    b.drain();
    CHECK(mine.get() == 7001);
    b.settled(1);
}

TEST_CASE("executors: a new context at the address of an old one is another context")
{
    bench b;
    b.from->gate.emplace();
    auto mine = b.call(7);
    b.drain();
    std::optional<asio::io_context> others;
    for (int round = 0; round < 3; ++round) {
        others.emplace();
        auto gone = support::start(*others, b.f(7).as_awaitable());
        support::drain(*others);
    }
    auto last = support::start(*others, b.f(7).as_awaitable());
    support::drain(*others);
    b.from->gate->set();
    b.drain();
    support::drain(*others);
    CHECK(last.get() == 7001);
    CHECK(mine.get() == 7001);
    others.reset();
    b.settled(3); // two of them in the last context; the others went with theirs
}
