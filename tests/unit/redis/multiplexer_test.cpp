// SPDX-License-Identifier: BSL-1.0
#include "wire_fixture.hpp"

#include <doctest/doctest.h>

#include <deque>

using namespace wire_test;

TEST_CASE("multiplexer: requests are sent together and answered in order")
{
    wire_fixture at;
    at.up();
    caller a("GET", "a");
    caller b("GET", "b");
    at.submit(a);
    at.submit(b);
    CHECK(at.wire.queued() == 2);
    CHECK(at.sent() == bytes_of(a.asks) + bytes_of(b.asks));
    CHECK(at.wire.stats().writes == 1);
    CHECK(at.wire.in_flight() == 2);
    at.answer("$1\r\nA\r\n$1\r\nB\r\n");
    CHECK(a.text() == "A");
    CHECK(b.text() == "B");
    CHECK(a.is(verdict::answered));
    CHECK(at.wire.in_flight() == 0);
    CHECK_FALSE(at.wire.wants_write());
}

TEST_CASE("multiplexer: a reply cut anywhere completes with its last byte")
{
    const std::string replies = "$5\r\nhello\r\n*2\r\n:1\r\n$1\r\nx\r\n-ERR no\r\n";
    for (std::size_t cut = 1; cut < replies.size(); ++cut) {
        CAPTURE(cut);
        wire_fixture at;
        at.up();
        caller a("GET", "a");
        caller b("X");
        caller c("GET", "c");
        for (auto* each : {&a, &b, &c})
            at.submit(*each);
        at.sent();
        CHECK(at.answer(replies.substr(0, cut)) == read_state::drained);
        CHECK(a.end.has_value() == (cut >= 11));
        at.answer(replies.substr(cut));
        CHECK(a.text() == "hello");
        CHECK(b.got.at(0).is<redis::value::array>());
        CHECK(c.got.at(0).is<redis::error_reply>());
    }
}

TEST_CASE("multiplexer: an error reply is an answer like any other")
{
    wire_fixture at;
    at.up();
    caller a("INCR", "a");
    caller b("GET", "b");
    at.submit(a);
    at.submit(b);
    at.sent();
    CHECK(at.answer("-WRONGTYPE bad\r\n$1\r\nx\r\n") == read_state::drained);
    CHECK(a.is(verdict::answered));
    CHECK(a.got.at(0).as<redis::error_reply>().is("WRONGTYPE"));
    CHECK(b.text() == "x");
}

TEST_CASE("multiplexer: a pipeline gets its replies one by one, and ends with the last")
{
    wire_fixture at;
    at.up();
    caller all(request("GET", "a").add("GET", "b").add("GET", "c"));
    std::vector<std::uint32_t> numbers;
    all.then = [&](caller& me) { numbers.push_back(me.replies()); };
    at.submit(all);
    at.sent();
    CHECK(at.wire.in_flight() == 3);
    at.answer("$1\r\nA\r\n$1\r\nB\r\n");
    CHECK_FALSE(all.end);
    CHECK(all.pending());
    CHECK(all.got.size() == 2);
    at.answer("$1\r\nC\r\n");
    CHECK(all.is(verdict::answered));
    CHECK(numbers == std::vector<std::uint32_t>{1, 2, 3});
}

TEST_CASE("multiplexer: a completion may ask on, and is answered on the same connection")
{
    wire_fixture at;
    at.up();
    caller first("GET", "a");
    caller second("GET", "b");
    first.then = [&](caller&) { at.submit(second); };
    at.submit(first);
    at.sent();
    at.answer("$1\r\nA\r\n");
    CHECK(at.wire.wants_write());
    CHECK(at.sent() == bytes_of(second.asks));
    at.answer("$1\r\nB\r\n");
    CHECK(second.text() == "B");
}

TEST_CASE("multiplexer: a completion may submit its own operation again")
{
    wire_fixture at;
    at.up();
    caller again("PING");
    int rounds = 0;
    again.then = [&](caller& me) {
        if (++rounds < 5) {
            me.end.reset();
            at.submit(me);
        }
    };
    at.submit(again);
    for (int i = 0; i < 5; ++i) {
        CHECK(at.sent() == "*1\r\n$4\r\nPING\r\n");
        at.answer("+PONG\r\n");
    }
    CHECK(rounds == 5);
    CHECK_FALSE(at.wire.wants_write());
}

TEST_CASE("multiplexer: a completion may close it in the midst of replies")
{
    wire_fixture at;
    at.up();
    caller a("GET", "a");
    caller b("GET", "b");
    caller c("GET", "c");
    for (auto* each : {&a, &b})
        at.submit(*each);
    at.sent();
    at.submit(c);
    a.then = [&](caller&) { at.wire.close(); };
    at.answer("$1\r\nA\r\n$1\r\nB\r\n");
    CHECK(a.is(verdict::answered));
    CHECK(b.is(verdict::closed));
    CHECK(b.maybe_executed());
    CHECK(c.is(verdict::closed));
    CHECK_FALSE(c.maybe_executed());
    caller d("GET", "d");
    CHECK(at.wire.submit(d) == admission::closed);
    CHECK_FALSE(d.pending());
}

TEST_CASE("multiplexer: a completion may cancel its neighbours, before and behind it")
{
    wire_fixture at;
    at.up();
    std::deque<caller> all;
    for (int i = 0; i < 5; ++i)
        at.submit(all.emplace_back("GET", i));
    at.sent();
    all[1].then = [&](caller&) {
        at.wire.cancel(all[0]); // has completed: nothing happens
        at.wire.cancel(all[1]); // itself
        at.wire.cancel(all[3]);
    };
    at.answer("+0\r\n+1\r\n+2\r\n+3\r\n+4\r\n");
    CHECK(all[0].text() == "0");
    CHECK(all[1].text() == "1");
    CHECK(all[2].text() == "2");
    CHECK(all[3].is(verdict::cancelled));
    CHECK(all[4].text() == "4");
    CHECK(at.wire.stats().swallowed == 1);
}

TEST_CASE("multiplexer: nothing is written before the handshake is over, but the handshake")
{
    wire_fixture at;
    caller early("GET", "a");
    at.submit(early);
    CHECK_FALSE(at.wire.wants_write());
    at.wire.connected(at.now);
    CHECK_FALSE(at.wire.wants_write());
    caller hello("HELLO", 3);
    at.wire.submit_handshake(hello);
    CHECK(at.sent() == bytes_of(hello.asks));
    at.answer("%0\r\n");
    CHECK(hello.is(verdict::answered));
    CHECK_FALSE(at.wire.wants_write());
    at.wire.ready();
    CHECK(at.sent() == bytes_of(early.asks));
    at.answer("_\r\n");
    CHECK(early.is(verdict::answered));
}

TEST_CASE("multiplexer: a partial write goes on where it stopped")
{
    for (std::size_t most = 1; most < 45; ++most) {
        CAPTURE(most);
        wire_fixture at;
        at.up();
        caller a("SET", "a", "1");
        caller b("GET", "a");
        at.submit(a);
        at.submit(b);
        std::string all = at.sent(most);
        CHECK(all.size() == most);
        caller late("GET", "z");
        at.submit(late);
        all += at.sent();
        CHECK(all == bytes_of(a.asks) + bytes_of(b.asks) + bytes_of(late.asks));
        at.answer("+OK\r\n$1\r\n1\r\n_\r\n");
        CHECK(late.is(verdict::answered));
    }
}

TEST_CASE("multiplexer: large requests are written from where they are, small ones are copied")
{
    const std::string value(20'000, 'v');
    wire_fixture at;
    at.up();
    caller large(request("SET", "k", redis::borrowed{value}));
    caller small(request("SET", "k", redis::borrowed{std::string_view(value).substr(0, 100)}));
    at.submit(large);
    at.submit(small);
    const auto parts = at.wire.output(at.now);
    REQUIRE(parts.size() == 3);
    CHECK(parts[1].data() == value.data());
    CHECK(parts[1].size() == value.size());
    CHECK(at.sent() == bytes_of(large.asks) + bytes_of(small.asks));
    at.answer("+OK\r\n+OK\r\n");
    CHECK(small.is(verdict::answered));
}

TEST_CASE("multiplexer: for a transport that keeps what it writes, all is copied")
{
    const std::string value(20'000, 'v');
    wire_options options;
    options.gather_above = wire_options::never_gather;
    wire_fixture at(options);
    at.up();
    caller large(request("SET", "k", redis::borrowed{value}));
    at.submit(large);
    const auto parts = at.wire.output(at.now);
    REQUIRE(parts.size() == 1);
    at.wire.cancel(large);
    CHECK(at.sent() == bytes_of(large.asks));
    at.answer("+OK\r\n");
}

TEST_CASE("multiplexer: one who leaves while his bytes are half written leaves a copy of the rest")
{
    for (const bool answered : {false, true}) {
        CAPTURE(answered);
        wire_fixture at;
        at.up();
        auto value = std::make_unique<std::string>(50'000, 'v');
        const std::string copy = *value;
        caller large(request("SET", "k", redis::borrowed{*value}));
        at.submit(large);
        std::string all = at.sent(25'000);
        if (answered)
            at.answer("-ERR too much\r\n");
        else
            at.wire.cancel(large);
        CHECK(large.maybe_executed() == !answered);
        std::fill(value->begin(), value->end(), 'x');
        value.reset();
        all += at.sent();
        CHECK(all == bytes_of(request("SET", "k", copy)));
    }
}

TEST_CASE("multiplexer: one batch is bounded, and the rest follows")
{
    wire_options options;
    options.write_batch = 1000;
    wire_fixture at(options);
    at.up();
    std::deque<caller> all;
    for (int i = 0; i < 100; ++i)
        at.submit(all.emplace_back("GET", std::string(40, 'k')));
    std::size_t size = 0;
    for (const auto bytes : at.wire.output(at.now))
        size += bytes.size();
    CHECK(size >= 1000);
    CHECK(size < 1100);
    CHECK(at.sent().size() == 100 * bytes_of(all[0].asks).size());
    CHECK(at.wire.stats().writes > 5);
    for (int i = 0; i < 100; ++i)
        at.answer("_\r\n");
    CHECK(all.back().is(verdict::answered));
}

TEST_CASE("multiplexer: after a burst of replies others get their turn")
{
    wire_options options;
    options.read_burst = 10;
    wire_fixture at(options);
    at.up();
    std::deque<caller> all;
    std::string replies;
    for (int i = 0; i < 25; ++i) {
        at.submit(all.emplace_back("GET", i));
        replies += "+x\r\n";
    }
    at.sent();
    const auto room = at.wire.prepare();
    REQUIRE(room.size() >= replies.size());
    std::memcpy(room.data(), replies.data(), replies.size());
    CHECK(at.wire.received(replies.size(), at.now) == read_state::more);
    CHECK(at.wire.stats().answered == 10);
    CHECK(at.wire.resume() == read_state::more);
    CHECK(at.wire.resume() == read_state::drained);
    CHECK(at.wire.stats().answered == 25);
}

TEST_CASE("multiplexer: bytes that are not the protocol break the connection, with the reason")
{
    wire_fixture at;
    at.up();
    caller a("GET", "a");
    caller b("GET", "b");
    at.submit(a);
    at.submit(b);
    at.sent();
    CHECK(at.answer("+fine\r\nHTTP/1.1 400\r\n") == read_state::broken);
    CHECK(at.wire.fault() == redis::protocol_fault::bad_type);
    CHECK(a.text() == "fine");
    CHECK_FALSE(b.end);
    at.down();
    CHECK(b.pending());
    at.up();
    CHECK(at.sent() == bytes_of(b.asks));
    CHECK_FALSE(at.wire.fault());
    at.answer("+b\r\n");
    CHECK(b.text() == "b");
}

TEST_CASE("multiplexer: a reply that nobody waits for breaks it, and an error is kept")
{
    wire_fixture at;
    at.up();
    CHECK(at.answer("-ERR max number of clients reached\r\n") == read_state::broken);
    CHECK(at.wire.fault() == redis::protocol_fault::unsolicited);
    CHECK(at.wire.farewell() == "ERR max number of clients reached");
    at.down();
    at.up();
    CHECK(at.wire.farewell().empty());
    CHECK(at.answer("+OK\r\n") == read_state::broken);
}

TEST_CASE("multiplexer: a limit on replies is one on the connection")
{
    wire_options options;
    options.replies.bulk = 100;
    wire_fixture at(options);
    at.up();
    caller a("GET", "a");
    at.submit(a);
    at.sent();
    CHECK(at.answer("$101\r\n") == read_state::broken);
    CHECK(at.wire.fault() == redis::protocol_fault::bulk_too_large);
    at.down();
    at.wire.close();
    CHECK(a.is(verdict::closed));
}

TEST_CASE("multiplexer: replies far larger than its buffer arrive whole")
{
    wire_fixture at;
    at.up();
    for (const std::size_t size : {70'000, 3'000'000}) {
        const std::string value(size, 'v');
        caller a("GET", "a");
        caller b("GET", "b");
        at.submit(a);
        at.submit(b);
        at.sent();
        at.answer("$" + std::to_string(size) + "\r\n" + value + "\r\n*1\r\n$" +
                  std::to_string(size) + "\r\n" + value + "\r\n");
        CHECK(a.text() == value);
        CHECK(b.got.at(0).as<redis::value::array>().items.at(0).as<std::string>() == value);
    }
}
