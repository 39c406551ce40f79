// SPDX-License-Identifier: BSL-1.0
#include "wire_fixture.hpp"

#include <doctest/doctest.h>

using namespace wire_test;

namespace {

wire_options patience(std::chrono::milliseconds ping_after)
{
    wire_options options;
    options.ping_after = ping_after;
    return options;
}

constexpr auto ping = "*1\r\n$4\r\nPING\r\n";

} // namespace

TEST_CASE("health: a silent connection is asked whether it lives, and any byte says so")
{
    wire_fixture at(patience(1s));
    at.up();
    CHECK(at.wire.next_wakeup() == at.now + 1s);
    at.advance(999ms);
    CHECK(at.tick() == health::good);
    CHECK_FALSE(at.wire.wants_write());
    at.advance(1ms);
    CHECK(at.tick() == health::good);
    CHECK(at.sent() == ping);
    CHECK(at.wire.next_wakeup() == at.now + 2s);
    at.advance(1999ms);
    CHECK(at.tick() == health::good);
    at.answer("+PONG\r\n");
    CHECK(at.wire.in_flight() == 0);
    CHECK(at.wire.stats().pings == 1);
    CHECK(at.wire.next_wakeup() == at.now + 1s);
}

TEST_CASE("health: no answer to it for twice as long means dead")
{
    wire_fixture at(patience(1s));
    at.up();
    at.advance(1s);
    at.tick();
    at.sent();
    at.advance(2s);
    CHECK(at.tick() == health::dead);
    at.down();
    CHECK(at.wire.next_wakeup() == time::max());
    at.up();
    CHECK_FALSE(at.wire.wants_write()); // the PING is not sent again
    CHECK(at.tick() == health::good);
}

TEST_CASE("health: no PING while something is awaited, but silence is noticed")
{
    wire_fixture at(patience(1s));
    at.up();
    at.advance(900ms);
    caller slow("GET", "a");
    at.submit(slow);
    at.sent();
    CHECK(at.wire.next_wakeup() == at.now + 2s); // counted from the question
    at.advance(1999ms);
    CHECK(at.tick() == health::good);
    CHECK_FALSE(at.wire.wants_write());
    at.advance(1ms);
    CHECK(at.tick() == health::dead);
    at.down();
    at.wire.close();
    CHECK(slow.is(verdict::closed));
}

TEST_CASE("health: a part of a reply is a sign of life")
{
    wire_fixture at(patience(1s));
    at.up();
    caller slow("GET", "a");
    at.submit(slow);
    at.sent();
    for (int i = 0; i < 5; ++i) {
        at.advance(1900ms);
        at.answer(i == 0 ? "$10\r\n" : "x");
        CHECK(at.tick() == health::good);
    }
    at.answer("xxxxxx\r\n");
    CHECK(slow.text() == "xxxxxxxxxx");
}

TEST_CASE("health: cancelled commands are awaited as well")
{
    wire_fixture at(patience(1s));
    at.up();
    caller gone("GET", "a");
    at.submit(gone);
    at.sent();
    at.wire.cancel(gone);
    at.advance(2s);
    CHECK(at.tick() == health::dead);
}

TEST_CASE("health: a command that may block may be silent")
{
    wire_fixture at(patience(1s));
    at.up();
    caller blocked("BLPOP", "list", 0);
    at.submit(blocked);
    at.sent();
    CHECK(at.wire.next_wakeup() == time::max());
    at.advance(1h);
    CHECK(at.tick() == health::good);
    at.answer("*2\r\n+list\r\n+v\r\n");
    CHECK(blocked.is(verdict::answered));
    caller next("GET", "a");
    at.submit(next);
    at.sent();
    at.advance(2s);
    CHECK(at.tick() == health::dead);
    at.down();
    at.wire.close();
}

TEST_CASE("health: a process that was stopped itself gives its server another chance")
{
    wire_fixture at(patience(1s));
    at.up();
    caller slow("GET", "a");
    at.submit(slow);
    at.sent();
    at.advance(60s);
    CHECK(at.tick() == health::good);
    CHECK(at.wire.next_wakeup() == at.now + 1s);
    SUBCASE("which it uses")
    {
        at.answer("+v\r\n");
        CHECK(slow.text() == "v");
        CHECK(at.tick() == health::good);
    }
    SUBCASE("which is the last")
    {
        at.advance(1s);
        CHECK(at.tick() == health::dead);
        at.down();
        at.wire.close();
    }
}

TEST_CASE("health: one PING at a time, and none before the handshake is over")
{
    wire_fixture at(patience(1s));
    at.wire.connected(at.now);
    at.advance(5s);
    CHECK(at.tick() == health::good);
    CHECK_FALSE(at.wire.wants_write());
    at.wire.ready();
    at.tick();
    at.tick();
    at.advance(10ms);
    at.tick();
    CHECK(at.sent() == ping);
    CHECK(at.wire.stats().pings == 1);
}

TEST_CASE("health: it can be turned off")
{
    wire_fixture at(patience(0s));
    at.up();
    caller slow("GET", "a");
    at.submit(slow);
    at.sent();
    CHECK(at.wire.next_wakeup() == time::max());
    at.advance(1h);
    CHECK(at.tick() == health::good);
    at.answer("_\r\n");
    at.advance(1h);
    CHECK(at.tick() == health::good);
    CHECK_FALSE(at.wire.wants_write());
}

TEST_CASE("health: an answer to a cancelled PING after a reconnect is nobody's business")
{
    wire_fixture at(patience(1s));
    at.up();
    at.advance(1s);
    at.tick();
    at.sent(4); // half a PING
    at.down();
    at.up();
    caller a("GET", "a");
    at.submit(a);
    CHECK(at.sent() == bytes_of(a.asks));
    at.answer("+v\r\n");
    CHECK(a.text() == "v");
    at.advance(1s);
    at.tick();
    CHECK(at.sent() == ping);
}
