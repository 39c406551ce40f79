// SPDX-License-Identifier: BSL-1.0
// get_many: deadlines, leaving, limits, contexts that go.
#include "unit/cached/many_fixture.hpp"

using namespace fixture;

TEST_CASE("get_many: the load's deadline holds for a batch")
{
    many_bench b(shared_loads().load_deadline(10s));
    b.from->gate.emplace();
    auto all = b.start(b.f.get_many({1, 2}));
    b.drain();
    b.pass(10s);
    const auto got = all.get();
    for (const auto& one : got)
        CHECK(code_of([&] { one.value(); }) == errc::load_timeout);
    CHECK(b.from->running == 0);
    b.settled(2);
}

TEST_CASE("get_many: within() is the time of the whole call")
{
    many_bench b(shared_loads().batch_parallel(2));
    b.from->gate.emplace();
    auto single = b.call(1);
    b.drain();
    auto all = b.start(b.f.with(coffer::within(50ms)).get_many({1, 2}));
    b.drain();
    b.pass(49ms);
    CHECK_FALSE(all.done());
    b.pass(1ms);
    const auto got = all.get();
    for (const auto& one : got)
        CHECK(code_of([&] { one.value(); }) == errc::timeout);
    b.from->gate->set();
    b.drain();
    CHECK(b.f.peek(2) == 2001);
    b.settled(3);
}

TEST_CASE("get_many: one that is cancelled counts each key it waited for, and stops no load")
{
    many_bench b(shared_loads().cancel_abandoned());
    b.run(b.f.put(9, 42));
    b.from->gate.emplace();
    auto all = b.start(b.f.get_many({9, 1, 2, 3}));
    b.drain();
    all.cancel();
    b.drain();
    CHECK(all.error() == asio::error::operation_aborted);
    CHECK(b.f.stats().cancelled == 3);
    b.from->gate->set();
    b.drain();
    CHECK(b.f.peek(3) == 3001);
    b.settled(4);
}

TEST_CASE("get_many: a batch counts as one load against max_loads")
{
    many_bench b(shared_loads().max_loads(1));
    b.from->gate.emplace();
    auto all = b.start(b.f.get_many({1, 2, 3}));
    auto more = b.start(b.f.get_many({3, 4}));
    auto joined = b.start(b.f(3).as_awaitable());
    b.drain();
    CHECK(more.error() == errc::overloaded);
    b.from->gate->set();
    b.drain();
    CHECK(flat(all.get()) == list{1001, 2001, 3001});
    CHECK(joined.get() == 3001);
    b.settled(6);
}

TEST_CASE("get_many: after close() an error")
{
    many_bench b;
    b.run(b.f.put(1, 42));
    b.run(b.f.close());
    auto all = b.start(b.f.get_many({1, 2}));
    b.drain();
    CHECK(all.error() == errc::closed);
    b.settled(2);
}

TEST_CASE("get_many: without a batch loader, so many single loads at a time as the options say")
{
    bench b(shared_loads().batch_parallel(3));
    b.from->gate.emplace();
    auto all = b.start(b.f.get_many({1, 2, 3, 4, 5, 6, 7, 1}));
    b.drain();
    CHECK(b.from->running == 3);
    CHECK(b.from->runs == 3);
    b.from->gate->set();
    b.drain();
    CHECK(b.from->runs == 7);
    CHECK(flat(all.get()) == list{1001, 2001, 3001, 4001, 5001, 6001, 7001, 1001});
    b.settled(7);
}

TEST_CASE("get_many: without a batch loader, errors are per key too")
{
    bench b;
    b.from->instead = [](coffer::load_context&, int key) -> asio::awaitable<int> {
        if (key % 2 == 0)
            throw load_failed(key);
        co_return key;
    };
    CHECK(flat(b.run(b.f.get_many({1, 2, 3, 4}))) == list{1, -1, 3, -1});
    CHECK(b.f.stats().errors == 2);
    b.settled(4);
}

TEST_CASE("get_many: without a batch loader, cancelled with loads running and keys not begun")
{
    bench b(shared_loads().batch_parallel(2).cancel_abandoned());
    b.from->gate.emplace();
    auto all = b.start(b.f.get_many({1, 2, 3, 4, 5}));
    b.drain();
    all.cancel();
    b.drain();
    CHECK(all.error() == asio::error::operation_aborted);
    CHECK(b.from->stopped == 2);
    CHECK(b.f.stats().cancelled == 5);
    b.settled(5);
}

TEST_CASE("get_many: a load that is abandoned with its context is started once more, key by key")
{
    auto loads = std::make_unique<asio::io_context>();
    many_bench b;
    b.from->gate.emplace();
    auto starter = support::start(*loads, b.f.get_many({1, 2}));
    support::drain(*loads);
    auto all = b.start(b.f.get_many({2, 1}));
    b.drain();
    CHECK(b.many->asked.size() == 1);
    loads.reset();
    b.from->gate->set();
    b.drain();
    CHECK(flat(all.get()) == list{2001, 1001});
    CHECK(b.from->runs == 2);
    b.settled(2);
}

TEST_CASE("get_many: the batch's context is destroyed before its callers")
{
    auto loads = std::make_unique<asio::io_context>();
    many_bench b(shared_loads().executor(loads->get_executor()));
    b.from->gate.emplace();
    auto all = b.start(b.f.get_many({1, 2}));
    b.drain();
    support::drain(*loads);
    all.cancel();
    loads.reset();
    b.drain();
    CHECK(all.error() == asio::error::operation_aborted);
    b.settled(2);
}

TEST_CASE("get_many: a batch loader that asks for one of its keys gets an error, not a hang")
{
    for (const bool concurrent : {false, true}) {
        CAPTURE(concurrent);
        std::optional<numbers> f;
        struct circle {
            static asio::awaitable<results> load(numbers f, std::vector<int> keys)
            {
                const int value = co_await f(keys.back());
                co_return results(keys.size(), coffer::outcome<int>(value));
            }
        };
        const auto source = std::make_shared<fixture::source>();
        auto how = coffer::options().allow_concurrent(concurrent);
        how.batch([&f](std::vector<int> keys) { return circle::load(*f, std::move(keys)); });
        f = make(source, how);
        asio::io_context io;
        auto all = support::start(io, f->get_many({1, 2}));
        support::drain(io);
        const auto got = all.get();
        for (const auto& one : got)
            CHECK(code_of([&] { one.value(); }) == errc::recursive_load);
        CHECK_NOTHROW(f->check_invariants());
    }
}
