// SPDX-License-Identifier: BSL-1.0
// The load's deadline, and those of its callers.
#include "unit/cached/fixture.hpp"

using namespace fixture;
using coffer::within;

namespace {

coffer::options ten_seconds()
{
    return shared_loads().load_deadline(10s);
}

asio::awaitable<int> now_or_never(int key)
{
    co_return key;
}

} // namespace

TEST_CASE("load deadline: when it comes, all callers get load_timeout and the load is told to stop")
{
    bench b(ten_seconds());
    auto one = b.waiting(7);
    auto two = b.waiting(7);
    b.pass(9999ms);
    CHECK_FALSE(one.done());
    b.pass(1ms);
    CHECK(one.error() == errc::load_timeout);
    CHECK(two.error() == errc::load_timeout);
    CHECK(b.from->stopped == 1);
    CHECK(b.f.stats().errors == 2);
    CHECK(b.f.stats().loads_failed == 1);
    b.settled(2);
}

TEST_CASE("load deadline: is watched from where the load first waits, to its end")
{
    bench b(ten_seconds());
    b.from->gate.emplace();
    auto waits = b.call(7);
    b.drain();
    CHECK(b.clock.pending() == 1);
    b.from->instead = [&](coffer::load_context&, int key) {
        CHECK(b.clock.pending() == 1);
        return now_or_never(key);
    };
    CHECK(b.now(8) == 8);
    CHECK(b.clock.pending() == 1); // a load that never waits needs no timer
    b.from->gate->set();
    b.drain();
    CHECK(waits.get() == 7001);
    CHECK(b.clock.pending() == 0);
    b.settled(2);
}

TEST_CASE("load deadline: a load whose context comes to it late is late from its first wait on")
{
    asio::io_context loads;
    bench b(ten_seconds().executor(loads.get_executor()));
    b.from->gate.emplace();
    auto one = b.call(7);
    b.drain();
    b.pass(10s); // nobody has run `loads`
    CHECK_FALSE(one.done());
    support::drain(loads);
    b.drain();
    CHECK(one.error() == errc::load_timeout);
    CHECK(b.from->stopped == 1);
    b.settled(1);
}

TEST_CASE("load deadline: it counts from the start of the load, for its joiners too")
{
    bench b(ten_seconds());
    auto one = b.waiting(7);
    b.pass(9s);
    auto two = b.waiting(7);
    b.pass(1s);
    CHECK(one.error() == errc::load_timeout);
    CHECK(two.error() == errc::load_timeout);
    b.settled(2);
}

TEST_CASE("load deadline: a result that comes late is not stored")
{
    bench b(ten_seconds());
    b.from->deaf = true;
    auto one = b.waiting(7);
    b.pass(10s);
    CHECK(one.error() == errc::load_timeout);
    CHECK(b.from->running == 1);
    b.let_go();
    CHECK_FALSE(b.f.peek(7));
    CHECK(b.f.stats().declined == 1);
    CHECK(b.f.stats().loads_failed == 1);
    b.settled(1);
}

TEST_CASE("load deadline: who comes after it starts a new load, even if the old one does not stop")
{
    bench b(ten_seconds());
    b.from->deaf = true;
    auto late = b.waiting(7);
    b.pass(10s);
    b.from->version = 2;
    auto next = b.waiting(7);
    CHECK(b.from->runs == 2);
    b.let_go();
    CHECK(next.get() == 7002);
    CHECK(b.f.peek(7) == 7002);
    b.settled(2);
}

TEST_CASE("load deadline: the loader knows it, and may answer in time by itself")
{
    bench b(ten_seconds());
    const auto begin = b.clock.now();
    b.from->says = [&](coffer::load_context& load, int) { CHECK(load.deadline() == begin + 10s); };
    CHECK(b.now(7) == 7001);
    CHECK(b.clock.pending() == 0); // the deadline's timer is gone with the load
    b.settled(1);
}

TEST_CASE("load deadline: without a word about it, 30 seconds")
{
    bench b;
    auto call = b.waiting(7);
    b.pass(30s - 1ms);
    CHECK_FALSE(call.done());
    b.pass(1ms);
    CHECK(call.error() == errc::load_timeout);
    b.settled(1);
}

TEST_CASE("within: only this caller gives up; the load goes on for the others and is stored")
{
    bench b;
    auto patient = b.waiting(7);
    auto hasty = b.waiting(7, within(50ms));
    auto hastier = b.waiting(7, within(20ms));
    b.pass(20ms);
    CHECK(hastier.error() == errc::timeout);
    CHECK_FALSE(hasty.done());
    b.pass(30ms);
    CHECK(hasty.error() == errc::timeout);
    CHECK_FALSE(patient.done());
    b.let_go();
    CHECK(patient.get() == 7001);
    CHECK(b.f.stats().errors == 2);
    CHECK(b.from->stopped == 0);
    CHECK(b.clock.pending() == 0);
    b.settled(3);
}

TEST_CASE("within: a value that comes in time is the answer, and no timer stays behind")
{
    bench b;
    auto call = b.waiting(7, within(50ms));
    b.pass(49ms);
    b.let_go();
    CHECK(call.get() == 7001);
    CHECK(b.clock.pending() == 0);
    b.settled(1);
}

TEST_CASE("within: no time at all is enough for a hit, and not for a load")
{
    bench b;
    auto call = b.waiting(7, within(0ms));
    CHECK(call.error() == errc::timeout);
    b.let_go();
    CHECK(b.now(7, within(0ms)) == 7001);
    CHECK(b.from->runs == 1);
    b.settled(2);
}

TEST_CASE("within: the last waiter that runs out of time stops the load, if that is asked for")
{
    bench b(shared_loads().cancel_abandoned());
    auto call = b.waiting(7, within(50ms));
    b.pass(50ms);
    CHECK(call.error() == errc::timeout);
    CHECK(b.from->stopped == 1);
    b.settled(1);
}

TEST_CASE("within: a caller that is cancelled and runs out of time at once ends once")
{
    bench b;
    auto call = b.waiting(7, within(50ms));
    b.clock.advance(50ms);
    b.leave(call);
    CHECK(call.done());
    CHECK(call.failed());
    b.from->gate->set();
    b.settled(1);
}

TEST_CASE("within: a caller may wait for longer than the load")
{
    bench b(ten_seconds());
    auto call = b.waiting(7, within(1h));
    b.pass(10s);
    CHECK(call.error() == errc::load_timeout);
    CHECK(b.clock.pending() == 0);
    b.settled(1);
}
