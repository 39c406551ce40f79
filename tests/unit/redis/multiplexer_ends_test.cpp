// SPDX-License-Identifier: BSL-1.0
// What becomes of a command, by its state and by what happens to it: each cell of the table in
// docs/redis.md.
#include "wire_fixture.hpp"

#include <redis/wire/retry_budget.hpp>

#include <doctest/doctest.h>

#include <deque>

using namespace wire_test;

namespace {

/// A connection that is up, with one command that is queued, or written, or half answered.
struct one_command : wire_fixture {
    explicit one_command(std::string_view command, const wire_options& options = {},
                         redis::detail::retry_budget* budget = nullptr)
        : wire_fixture(options, budget), asker(command, "k")
    {
        up();
    }
    void queue() { submit(asker); }
    void write()
    {
        queue();
        sent();
    }

    caller asker;
};

constexpr auto bytes_of_get = "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n";

} // namespace

TEST_CASE("queued, cancelled: it is taken out, and was surely not executed")
{
    one_command at("INCR");
    at.queue();
    at.wire.cancel(at.asker);
    CHECK(at.asker.is(verdict::cancelled));
    CHECK_FALSE(at.asker.maybe_executed());
    CHECK_FALSE(at.wire.wants_write());
    CHECK(at.wire.queued_bytes() == 0);
}

TEST_CASE("queued, past its deadline: it is taken out, and was surely not executed")
{
    one_command at("INCR");
    at.asker.deadline = at.now + 100ms;
    at.queue();
    at.advance(99ms);
    at.tick();
    CHECK_FALSE(at.asker.end);
    at.advance(11ms);
    at.tick();
    CHECK(at.asker.is(verdict::timed_out));
    CHECK_FALSE(at.asker.maybe_executed());
    CHECK_FALSE(at.wire.wants_write());
}

TEST_CASE("queued, connection lost: it is kept, and sent on the next one")
{
    one_command at("INCR");
    at.queue();
    at.down();
    CHECK_FALSE(at.asker.end);
    CHECK(at.wire.queued() == 1);
    at.up();
    CHECK(at.sent() == bytes_of(at.asker.asks));
    at.answer(":1\r\n");
    CHECK(at.asker.is(verdict::answered));
    CHECK(at.asker.attempts() == 1);
}

TEST_CASE("queued, connection lost: its deadline goes on without one")
{
    one_command at("GET");
    at.asker.deadline = at.now + 100ms;
    at.queue();
    at.down();
    at.advance(110ms);
    at.tick();
    CHECK(at.asker.is(verdict::timed_out));
    CHECK_FALSE(at.asker.maybe_executed());
}

TEST_CASE("written, cancelled: it goes at once, may have been executed, and its reply is swallowed")
{
    for (const auto* reply :
         {":1\r\n", "$3\r\nabc\r\n", "*2\r\n:1\r\n*1\r\n:2\r\n", "-ERR x\r\n"}) {
        one_command at("INCR");
        at.write();
        at.wire.cancel(at.asker);
        CHECK(at.asker.is(verdict::cancelled));
        CHECK(at.asker.maybe_executed());
        CHECK(at.wire.in_flight() == 1);
        caller next("GET", "n");
        at.submit(next);
        at.sent();
        CHECK(at.answer(std::string(reply) + "+next\r\n") == read_state::drained);
        CHECK(next.text() == "next");
        CHECK(at.wire.stats().swallowed == 1);
        CHECK(at.wire.in_flight() == 0);
    }
}

TEST_CASE("written, past its deadline: it goes, may have been executed, the connection stays")
{
    one_command at("INCR");
    at.asker.deadline = at.now + 50ms;
    at.write();
    at.advance(60ms);
    CHECK(at.tick() == health::good);
    CHECK(at.asker.is(verdict::timed_out));
    CHECK(at.asker.maybe_executed());
    caller next("GET", "n");
    at.submit(next);
    at.sent();
    at.answer(":1\r\n+next\r\n");
    CHECK(next.text() == "next");
}

TEST_CASE("written, connection lost: a read is sent again")
{
    one_command at("GET");
    at.write();
    at.down();
    CHECK_FALSE(at.asker.end);
    at.up();
    CHECK(at.sent() == bytes_of_get);
    CHECK(at.asker.attempts() == 2);
    at.answer("+v\r\n");
    CHECK(at.asker.text() == "v");
    CHECK(at.wire.stats().sent_again == 1);
}

TEST_CASE("written, connection lost: what is marked idempotent is sent again")
{
    one_command at("SET");
    at.asker.asks.clear().add("SET", "k", 1).mark(redis::idempotent);
    at.write();
    at.down();
    CHECK_FALSE(at.asker.end);
    at.up();
    CHECK(at.sent() == bytes_of(at.asker.asks));
    at.answer("+OK\r\n");
    CHECK(at.asker.is(verdict::answered));
}

TEST_CASE("written, connection lost: anything else fails, and may have been executed")
{
    for (const auto* command : {"INCR", "SET", "EVALSHA", "PUBLISH", "NO.SUCH"}) {
        CAPTURE(command);
        one_command at(command);
        at.write();
        at.down();
        CHECK(at.asker.is(verdict::connection_lost));
        CHECK(at.asker.maybe_executed());
        CHECK(at.wire.stats().lost == 1);
    }
}

TEST_CASE("written in part, connection lost: it was surely not executed, and is sent again")
{
    const auto size = bytes_of(caller("INCR", "k").asks).size();
    for (std::size_t most = 1; most <= size; ++most) {
        CAPTURE(most);
        one_command at("INCR");
        at.queue();
        at.sent(most);
        at.down();
        CHECK(at.asker.is(verdict::connection_lost) == (most == size));
        if (most == size)
            continue;
        at.up();
        CHECK(at.sent() == bytes_of(at.asker.asks));
        CHECK(at.asker.attempts() == 1);
        at.answer(":1\r\n");
        CHECK(at.asker.is(verdict::answered));
    }
}

TEST_CASE("written in part, cancelled: the rest is sent all the same, so it may be executed")
{
    one_command at("INCR");
    at.queue();
    std::string all = at.sent(5);
    at.wire.cancel(at.asker);
    CHECK(at.asker.maybe_executed());
    all += at.sent();
    CHECK(all == bytes_of(at.asker.asks));
    at.answer(":1\r\n");
    CHECK(at.wire.stats().swallowed == 1);
}

TEST_CASE("cancelled, connection lost: nothing is left of it")
{
    one_command at("GET");
    at.write();
    at.wire.cancel(at.asker);
    at.down();
    at.up();
    CHECK_FALSE(at.wire.wants_write());
    CHECK(at.wire.in_flight() == 0);
}

TEST_CASE("being decoded: cancelling it or letting its time pass changes nothing")
{
    one_command at("GET");
    at.asker.deadline = at.now + 10ms;
    at.asker.then = [&](caller& me) { at.wire.cancel(me); };
    at.write();
    at.answer("+v\r\n");
    CHECK(at.asker.is(verdict::answered));
    at.advance(1s);
    at.tick();
    CHECK(at.wire.stats().timed_out == 0);
    CHECK(at.wire.stats().cancelled == 0);
}

TEST_CASE("sent again, then cancelled in the queue: it may have been executed the first time")
{
    one_command at("GET");
    at.write();
    at.down();
    at.wire.cancel(at.asker);
    CHECK(at.asker.is(verdict::cancelled));
    CHECK(at.asker.maybe_executed());
    CHECK(at.asker.attempts() == 1);
}

TEST_CASE("half answered, connection lost: a pipeline of reads begins anew")
{
    wire_fixture at;
    at.up();
    caller all(request("GET", "a").add("GET", "b"));
    std::vector<std::uint32_t> numbers;
    all.then = [&](caller& me) { numbers.push_back(me.replies()); };
    at.submit(all);
    at.sent();
    at.answer("+a\r\n");
    at.down();
    CHECK_FALSE(all.end);
    at.up();
    CHECK(at.sent() == bytes_of(all.asks));
    at.answer("+a\r\n+b\r\n");
    CHECK(all.is(verdict::answered));
    CHECK(numbers == std::vector<std::uint32_t>{1, 1, 2});
}

TEST_CASE("half answered, connection lost: a pipeline with a write fails as a whole")
{
    wire_fixture at;
    at.up();
    caller all(request("GET", "a").add("INCR", "b"));
    at.submit(all);
    at.sent();
    at.answer("+a\r\n");
    at.down();
    CHECK(all.is(verdict::connection_lost));
    CHECK(all.maybe_executed());
}

TEST_CASE("half answered, cancelled: the replies to come are swallowed, all of them")
{
    wire_fixture at;
    at.up();
    caller all(request("GET", "a").add("GET", "b").add("GET", "c"));
    caller next("GET", "n");
    at.submit(all);
    at.submit(next);
    at.sent();
    at.answer("+a\r\n");
    at.wire.cancel(all);
    CHECK(at.wire.in_flight() == 3);
    at.answer("+b\r\n+c\r\n+n\r\n");
    CHECK(next.text() == "n");
    CHECK(all.got.size() == 1);
    CHECK(at.wire.stats().swallowed == 2);
}

TEST_CASE("half answered: a completion for one reply may cancel the others")
{
    wire_fixture at;
    at.up();
    caller all(request("GET", "a").add("GET", "b"));
    all.then = [&](caller& me) { at.wire.cancel(me); };
    caller next("GET", "n");
    at.submit(all);
    at.submit(next);
    at.sent();
    at.answer("+a\r\n+b\r\n+n\r\n");
    CHECK(all.is(verdict::cancelled));
    CHECK(next.text() == "n");
}

TEST_CASE("a transaction is one unit: whole on the next connection, or failed, never in part")
{
    request what;
    what.multi().add("INCR", "a").add("INCR", "b").exec();
    const auto bytes = bytes_of(what);
    for (std::size_t most = 0; most <= bytes.size(); ++most) {
        CAPTURE(most);
        wire_fixture at;
        at.up();
        caller unit(what);
        at.submit(unit);
        at.sent(most);
        if (most > bytes.size() / 2)
            at.answer("+OK\r\n+QUEUED\r\n"); // MULTI and INCR have arrived, EXEC has not
        at.down();
        if (most == bytes.size()) {
            CHECK(unit.is(verdict::connection_lost));
            CHECK(unit.maybe_executed());
            continue;
        }
        CHECK_FALSE(unit.end);
        unit.got.clear();
        at.up();
        CHECK(at.sent() == bytes);
        at.answer("+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n:1\r\n:1\r\n");
        CHECK(unit.is(verdict::answered));
        CHECK(unit.got.size() == 4);
    }
}

TEST_CASE("what is sent again comes before what is queued, in its old order")
{
    wire_fixture at;
    at.up();
    std::deque<caller> all;
    for (int i = 0; i < 3; ++i)
        at.submit(all.emplace_back("GET", i));
    at.sent();
    caller queued("GET", "later");
    at.submit(queued);
    at.down();
    caller offline("GET", "last");
    at.submit(offline);
    at.up();
    std::string expected;
    for (auto& each : all)
        expected += bytes_of(each.asks);
    CHECK(at.sent() == expected + bytes_of(queued.asks) + bytes_of(offline.asks));
    at.answer("+0\r\n+1\r\n+2\r\n+later\r\n+last\r\n");
    CHECK(all[2].text() == "2");
    CHECK(offline.text() == "last");
}

TEST_CASE("a request is sent no more often than it may be")
{
    wire_options options;
    options.max_attempts = 3;
    one_command at("GET", options);
    at.queue();
    for (int attempt = 1; attempt <= 3; ++attempt) {
        at.sent();
        CHECK(at.asker.attempts() == static_cast<unsigned>(attempt));
        at.down();
        CHECK(at.asker.pending() == (attempt < 3));
        at.up();
    }
    CHECK(at.asker.is(verdict::connection_lost));
    CHECK(at.asker.maybe_executed());
}

TEST_CASE("an attempt that did not go out whole is not counted")
{
    wire_options options;
    options.max_attempts = 1;
    one_command at("GET", options);
    at.queue();
    for (int i = 0; i < 5; ++i) {
        at.sent(3);
        at.down();
        CHECK(at.asker.pending());
        at.up();
    }
    at.sent();
    at.down();
    CHECK(at.asker.is(verdict::connection_lost));
}

TEST_CASE("retry budget: beyond it even reads fail, and answers earn it back")
{
    redis::detail::retry_budget budget(2, 3);
    wire_fixture at({}, &budget);
    at.up();
    std::deque<caller> all;
    for (int i = 0; i < 4; ++i)
        at.submit(all.emplace_back("GET", i));
    at.sent();
    at.down();
    CHECK(budget.left() == 0);
    CHECK(all[1].pending());
    CHECK(all[2].is(verdict::connection_lost));
    at.up();
    at.sent();
    at.answer("+0\r\n+1\r\n");
    CHECK(budget.left() == 0);
    caller more("GET", "m");
    at.submit(more);
    at.sent();
    at.answer("+m\r\n");
    CHECK(budget.left() == 1);
}

TEST_CASE("retry budget: what had not gone out whole costs nothing")
{
    redis::detail::retry_budget budget(0);
    wire_fixture at({}, &budget);
    at.up();
    caller a("INCR", "a");
    at.submit(a);
    at.sent(2);
    at.down();
    CHECK(a.pending());
    at.up();
    at.sent();
    at.answer(":1\r\n");
    CHECK(a.is(verdict::answered));
}

TEST_CASE("the handshake fails with its connection, and nothing else does")
{
    wire_fixture at;
    caller waiting("GET", "a");
    at.submit(waiting);
    at.wire.connected(at.now);
    caller hello(request("PING"));
    caller select("SELECT", 1);
    at.wire.submit_handshake(hello);
    at.wire.submit_handshake(select);
    at.sent(10);
    at.down();
    CHECK(hello.is(verdict::connection_lost));
    CHECK(select.is(verdict::connection_lost));
    CHECK(waiting.pending());
    at.up();
    CHECK(at.sent() == bytes_of(waiting.asks));
    at.answer("_\r\n");
}

TEST_CASE("a completion of a lost connection may submit, cancel others, and close")
{
    wire_fixture at;
    at.up();
    caller a("INCR", "a");
    caller b("INCR", "b");
    caller c("GET", "c");
    caller d("GET", "d");
    for (auto* each : {&a, &b, &c})
        at.submit(*each);
    at.sent();
    a.then = [&](caller&) {
        at.submit(d);
        at.wire.cancel(b); // its own verdict is on its way
        at.wire.cancel(c);
    };
    b.then = [&](caller&) { at.wire.close(); };
    at.down();
    CHECK(a.is(verdict::connection_lost));
    CHECK(b.is(verdict::connection_lost));
    CHECK(c.is(verdict::cancelled));
    CHECK(d.is(verdict::closed));
}

TEST_CASE("closing ends everything once, wherever it is")
{
    wire_fixture at;
    at.up();
    caller written("INCR", "a");
    at.submit(written);
    at.sent();
    caller half("INCR", "b");
    at.submit(half);
    at.sent(4);
    caller queued("INCR", "c");
    at.submit(queued);
    queued.deadline = at.now + 1s;
    at.wire.close();
    at.wire.close();
    CHECK(written.is(verdict::closed));
    CHECK(written.maybe_executed());
    CHECK(half.is(verdict::closed));
    CHECK_FALSE(half.maybe_executed());
    CHECK(queued.is(verdict::closed));
    CHECK_FALSE(at.wire.wants_write());
    CHECK(at.wire.next_wakeup() == time::max());
}

TEST_CASE("verdicts turn into error codes")
{
    using redis::detail::code_of;
    CHECK_FALSE(code_of(verdict::answered));
    CHECK(code_of(verdict::timed_out).message() == "the caller's time ran out");
    CHECK(code_of(verdict::connection_lost).message() == "the connection was lost");
    CHECK(code_of(verdict::closed).message() == "closed");
    CHECK(code_of(verdict::cancelled).category().name() == std::string("system"));
}
