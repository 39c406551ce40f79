// SPDX-License-Identifier: BSL-1.0
// The same key in several processes: leases, stale values of a storage, versions.
#include "unit/cached/many_fixture.hpp"
#include "unit/cached/stored_fixture.hpp"

using namespace fixture;
using origin = coffer::source;

namespace {

/// Another process loads key 7, for as long as its gate is closed.
class loaded_elsewhere : public stored_bench {
public:
    explicit loaded_elsewhere(coffer::options how = shared_loads()) : stored_bench(how)
    {
        other->gate.emplace();
        theirs = start(elsewhere(7).as_awaitable());
        drain();
        CHECK(other->running == 1);
    }

    std::optional<support::outcome_of<int>> theirs;
};

} // namespace

TEST_CASE("leases: what another process is loading is loaded here too, and not stored")
{
    loaded_elsewhere b(shared_loads().near(1h));
    b.from->version = 2;
    CHECK(b.now(7) == 7002);
    CHECK_FALSE(b.f.peek(7)); // an invalidation elsewhere would not have been heard
    CHECK(b.f.stats().lease_lost == 1);
    CHECK(b.f.stats().stored == 0);
    b.other->gate->set();
    b.drain();
    CHECK(b.now(7) == 7001);
    b.settled(2);
}

TEST_CASE("lease_wait: waits for the load of another process, and takes its value")
{
    loaded_elsewhere b(shared_loads().lease_wait(10s));
    auto mine = b.start(b.f.get(7));
    b.drain();
    b.pass(1s);
    CHECK_FALSE(mine.done());
    CHECK(b.from->runs == 0);
    b.other->gate->set();
    b.drain();
    b.pass(1s);
    CHECK(mine.get().value() == 7001);
    CHECK(mine.get().source() == origin::storage);
    CHECK(b.from->runs == 0);
    b.settled(1);
}

TEST_CASE("lease_wait: who waits goes on as soon as the lease ends, however that is")
{
    for (const bool stored : {true, false}) {
        CAPTURE(stored);
        loaded_elsewhere b(shared_loads().lease_wait(10s));
        auto mine = b.start(b.f.get(7));
        b.drain();
        CHECK_FALSE(mine.done());
        if (stored)
            b.other->gate->set();
        else
            b.run(b.f.invalidate(7));
        b.drain(); // no time passes
        REQUIRE(mine.done());
        CHECK(mine.get().source() == (stored ? origin::storage : origin::load));
        b.other->gate->set();
        b.settled(1);
    }
}

TEST_CASE("lease_wait: is bounded, then the value is loaded here without storing it")
{
    loaded_elsewhere b(shared_loads().lease_wait(10s));
    auto mine = b.call(7);
    b.drain();
    for (int i = 0; i < 10; ++i) {
        CHECK_FALSE(mine.done());
        b.pass(1s);
    }
    CHECK(mine.get() == 7001);
    CHECK(b.from->runs == 1);
    b.other->gate->set();
    b.settled(1);
}

TEST_CASE("leases: a load that fails lets its lease go")
{
    stored_bench b(shared_loads().lease_wait(10s));
    b.other->fails = true;
    auto theirs = b.start(b.elsewhere(7).as_awaitable());
    b.drain();
    CHECK(theirs.failed());
    CHECK(b.where_from(7) == origin::load); // without waiting
    CHECK(b.f.stats().stored == 1);
    b.settled(1);
}

TEST_CASE("leases: so does one that stores nothing, and one that is told to stop")
{
    stored_bench b(shared_loads().cancel_abandoned());
    b.other->says = [](coffer::load_context& load, int) { load.store_if(false); };
    b.there(7);
    b.now(7);
    CHECK(b.f.stats().stored == 1);

    b.other->gate.emplace();
    auto theirs = b.start(b.elsewhere(8).as_awaitable());
    b.drain();
    theirs.cancel();
    b.drain();
    CHECK(b.other->stopped == 1);
    b.now(8);
    CHECK(b.f.stats().stored == 2);
    b.settled(2);
}

TEST_CASE("leases: a holder that never returns is waited for no longer than its lease")
{
    auto dead = std::make_unique<asio::io_context>();
    stored_bench b(shared_loads().load_deadline(10s));
    b.other->gate.emplace();
    auto theirs = support::start(*dead, b.elsewhere(7).as_awaitable());
    support::drain(*dead);
    dead.reset();
    b.now(7);
    CHECK(b.f.stats().stored == 0);
    b.clock.advance(11s);
    b.now(7);
    CHECK(b.f.stats().stored == 1);
    b.settled(2);
}

TEST_CASE("versions: what is older than a write that is known is delivered, and not stored")
{
    stored_bench b;
    const auto key = coffer::key_path("number").args(7);
    const auto raise = [](coffer::storage_ptr to, coffer::storage_key at) -> asio::awaitable<void> {
        auto writing = to->invalidate(std::move(at), coffer::invalidation::hard, 5);
        co_await std::move(writing);
    };
    b.run(raise(b.store, key));
    std::uint64_t version = 4;
    b.from->says = [&](coffer::load_context& load, int) { load.version(version); };
    CHECK(b.now(7) == 7001);
    CHECK(b.f.stats().lease_lost == 1);
    version = 5;
    CHECK(b.now(7) == 7001);
    CHECK(b.f.stats().stored == 1);
    b.settled(2);
}

TEST_CASE("get_many over a storage: one question, one fill, each key by its own rules")
{
    const auto many = [](std::vector<int> keys) -> asio::awaitable<std::vector<int>> {
        for (auto& key : keys)
            key *= 10;
        co_return keys;
    };
    stored_bench b(shared_loads().batch(many));
    b.run(b.f.put(1, 42));
    b.other->gate.emplace();
    auto theirs = b.start(b.elsewhere(2).as_awaitable());
    b.drain();
    b.store.forget();
    const auto got = b.run(b.f.get_many({1, 2, 3, 4}));
    CHECK(got[0].value() == 42);
    CHECK(got[1].value() == 20); // busy: loaded, and not stored
    CHECK(got[2].value() == 30);
    CHECK(b.store.calls(operation::acquire_many) == 1);
    CHECK(b.store.calls(operation::fill_many) == 1);
    CHECK(b.store.calls() == 2);
    CHECK(b.f.stats().stored == 2);
    CHECK(b.f.stats().lease_lost == 1);
    CHECK(b.f.stats().storage_hits == 1);
    b.other->gate->set();
    b.settled(4);
}

TEST_CASE("get_many over a storage that fails: as if it were empty, or an error of each key")
{
    for (const bool open : {true, false}) {
        const auto many = [](std::vector<int> keys) -> asio::awaitable<std::vector<int>> {
            co_return keys;
        };
        stored_bench b(shared_loads().batch(many).fail_open(open));
        b.store.fail_next(operation::acquire_many);
        const auto got = b.run(b.f.get_many({1, 2}));
        if (open)
            CHECK(got[1].value() == 2);
        else
            CHECK(code_of([&] { got[1].value(); }) == errc::storage_failed);
        CHECK(b.run(b.f.get_many({1, 2}))[0].value() == 1);
        b.settled(4);
    }
}

TEST_CASE("leases: who joins after another process invalidated does not get the older value")
{
    stored_bench b;
    b.from->gate.emplace();
    auto before = b.call(7);
    b.drain();
    b.from->version = 2;
    b.run(b.elsewhere.invalidate(7));
    auto one = b.call(7); // this process has not heard of it, so they join
    auto two = b.start(b.f.get_many({7}));
    b.drain();
    CHECK(b.from->runs == 1);
    b.from->gate->set();
    b.drain();
    CHECK(before.get() == 7001);
    CHECK(one.get() == 7002);
    CHECK(two.get()[0].value() == 7002);
    CHECK(b.from->runs == 2); // one load for all who came late
    b.settled(3);
}

TEST_CASE("over a storage: who joins a read that is under way gets what is there when it came")
{
    for (const bool near : {false, true}) {
        CAPTURE(near);
        stored_bench b(near ? shared_loads().near(1h) : shared_loads());
        b.there(7);
        auto reading = b.store.stop_next(operation::acquire);
        auto before = b.call(7);
        b.drain();
        auto after = b.call(7);
        b.drain();
        const auto asked = b.store.calls(operation::acquire);
        reading.open();
        b.drain();
        CHECK(before.get() == 7001);
        CHECK(after.get() == 7001);
        // The first read may be older than the second call; a near tier would not mind.
        CHECK(b.store.calls(operation::acquire) == asked + (near ? 0 : 1));
        CHECK(b.f.stats().storage_hits == 2);
        b.settled(2);
    }
}

TEST_CASE("leases: who joins while the value is on its way into the storage asks once more")
{
    stored_bench b;
    auto filling = b.store.stop_next(operation::fill, recording_storage::moment::after);
    auto before = b.call(7);
    b.drain();
    CHECK(filling.reached().is_set());
    b.from->version = b.other->version = 2;
    b.run(b.elsewhere.invalidate(7)); // after the fill, of which this process has no reply yet
    auto one = b.call(7);
    auto two = b.start(b.f.get_many({7}));
    b.drain();
    filling.open();
    b.drain();
    CHECK(before.get() == 7001);
    CHECK(one.get() == 7002);
    CHECK(two.get()[0].value() == 7002);
    CHECK(b.from->runs == 2);
    b.settled(3);
}

TEST_CASE("leases: who joins a load that stores nothing late gets a value of its own time")
{
    stored_bench b(shared_loads().store_if([](const int& value) { return value % 1000 > 1; }));
    b.from->gate.emplace();
    auto before = b.call(7);
    b.drain();
    b.from->version = 2;
    b.run(b.elsewhere.invalidate(7));
    auto after = b.call(7);
    b.drain();
    CHECK(b.from->runs == 1);
    b.from->gate->set();
    b.drain();
    CHECK(before.get() == 7001);
    CHECK(after.get() == 7002);
    b.settled(2);
}

TEST_CASE("leases: with the storage down, who joins a load takes what it makes")
{
    stored_bench b;
    b.store.fail_all();
    b.from->gate.emplace();
    auto first = b.call(7);
    b.drain();
    auto second = b.call(7);
    b.drain();
    b.from->gate->set();
    b.drain();
    CHECK(first.get() == 7001);
    CHECK(second.get() == 7001);
    CHECK(b.from->runs == 1);
    b.settled(2);
}

TEST_CASE("leases: one outlives the longest load, and a second of storing its value")
{
    for (const bool in_time : {true, false}) {
        stored_bench b(shared_loads().load_deadline(10s));
        b.from->gate.emplace();
        auto call = b.call(7);
        b.drain();
        b.clock.advance(9999ms);
        const auto slow = b.store.stop_next(operation::fill);
        b.from->gate->set();
        b.drain();
        b.pass(in_time ? 1s : 1001ms);
        CHECK(call.get() == 7001);
        slow.open();
        b.drain();
        CHECK(b.f.stats().stored == (in_time ? 1 : 0));
        CHECK(b.f.stats().lease_lost == (in_time ? 0 : 1));
        b.settled(1);
    }
}

namespace {

/// Another process loads keys 1 to 3, while we ask for those and others in one call.
class batch_elsewhere : public stored_bench {
public:
    explicit batch_elsewhere(
        std::shared_ptr<batch_source> source = std::make_shared<batch_source>())
        : stored_bench(with_batch(source, shared_loads().lease_wait(10s).load_deadline(30s))),
          many(source)
    {
        many->from = from;
        from->version = 2;
        other->gate.emplace();
        for (int key = 1; key <= 3; ++key)
            theirs.push_back(start(elsewhere(key).as_awaitable()));
        drain();
        CHECK(other->running == 3);
    }

    std::shared_ptr<batch_source> many;
    std::vector<support::outcome_of<int>> theirs;
};

} // namespace

TEST_CASE("lease_wait: get_many() loads what it may, and then waits for other processes")
{
    batch_elsewhere b;
    auto mine = b.start(b.f.get_many({1, 7, 2, 8, 3}));
    b.drain();
    CHECK(b.many->asked == std::vector<list>{{7, 8}});
    CHECK(b.run(b.elsewhere.find(7)) == 7002); // stored already
    CHECK_FALSE(mine.done());
    b.other->gate->set();
    b.drain();
    b.pass(1s);
    CHECK(flat(mine.get()) == list{1001, 7002, 2001, 8002, 3001});
    CHECK(b.many->asked.size() == 1);
    b.settled(5);
}

TEST_CASE("lease_wait: get_many() waits once for all its keys, then loads without storing")
{
    batch_elsewhere b;
    auto mine = b.start(b.f.get_many({1, 7, 2, 3}));
    b.drain();
    for (int i = 0; i < 10; ++i) {
        CHECK_FALSE(mine.done());
        b.pass(1s);
    }
    CHECK(flat(mine.get()) == list{1002, 7002, 2002, 3002});
    CHECK(b.many->asked == std::vector<list>{{7}, {1, 2, 3}});
    CHECK(b.f.stats().stored == 1);
    CHECK(b.f.stats().lease_lost == 3);
    b.other->gate->set();
    b.settled(4);
}

TEST_CASE("lease_wait: the deadline holds for a batch that waits, and for its second load")
{
    for (const bool second : {false, true}) {
        batch_elsewhere b;
        auto mine = b.start(b.f.get_many({1, 7}));
        b.drain();
        b.from->gate.emplace(); // the second load hangs
        if (second)
            for (int i = 0; i < 10; ++i)
                b.pass(1s);
        CHECK(b.many->asked.size() == (second ? 2 : 1));
        b.clock.advance(30s);
        b.drain();
        CHECK(flat(mine.get()) == list{-2, 7002});
        b.from->gate->set();
        b.other->gate->set();
        b.drain();
        b.settled(2);
    }
}
