// SPDX-License-Identifier: BSL-1.0
#include "wire_fixture.hpp"

#include <doctest/doctest.h>

using namespace wire_test;

namespace {

std::string first_word(const redis::value& push)
{
    return push.as<redis::value::array>().items.at(0).as<std::string>();
}

constexpr auto invalidation = ">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n";

std::string confirmed(const std::string& kind, const std::string& channel, char type = '>')
{
    return std::string(1, type) + "3\r\n$" + std::to_string(kind.size()) + "\r\n" + kind + "\r\n$" +
           std::to_string(channel.size()) + "\r\n" + channel + "\r\n:1\r\n";
}

} // namespace

TEST_CASE("pushes: are no replies, and are heard in wire order among them")
{
    wire_fixture at;
    at.up();
    caller a("GET", "a");
    caller b("GET", "b");
    std::vector<std::size_t> heard_before;
    for (auto* each : {&a, &b}) {
        each->then = [&](caller&) { heard_before.push_back(at.pushes.size()); };
        at.submit(*each);
    }
    at.sent();
    at.answer(std::string(invalidation) + "+a\r\n" + invalidation + invalidation + "+b\r\n");
    CHECK(a.text() == "a");
    CHECK(b.text() == "b");
    CHECK(heard_before == std::vector<std::size_t>{1, 3});
    CHECK(at.wire.stats().pushes == 3);
}

TEST_CASE("pushes: come also when nothing is asked, and while the handshake goes on")
{
    wire_fixture at;
    at.wire.connected(at.now);
    at.answer(invalidation);
    at.wire.ready();
    CHECK(at.answer(invalidation) == read_state::drained);
    CHECK(at.pushes.size() == 2);
}

TEST_CASE("pushes: without anyone to hear them they are passed over")
{
    multiplexer wire{wire_options()};
    wire.connected(coffer::clock::steady_time());
    wire.ready();
    const std::string_view push = invalidation;
    std::memcpy(wire.prepare().data(), push.data(), push.size());
    CHECK(wire.received(push.size(), coffer::clock::steady_time()) == read_state::drained);
    CHECK(wire.stats().pushes == 1);
    wire.close();
}

TEST_CASE("subscribing: the confirmation is a push and the reply to its command")
{
    wire_fixture at;
    at.up();
    caller join("SUBSCRIBE", "news");
    caller next("GET", "a");
    at.submit(join);
    at.submit(next);
    at.sent();
    at.answer(confirmed("subscribe", "news") + "+a\r\n");
    CHECK(join.is(verdict::answered));
    CHECK(first_word(join.got.at(0)) == "subscribe");
    CHECK(next.text() == "a");
    CHECK(at.pushes.size() == 1);
}

TEST_CASE("subscribing: other pushes in between do not count")
{
    wire_fixture at;
    at.up();
    caller join("SSUBSCRIBE", "news");
    at.submit(join);
    at.sent();
    at.answer(invalidation + confirmed("message", "other") + confirmed("sunsubscribe", "gone"));
    CHECK_FALSE(join.end);
    at.answer(confirmed("ssubscribe", "news"));
    CHECK(join.is(verdict::answered));
    CHECK(at.pushes.size() == 4);
}

TEST_CASE("subscribing: a refusal is an ordinary error, and the neighbours keep their replies")
{
    wire_fixture at;
    at.up();
    caller joins(request("SUBSCRIBE", "a").add("SUBSCRIBE", "b"));
    caller next("GET", "n");
    at.submit(joins);
    at.submit(next);
    at.sent();
    at.answer("-NOPERM no\r\n" + confirmed("subscribe", "b") + "+n\r\n");
    CHECK(joins.is(verdict::answered));
    CHECK(joins.got.at(0).is<redis::error_reply>());
    CHECK(first_word(joins.got.at(1)) == "subscribe");
    CHECK(next.text() == "n");
}

TEST_CASE("subscribing: leaving is confirmed by its own word only")
{
    for (const std::string prefix : {"", "p", "s"}) {
        CAPTURE(prefix);
        wire_fixture at;
        at.up();
        caller leave(prefix + "unsubscribe", "news");
        at.submit(leave);
        at.sent();
        at.answer(confirmed(prefix + "subscribe", "news"));
        CHECK_FALSE(leave.end);
        at.answer(confirmed(prefix + "unsubscribe", "news"));
        CHECK(leave.is(verdict::answered));
    }
}

TEST_CASE("subscribing: one who left before the confirmation is not missed by the stream")
{
    wire_fixture at;
    at.up();
    caller join("SUBSCRIBE", "news");
    caller next("GET", "a");
    at.submit(join);
    at.submit(next);
    at.sent();
    at.wire.cancel(join);
    at.answer(confirmed("subscribe", "news") + "+a\r\n");
    CHECK(next.text() == "a");
    CHECK(at.pushes.size() == 1); // whoever keeps the list of channels hears of it
    CHECK(at.wire.stats().swallowed == 1);
}

TEST_CASE("RESP2: arrays that speak of channels are pushes, if they are said to be")
{
    wire_fixture at;
    at.up();
    at.wire.messages_are_arrays(true);
    caller join("SUBSCRIBE", "news");
    caller ping("PING");
    at.submit(join);
    at.submit(ping);
    at.sent();
    at.answer(confirmed("subscribe", "news", '*') + confirmed("message", "news", '*') +
              "*2\r\n$4\r\npong\r\n$0\r\n\r\n" + confirmed("message", "news", '*'));
    CHECK(join.is(verdict::answered));
    CHECK(ping.is(verdict::answered));
    CHECK(first_word(ping.got.at(0)) == "pong");
    CHECK(at.pushes.size() == 3);
}

TEST_CASE("RESP2: on a connection without channels the same arrays are replies")
{
    wire_fixture at;
    at.up();
    caller range("LRANGE", "list", 0, -1);
    at.submit(range);
    at.sent();
    at.answer(confirmed("message", "news", '*'));
    CHECK(range.is(verdict::answered));
    CHECK(at.pushes.empty());
    at.wire.messages_are_arrays(true);
    at.down();
    at.up(); // and what was said of one connection does not hold for the next
    caller again("LRANGE", "list", 0, -1);
    at.submit(again);
    at.sent();
    at.answer(confirmed("message", "news", '*'));
    CHECK(again.is(verdict::answered));
}
