// SPDX-License-Identifier: BSL-1.0
// Storages that fail, hang, or hold what is not readable.
#include "unit/cached/stored_fixture.hpp"

using namespace fixture;
using origin = coffer::source;

TEST_CASE("a storage that does not answer reads: the call is as if it were empty")
{
    stored_bench b(shared_loads().near(1h));
    b.store.fail_all();
    CHECK(b.now(7) == 7001);
    CHECK(b.now(7) == 7001); // the near tier works on
    CHECK(b.from->runs == 1);
    CHECK(b.f.stats().storage_errors == 1);
    b.settled(2);
}

TEST_CASE("a storage that fails to store: the caller gets its value all the same")
{
    for (const auto when : {recording_storage::moment::before, recording_storage::moment::after}) {
        stored_bench b;
        b.store.fail_next(operation::fill, 1, when);
        CHECK(b.now(7) == 7001);
        CHECK(b.f.stats().storage_errors == 1);
        CHECK(b.now(7) == 7001);
        b.settled(2);
    }
}

TEST_CASE("fail_open(false): a storage that fails is the caller's business, on reads only")
{
    stored_bench b(shared_loads().fail_open(false));
    auto slow = b.store.stop_next(operation::acquire);
    b.store.fail_next(operation::acquire, 1, recording_storage::moment::after);
    auto call = b.call(7);
    auto joiner = b.call(7);
    b.drain();
    slow.open();
    b.drain();
    CHECK(call.error() == errc::storage_failed);
    CHECK(joiner.error() == errc::storage_failed);
    CHECK(b.from->runs == 0);
    b.store.fail_next(operation::fill);
    CHECK(b.now(7) == 7001);
    b.store.fail_next(operation::get);
    auto finding = b.start(b.f.find(7));
    b.drain();
    CHECK(finding.error() == errc::storage_failed);
    b.settled(3);
}

TEST_CASE("a storage that breaks off by itself failed; that is nobody's cancellation")
{
    const auto aborted = boost::system::error_code(asio::error::operation_aborted);
    using moment = recording_storage::moment;
    for (const auto what : {operation::acquire, operation::fill}) {
        stored_bench b;
        b.store.fail_next(what, 1, moment::before, aborted);
        CHECK(b.now(7) == 7001);
        CHECK(b.f.stats().storage_errors == 1);
        CHECK(b.f.stats().cancelled == 0);
        b.settled(1);
    }
}

TEST_CASE("what writers ask of a storage that fails is reported, and near forgets in any case")
{
    stored_bench b(shared_loads().near(1h).tag("all"));
    const auto fails = [&](asio::awaitable<void> change) {
        b.now(7);
        REQUIRE(b.f.peek(7));
        b.store.fail_all();
        auto changing = b.start(std::move(change));
        b.drain();
        CHECK(changing.error() == errc::storage_failed);
        CHECK_FALSE(b.f.peek(7));
        b.store.heal();
    };
    fails(b.f.invalidate(7));
    fails(b.f.expire(7));
    fails(b.f.put(7, 42));
    fails(b.f.invalidate_tag("all"));
    fails(b.f.clear());
}

TEST_CASE("an invalidation that is cancelled on its way: near forgets in any case")
{
    stored_bench b(shared_loads().near(1h));
    b.now(7);
    auto stuck = b.store.stop_next(operation::invalidate);
    auto invalidating = b.start(b.f.invalidate(7));
    b.drain();
    CHECK(b.f.peek(7) == 7001); // nothing is promised yet
    invalidating.cancel();
    b.drain();
    CHECK(invalidating.error() == asio::error::operation_aborted);
    CHECK_FALSE(b.f.peek(7));
    stuck.open();
    b.settled(1);
}

TEST_CASE("error_ttl: over a storage, too, a load that ends well makes its key's error forgotten")
{
    stored_bench b(shared_loads().error_ttl(1h));
    b.from->fails = true;
    CHECK_THROWS_AS(b.now(7), load_failed);
    b.from->fails = false;
    CHECK_THROWS_AS(b.now(7), load_failed);
    CHECK(b.run(b.f.refresh(7)) == 7001);
    CHECK(b.now(7) == 7001);
    b.settled(4);
}

TEST_CASE("a storage that hangs on a read: the load's deadline answers")
{
    stored_bench b(shared_loads().load_deadline(10s));
    auto stuck = b.store.stop_next(operation::acquire);
    auto call = b.call(7);
    b.drain();
    b.pass(10s);
    CHECK(call.error() == errc::load_timeout);
    CHECK(b.from->runs == 0);
    CHECK(b.now(7) == 7001);
    stuck.open();
    b.settled(2);
}

TEST_CASE("a storage that hangs when it should store: callers get their value at the deadline")
{
    stored_bench b(shared_loads().load_deadline(10s).near(1h));
    auto stuck = b.store.stop_next(operation::fill);
    auto one = b.call(7);
    auto two = b.call(7);
    b.drain();
    CHECK(b.from->runs == 1);
    CHECK_FALSE(one.done());
    b.pass(10s);
    CHECK(one.get() == 7001);
    CHECK(two.get() == 7001);
    CHECK(b.f.stats().errors == 0);
    stuck.open();
    b.drain();
    CHECK(b.f.peek(7) == 7001); // it was loaded in time
    b.settled(2);
}

TEST_CASE("what is stored and not readable is a miss, and is replaced")
{
    stored_bench b;
    const auto key = coffer::key_path("number").args(7);
    coffer::entry broken("xyz");
    broken.codec = coffer::codec<int>::id;
    broken.schema = coffer::codec<int>::schema;
    SUBCASE("its bytes")
    {}
    SUBCASE("its codec")
    {
        ++broken.codec;
    }
    SUBCASE("its schema")
    {
        ++broken.schema;
    }
    b.run([](coffer::storage_ptr to, coffer::storage_key at,
             coffer::entry value) -> asio::awaitable<void> {
        auto putting = to->put(std::move(at), std::move(value));
        co_await std::move(putting);
    }(b.store, key, broken));
    CHECK_FALSE(b.run(b.f.find(7)));
    CHECK(b.where_from(7) == origin::load);
    CHECK(b.f.stats().undecodable == 2);
    CHECK(b.where_from(7) == origin::storage);
    b.settled(2);
}
