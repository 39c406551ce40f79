// SPDX-License-Identifier: BSL-1.0
// Who waits for a load may leave at any time, for any reason.
#include "unit/cached/fixture.hpp"

using namespace fixture;
using asio::cancellation_type;

TEST_CASE("single flight: callers of one key share one load, callers of others do not wait")
{
    bench b;
    auto one = b.waiting(7);
    auto two = b.waiting(7);
    CHECK(b.from->runs == 1);
    b.from->gate.reset();
    CHECK(b.now(8) == 8001); // not behind the load of 7
    CHECK_FALSE(one.done());
}

TEST_CASE("single flight: hits never wait for a refresh")
{
    bench b;
    b.now(7);
    b.from->gate.emplace();
    auto refreshing = b.start(b.f.refresh(7));
    b.drain();
    CHECK(b.f(7).ready());
    CHECK(b.now(7) == 7001);
    b.let_go();
    CHECK(refreshing.get() == 7001);
    b.settled(4);
}

TEST_CASE("single flight: ten thousand joiners, one load")
{
    bench b;
    b.from->gate.emplace();
    constexpr int many = 10'000;
    std::vector<support::outcome_of<int>> calls;
    calls.reserve(many);
    for (int i = 0; i < many; ++i)
        calls.push_back(b.call(7));
    b.drain();
    CHECK(b.from->runs == 1);
    b.let_go();
    int right = 0;
    for (const auto& call : calls)
        right += call.done() && call.get() == 7001;
    CHECK(right == many);
    CHECK(b.f.stats().joined == many - 1);
    b.settled(many);
}

TEST_CASE("single flight: ten thousand joiners, of whom every other one leaves")
{
    bench b;
    b.from->gate.emplace();
    constexpr int many = 10'000;
    std::vector<support::outcome_of<int>> calls;
    calls.reserve(many);
    for (int i = 0; i < many; ++i)
        calls.push_back(b.call(7));
    b.drain();
    for (std::size_t i = 0; i < calls.size(); i += 2)
        calls[i].cancel();
    b.drain();
    for (std::size_t i = 0; i < calls.size(); ++i)
        if (calls[i].done() != (i % 2 == 0))
            FAIL("caller " << i);
    b.let_go();
    CHECK(b.f.stats().cancelled == many / 2);
    CHECK(b.f.stats().joined == many / 2);
    CHECK(b.from->runs == 1);
    b.settled(many);
}

TEST_CASE("single flight: its starter leaves, the load goes on for the others")
{
    bench b;
    auto starter = b.waiting(7);
    auto joiner = b.waiting(7);
    b.leave(starter);
    CHECK(starter.error() == asio::error::operation_aborted);
    CHECK_FALSE(joiner.done());
    CHECK(b.from->running == 1);
    b.let_go();
    CHECK(joiner.get() == 7001);
    CHECK(b.from->stopped == 0);
    b.settled(2);
}

TEST_CASE("single flight: the last waiter leaves, the load finishes and is stored")
{
    bench b;
    auto one = b.waiting(7);
    auto two = b.waiting(7);
    b.leave(one);
    b.leave(two);
    CHECK(b.from->running == 1);
    b.let_go();
    CHECK(b.f.peek(7) == 7001);
    CHECK(b.from->runs == 1);
    CHECK(b.f.stats().cancelled == 2);
    b.settled(2);
}

TEST_CASE("single flight: who comes after the last waiter left joins the load")
{
    bench b;
    auto first = b.waiting(7);
    b.leave(first);
    auto second = b.waiting(7);
    b.let_go();
    CHECK(second.get() == 7001);
    CHECK(b.from->runs == 1);
    b.settled(2);
}

TEST_CASE("single flight: every kind of cancellation lets a caller leave that asked for it")
{
    for (const auto kind :
         {cancellation_type::terminal, cancellation_type::partial, cancellation_type::total}) {
        bench b;
        b.from->gate.emplace();
        auto listening = [](numbers f) -> asio::awaitable<int> {
            co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
            const int value = co_await f(7);
            co_return value;
        };
        auto call = b.start(listening(b.f));
        b.drain();
        call.cancel(kind);
        b.drain();
        CHECK(call.error() == asio::error::operation_aborted);
        b.from->gate->set();
        b.settled(1);
    }
}

TEST_CASE("single flight: a caller that was cancelled gets no hit either, and counts as nothing")
{
    bench b;
    b.now(7);
    auto twice = [](numbers f, coffer::event go, bool* late) -> asio::awaitable<void> {
        try {
            auto waiting = go.wait();
            co_await std::move(waiting);
        } catch (const boost::system::system_error&) { // and tries again nevertheless
        }
        *late = true;
        const int value = co_await f(7);
        FAIL("got " << value);
    };
    bool late = false;
    auto call = b.start(twice(b.f, coffer::event(), &late));
    b.drain();
    b.leave(call);
    CHECK(late);
    CHECK(call.error() == asio::error::operation_aborted);
    CHECK(b.f.stats().cancelled == 0); // the look-up was a hit, whoever dropped it
}

TEST_CASE("single flight: with cancel_abandoned the last one to leave stops the load")
{
    bench b(shared_loads().cancel_abandoned());
    auto one = b.waiting(7);
    auto two = b.waiting(7);
    b.leave(one);
    CHECK(b.from->stopped == 0);
    b.leave(two);
    CHECK(b.from->stopped == 1);
    CHECK(b.from->running == 0);
    CHECK_FALSE(b.f.peek(7));
    b.settled(2);
}

TEST_CASE("single flight: nobody joins a load that was told to stop")
{
    bench b(shared_loads().cancel_abandoned());
    b.from->deaf = true;
    auto gone = b.waiting(7);
    b.leave(gone);
    CHECK(b.from->running == 1); // it does not listen
    b.from->version = 2;
    auto newcomer = b.call(7);
    auto joiner = b.waiting(7);
    CHECK(b.from->runs == 2);
    b.let_go();
    CHECK(newcomer.get() == 7002);
    CHECK(joiner.get() == 7002);
    b.settled(3);
}

TEST_CASE("single flight: a load that does not stop when told to can still be poisoned")
{
    bench b(shared_loads().cancel_abandoned());
    b.from->deaf = true;
    auto gone = b.waiting(7);
    b.leave(gone);
    b.from->version = 2;
    b.run(b.f.invalidate(7));
    b.let_go();
    CHECK(b.now(7) == 7002);
    b.settled(2);
}

TEST_CASE("single flight: without sharing, each caller loads, and each stops its own load")
{
    bench b(coffer::options().cancel_abandoned());
    auto one = b.waiting(7);
    auto two = b.waiting(7);
    CHECK(b.from->runs == 2);
    b.leave(one);
    CHECK(b.from->stopped == 1);
    b.let_go();
    CHECK(two.get() == 7001);
    b.settled(2);
}

TEST_CASE("single flight: a stale entry's refresh is not stopped when its asker has its answer")
{
    bench b(shared_loads().ttl(1s).grace(1h).cancel_abandoned());
    b.now(7);
    b.clock.advance(1s);
    b.from->version = 2;
    CHECK(b.now(7) == 7001);
    CHECK(b.from->stopped == 0);
    CHECK(b.now(7) == 7002);
    b.settled(3);
}
