// SPDX-License-Identifier: BSL-1.0
// near(coherent): typed values in this process for as long as the storage vouches for them.
#include "support/pushing_storage.hpp"
#include "unit/cached/stored_fixture.hpp"

#include <coffer/storage/breaker.hpp>
#include <coffer/storage/lazy_storage.hpp>
#include <coffer/storage/retry_queue.hpp>

using namespace fixture;
using coffer::coherent;
using coffer::storage_ptr;
using origin = coffer::source;
using support::change_channel;
using support::pushing_storage;

namespace {

/// One storage, and the ways of two processes to it.
class told_store : public watched_store {
public:
    std::shared_ptr<change_channel> channel = std::make_shared<change_channel>();
    storage_ptr here = pushing_storage(store, time, channel);
    storage_ptr there = pushing_storage(store, time, channel);

    void trust(std::chrono::milliseconds lasting = 24h)
    {
        const auto until = coffer::clock(time).now() + lasting;
        here->board()->trust_until(until);
        there->board()->trust_until(until);
    }
};

/// A function of this process, and the same one of the other.
class coherent_bench : public told_store, public bench {
public:
    explicit coherent_bench(coffer::options how = shared_loads())
        : bench(coffer::options(how).storage(here).near(coherent), time),
          elsewhere(make(other, how.storage(there).near(coherent).clock(time)))
    {
        trust();
    }

    std::shared_ptr<source> other = std::make_shared<source>();
    numbers elsewhere;

    origin where_from(int key) { return run(f.get(key)).source(); }
    int there_now(int key) { return run(elsewhere(key).as_awaitable()); }
    /// What both have behind them.
    void write(int version) { from->version = other->version = version; }
};

} // namespace

TEST_CASE("coherent: a near entry is served until another process changes it")
{
    coherent_bench b(shared_loads().tag("all"));
    CHECK(b.now(7) == 7001);
    CHECK(b.where_from(7) == origin::near_tier); // what was loaded here
    CHECK(b.there_now(7) == 7001);
    CHECK(b.run(b.elsewhere.get(7)).source() == origin::near_tier); // what was read there
    b.write(2);
    SUBCASE("invalidated")
    {
        b.run(b.elsewhere.invalidate(7));
    }
    SUBCASE("put")
    {
        b.run(b.elsewhere.put(7, 7002));
    }
    SUBCASE("made stale")
    {
        b.run(b.elsewhere.expire(7));
    }
    SUBCASE("a tag")
    {
        b.run(b.elsewhere.invalidate_tag("all"));
    }
    SUBCASE("all")
    {
        b.run(b.elsewhere.clear());
    }
    CHECK(b.now(7) == 7002);
    CHECK(b.f.stats().near_voided > 0);
    CHECK(b.where_from(7) == origin::near_tier);
    CHECK(b.there_now(7) == 7002);
    b.settled(4);
}

TEST_CASE("coherent: a change that is not known yet is known later, and not before")
{
    coherent_bench b;
    b.now(7);
    b.channel->hold_back();
    b.write(2);
    b.run(b.elsewhere.invalidate(7));
    CHECK(b.there_now(7) == 7002);
    CHECK(b.now(7) == 7001); // on its way
    b.channel->deliver();
    CHECK(b.now(7) == 7002);
    b.settled(3);
}

TEST_CASE("coherent: invalidated between the storage read and the near insert, it is not served")
{
    coherent_bench b(shared_loads().tag("all"));
    b.there_now(7);
    auto reading = b.store.stop_next(operation::acquire, recording_storage::moment::after);
    auto before = b.call(7);
    b.drain();
    CHECK(reading.reached().is_set());
    b.write(2);
    SUBCASE("the key")
    {
        b.run(b.elsewhere.invalidate(7));
    }
    SUBCASE("a tag")
    {
        b.run(b.elsewhere.invalidate_tag("all"));
    }
    SUBCASE("all")
    {
        b.run(b.elsewhere.clear());
    }
    reading.open();
    b.drain();
    CHECK(before.done());
    CHECK_FALSE(b.f.peek(7));
    CHECK(b.now(7) == 7002);
    b.settled(2);
}

TEST_CASE("coherent: invalidated between the fill and the near insert, it is not served")
{
    coherent_bench b;
    auto filling = b.store.stop_next(operation::fill, recording_storage::moment::after);
    auto before = b.call(7);
    b.drain();
    CHECK(filling.reached().is_set());
    b.write(2);
    b.run(b.elsewhere.invalidate(7));
    filling.open();
    b.drain();
    CHECK(before.get() == 7001);
    CHECK_FALSE(b.f.peek(7));
    CHECK(b.now(7) == 7002);
    b.settled(2);
}

TEST_CASE(
    "coherent: who joins a read or a fill after a change elsewhere does not get the older value")
{
    coherent_bench b;
    auto what = operation::fill;
    SUBCASE("a fill")
    {}
    SUBCASE("a read")
    {
        what = operation::acquire;
        b.there_now(7);
    }
    auto way = b.store.stop_next(what, recording_storage::moment::after);
    auto before = b.call(7);
    b.drain();
    CHECK(way.reached().is_set());
    b.write(2);
    b.run(b.elsewhere.invalidate(7));
    auto late = b.call(7);
    b.drain();
    way.open();
    b.drain();
    CHECK(before.get() == 7001);
    CHECK(late.get() == 7002);
    b.settled(2);
}

TEST_CASE("coherent: many keys in one call")
{
    coherent_bench b;
    const std::vector<int> keys{1, 2, 3};
    b.run(b.f.get_many(keys));
    CHECK(b.where_from(2) == origin::near_tier);
    b.run(b.elsewhere.get_many(keys));
    CHECK(b.run(b.elsewhere.get(3)).source() == origin::near_tier);
    b.write(2);
    b.run(b.elsewhere.invalidate(2));
    CHECK(b.run(b.f.get_many(keys))[1].value() == 2002);
    CHECK(b.where_from(1) == origin::near_tier);
    b.settled(8);
}

TEST_CASE("coherent: without trust nothing is served from near, and calls go on")
{
    coherent_bench b;
    b.now(7);
    SUBCASE("for a time")
    {
        b.trust(48h);
        b.clock.advance(48h);
        CHECK(b.where_from(7) == origin::load); // its time to live is over as well
        CHECK(b.where_from(7) == origin::storage);
        CHECK_FALSE(b.f.peek(7));
        b.trust(1h);
        CHECK(b.where_from(7) == origin::storage);
        CHECK(b.where_from(7) == origin::near_tier);
    }
    SUBCASE("after a lost connection")
    {
        b.here->board()->trust_ends();
        CHECK(b.where_from(7) == origin::storage);
        CHECK(b.where_from(7) == origin::storage);
        b.trust();
        CHECK(b.where_from(7) == origin::storage); // the old ticket is void
        CHECK(b.where_from(7) == origin::near_tier);
    }
}

TEST_CASE("coherent: what the storage does not have is not kept near")
{
    coherent_bench b;
    SUBCASE("it fails")
    {
        b.store.fail_all();
    }
    SUBCASE("it fails the fill")
    {
        b.store.fail_next(operation::fill, 1, recording_storage::moment::after);
    }
    CHECK(b.now(7) == 7001);
    CHECK_FALSE(b.f.peek(7));
    b.write(2);
    b.store.heal();
    b.run(b.elsewhere.invalidate(7));
    CHECK(b.now(7) == 7002);
    b.settled(2);
}

TEST_CASE("coherent: near(duration) beside it is the longest")
{
    coherent_bench b(shared_loads().near(10s).ttl(1h));
    b.now(7);
    b.clock.advance(9s);
    CHECK(b.where_from(7) == origin::near_tier);
    b.clock.advance(1s);
    CHECK(b.where_from(7) == origin::storage);
    b.settled(3);
}

TEST_CASE("coherent: through a breaker and a retry queue, which voids what waits to be told")
{
    told_store t;
    const coffer::breaker guarded(t.here);
    const coffer::retry_queue queue(guarded, coffer::retry_options().clock(t.time));
    bench b(shared_loads().storage(queue).near(coherent), t.time);
    t.trust();
    b.now(7);
    CHECK(b.now(7) == 7001);
    CHECK(b.f.stats().hits == 1);
    t.store.fail_all();
    const auto key = t.store.log().front().keys.front();
    b.from->version = 2;
    CHECK_THROWS(b.run(queue->invalidate(key, coffer::invalidation::hard, std::nullopt)));
    CHECK(b.now(7) == 7002);
    t.store.heal();
    b.run(queue.close());
}

TEST_CASE("coherent: not over a storage that is made on first use")
{
    told_store t;
    const coffer::lazy_storage lazy([&t] { return t.here; });
    const auto from = std::make_shared<source>();
    CHECK_THROWS_AS(make(from, coffer::options().storage(lazy).near(coherent)),
                    std::invalid_argument);
}
