// SPDX-License-Identifier: BSL-1.0
#include "wire_fixture.hpp"

#include <doctest/doctest.h>

#include <deque>

using namespace wire_test;

TEST_CASE("limits: commands beyond those in flight wait, and follow as answers come")
{
    wire_options options;
    options.max_in_flight = 3;
    wire_fixture at(options);
    at.up();
    std::deque<caller> all;
    for (int i = 0; i < 5; ++i)
        at.submit(all.emplace_back("GET", i));
    CHECK(at.sent().size() == 3 * bytes_of(all[0].asks).size());
    CHECK_FALSE(at.wire.wants_write());
    at.answer("+0\r\n");
    CHECK(at.sent() == bytes_of(all[3].asks));
    at.answer("+1\r\n+2\r\n+3\r\n");
    CHECK(at.sent() == bytes_of(all[4].asks));
    at.answer("+4\r\n");
    CHECK(all[4].text() == "4");
}

TEST_CASE("limits: gaps of cancelled commands count until their replies have come")
{
    wire_options options;
    options.max_in_flight = 2;
    wire_fixture at(options);
    at.up();
    std::deque<caller> all;
    for (int i = 0; i < 3; ++i)
        at.submit(all.emplace_back("GET", i));
    at.sent();
    at.wire.cancel(all[0]);
    at.wire.cancel(all[1]);
    CHECK_FALSE(at.wire.wants_write());
    at.answer("+0\r\n");
    CHECK(at.sent() == bytes_of(all[2].asks));
    at.answer("+1\r\n+2\r\n");
    CHECK(all[2].text() == "2");
}

TEST_CASE("limits: a pipeline longer than the limit goes alone")
{
    wire_options options;
    options.max_in_flight = 2;
    wire_fixture at(options);
    at.up();
    caller one("GET", "a");
    caller many(request("GET", "b").add("GET", "c").add("GET", "d"));
    caller last("GET", "e");
    for (auto* each : {&one, &many, &last})
        at.submit(*each);
    CHECK(at.sent() == bytes_of(one.asks));
    at.answer("+a\r\n");
    CHECK(at.sent() == bytes_of(many.asks));
    at.answer("+b\r\n+c\r\n+d\r\n");
    CHECK(at.sent() == bytes_of(last.asks));
    at.answer("+e\r\n");
    CHECK(last.text() == "e");
}

TEST_CASE("limits: bytes that wait are bounded, and what is refused is untouched")
{
    wire_options options;
    options.max_queued_bytes = 1000;
    wire_fixture at(options);
    at.up();
    caller huge("SET", "k", std::string(5000, 'v')); // the first is taken, whatever its size
    at.submit(huge);
    caller refused("GET", "a");
    CHECK(at.wire.submit(refused) == admission::overloaded);
    CHECK_FALSE(refused.pending());
    CHECK_FALSE(refused.end);
    CHECK(at.wire.stats().refused == 1);
    at.sent();
    CHECK(at.wire.queued_bytes() == 0);
    at.submit(refused);
    at.sent();
    at.answer("+OK\r\n_\r\n");
    CHECK(refused.is(verdict::answered));
}

TEST_CASE("limits: without a connection fewer requests may wait")
{
    wire_options options;
    options.max_queued_offline = 3;
    wire_fixture at(options);
    std::deque<caller> all;
    for (int i = 0; i < 3; ++i)
        at.submit(all.emplace_back("GET", i));
    caller refused("GET", "x");
    CHECK(at.wire.submit(refused) == admission::overloaded);
    at.wire.connected(at.now);
    CHECK(at.wire.submit(refused) == admission::overloaded);
    at.wire.ready();
    at.submit(refused);
    at.sent();
    at.answer("+0\r\n+1\r\n+2\r\n+x\r\n");
    CHECK(refused.text() == "x");
}

TEST_CASE("limits: who may wait and has a deadline is queued beyond them")
{
    wire_options options;
    options.max_queued_offline = 1;
    options.wait_when_full = true;
    wire_fixture at(options);
    caller first("GET", "a");
    caller patient("GET", "b");
    caller endless("GET", "c");
    at.submit(first);
    patient.deadline = at.now + 100ms;
    at.submit(patient);
    CHECK(at.wire.submit(endless) == admission::overloaded);
    at.advance(110ms);
    at.tick();
    CHECK(patient.is(verdict::timed_out));
    CHECK_FALSE(patient.maybe_executed());
    CHECK(at.wire.queued() == 1);
    at.wire.close();
}

TEST_CASE("replay: what has piled up goes out in steps that double")
{
    wire_options options;
    options.replay_window = 4;
    wire_fixture at(options);
    std::deque<caller> all;
    for (int i = 0; i < 40; ++i)
        at.submit(all.emplace_back("PING"));
    at.up();
    const auto one = bytes_of(all[0].asks).size();
    std::vector<std::size_t> steps;
    while (at.wire.wants_write()) {
        const auto count = at.sent().size() / one;
        steps.push_back(count);
        for (std::size_t i = 0; i < count; ++i)
            at.answer("+PONG\r\n");
    }
    CHECK(steps == std::vector<std::size_t>{4, 8, 16, 12});
    for (int i = 0; i < 40; ++i) { // and once it is gone, there is no window any more
        all[static_cast<std::size_t>(i)].end.reset();
        at.submit(all[static_cast<std::size_t>(i)]);
    }
    CHECK(at.sent().size() == 40 * one);
    for (int i = 0; i < 40; ++i)
        at.answer("+PONG\r\n");
}

TEST_CASE("replay: a first connection with nothing waiting has no window")
{
    wire_options options;
    options.replay_window = 1;
    wire_fixture at(options);
    at.up();
    std::deque<caller> all;
    for (int i = 0; i < 10; ++i)
        at.submit(all.emplace_back("PING"));
    CHECK(at.sent().size() == 10 * bytes_of(all[0].asks).size());
    for (int i = 0; i < 10; ++i)
        at.answer("+PONG\r\n");
}
