// SPDX-License-Identifier: BSL-1.0
// The end of a function, and its limits.
#include "unit/cached/fixture.hpp"

using namespace fixture;

TEST_CASE("close: waits for loads that run, whose callers get their values")
{
    bench b;
    b.from->gate.emplace();
    auto one = b.call(7);
    auto two = b.call(7);
    b.drain();
    auto closing = b.start(b.f.close());
    b.drain();
    CHECK_FALSE(closing.done());
    auto late = b.call(8);
    b.drain();
    CHECK(late.error() == errc::closed);
    b.from->gate->set();
    b.drain();
    CHECK(one.get() == 7001);
    CHECK(two.get() == 7001);
    CHECK(closing.done());
    b.settled(3);
}

TEST_CASE("close: refuses all calls, hits too")
{
    bench b;
    b.now(7);
    b.run(b.f.close());
    b.run(b.f.close()); // idempotent
    auto call = b.call(7);
    auto get = b.start(b.f.get(7));
    auto find = b.start(b.f.find(7));
    auto put = b.start(b.f.put(7, 1));
    auto refresh = b.start(b.f.refresh(7));
    b.drain();
    CHECK(call.error() == errc::closed);
    CHECK(get.error() == errc::closed);
    CHECK(find.error() == errc::closed);
    CHECK(put.error() == errc::closed);
    CHECK(refresh.error() == errc::closed);
    b.settled(4);
}

TEST_CASE("close: an invalidation is never refused")
{
    bench b;
    b.now(7);
    b.run(b.f.close());
    b.run(b.f.invalidate(7));
    CHECK_FALSE(b.f.peek(7));
}

TEST_CASE("close: joiners of a running load are refused from then on, its stale value too")
{
    bench b;
    b.from->gate.emplace();
    auto one = b.call(7);
    b.drain();
    auto closing = b.start(b.f.close());
    auto joiner = b.call(7);
    b.drain();
    CHECK(joiner.error() == errc::closed);
    b.from->gate->set();
    b.drain();
    CHECK(one.get() == 7001);
    CHECK(closing.done());
    b.settled(2);
}

TEST_CASE("close: who waits for it may leave")
{
    bench b;
    b.from->gate.emplace();
    auto one = b.call(7);
    b.drain();
    auto closing = b.start(b.f.close());
    b.drain();
    closing.cancel();
    b.drain();
    CHECK(closing.error() == asio::error::operation_aborted);
    b.from->gate->set();
    b.drain();
    CHECK(one.get() == 7001);
    b.settled(1);
}

TEST_CASE("close: a load that its context destroyed is over")
{
    auto loads = std::make_unique<asio::io_context>();
    bench b(shared_loads().executor(loads->get_executor()));
    b.from->gate.emplace();
    auto call = b.call(7);
    b.drain();
    support::drain(*loads);
    call.cancel();
    auto closing = b.start(b.f.close());
    b.drain();
    CHECK_FALSE(closing.done());
    loads.reset();
    b.drain();
    CHECK(closing.done());
}

TEST_CASE("close: does not wait for ever for a load in a context that stopped")
{
    auto loads = std::make_unique<asio::io_context>();
    bench b(shared_loads().executor(loads->get_executor()).load_deadline(10s));
    auto call = b.call(7);
    b.drain();
    loads->stop();
    auto closing = b.start(b.f.close());
    b.drain();
    b.pass(11s - 1ms);
    CHECK_FALSE(closing.done());
    b.pass(1ms);
    CHECK(closing.error() == errc::load_timeout);
    CHECK(call.done());
    loads.reset();
    b.run(b.f.close());
    b.settled(1);
}

TEST_CASE("close: a load that heeds neither deadline nor cancellation is given up")
{
    bench b(shared_loads().load_deadline(10s));
    b.from->deaf = true;
    b.from->gate.emplace();
    auto call = b.call(7);
    b.drain();
    auto closing = b.start(b.f.close());
    b.drain();
    b.pass(10s);
    CHECK(call.error() == errc::load_timeout);
    b.pass(1s);
    CHECK(closing.error() == errc::load_timeout);
    b.from->gate->set();
    b.drain();
    CHECK(b.f.stats().stored == 0);
    b.settled(1);
}

TEST_CASE("max_loads: so many at a time, then a miss is an error; hits and joiners are not")
{
    bench b(shared_loads().max_loads(2));
    b.now(1);
    b.from->gate.emplace();
    auto two = b.call(2);
    auto three = b.call(3);
    auto four = b.call(4);
    auto joiner = b.call(2);
    auto hit = b.call(1);
    b.drain();
    CHECK(four.error() == errc::overloaded);
    CHECK(hit.get() == 1001);
    b.from->gate->set();
    b.drain();
    CHECK(two.get() == 2001);
    CHECK(three.get() == 3001);
    CHECK(joiner.get() == 2001);
    CHECK(b.now(4) == 4001);
    b.settled(7);
}

TEST_CASE("max_loads: loads that nobody shares count too, and leave nothing behind when refused")
{
    bench b(coffer::options().max_loads(1));
    b.from->gate.emplace();
    auto one = b.call(1);
    b.drain();
    auto alone = b.call(1, coffer::call_terms().no_store());
    auto again = b.call(1);
    b.drain();
    CHECK(alone.error() == errc::overloaded);
    CHECK(again.error() == errc::overloaded);
    b.from->gate->set();
    b.settled(3);
}

TEST_CASE("many keys at once: each has its load, and each of them ends")
{
    bench b;
    b.from->hops = 3;
    constexpr int keys = 2000;
    std::vector<support::outcome_of<int>> calls;
    for (int key = 0; key < keys; ++key) {
        calls.push_back(b.call(key));
        calls.push_back(b.call(key));
    }
    b.drain();
    int right = 0;
    for (int i = 0; i < 2 * keys; ++i)
        right += calls[static_cast<std::size_t>(i)].get() == i / 2 * 1000 + 1;
    CHECK(right == 2 * keys);
    CHECK(b.from->runs == keys);
    b.settled(2 * keys);
}
