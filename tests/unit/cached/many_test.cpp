// SPDX-License-Identifier: BSL-1.0
#include "unit/cached/many_fixture.hpp"

using namespace fixture;

TEST_CASE("get_many: hits, and one batch for the rest, in the order asked")
{
    many_bench b;
    b.run(b.f.put(2, 42));
    const auto got = b.run(b.f.get_many({3, 2, 1}));
    CHECK(flat(got) == list{3001, 42, 1001});
    REQUIRE(b.many->asked.size() == 1);
    CHECK(b.many->asked[0] == list{3, 1});
    CHECK(b.from->runs == 0); // the loader for single keys has nothing to do
    CHECK(b.f.peek(3) == 3001);
    const auto sum = b.f.stats();
    CHECK(sum.hits == 1);
    CHECK(sum.loads == 2);
    CHECK(sum.loads_started == 1);
    b.settled(3);
}

TEST_CASE("get_many: of nothing, and of what is all there, loads nothing")
{
    many_bench b;
    CHECK(b.run(b.f.get_many({})).empty());
    b.run(b.f.put(7, 42));
    CHECK(flat(b.run(b.f.get_many({7, 7, 7}))) == list{42, 42, 42});
    CHECK(b.many->asked.empty());
    b.settled(1);
}

TEST_CASE("get_many: equal keys are asked once, and answered everywhere")
{
    many_bench b;
    CHECK(flat(b.run(b.f.get_many({5, 6, 5, 5, 6}))) == list{5001, 6001, 5001, 5001, 6001});
    CHECK(b.many->asked == std::vector<list>{{5, 6}});
    b.settled(2);
}

TEST_CASE("get_many: joins what is being loaded, and is joined")
{
    many_bench b;
    b.from->gate.emplace();
    auto single = b.call(1);
    b.drain();
    auto first = b.start(b.f.get_many({1, 2}));
    b.drain();
    auto second = b.start(b.f.get_many({2, 3, 1}));
    auto late = b.call(3);
    b.drain();
    CHECK(b.many->asked == std::vector<list>{{2}, {3}});
    CHECK(b.from->runs == 1);
    b.from->gate->set();
    b.drain();
    CHECK(single.get() == 1001);
    CHECK(flat(first.get()) == list{1001, 2001});
    CHECK(flat(second.get()) == list{2001, 3001, 1001});
    CHECK(late.get() == 3001);
    CHECK(b.f.stats().joined == 4);
    b.settled(7);
}

TEST_CASE("get_many: without sharing, nothing is joined")
{
    many_bench b{coffer::options()};
    b.from->gate.emplace();
    auto first = b.start(b.f.get_many({1, 2}));
    auto second = b.start(b.f.get_many({1, 2}));
    b.drain();
    CHECK(b.many->asked == std::vector<list>{{1, 2}, {1, 2}});
    b.from->gate->set();
    b.drain();
    CHECK(flat(first.get()) == list{1001, 2001});
    CHECK(flat(second.get()) == list{1001, 2001});
    b.settled(4);
}

TEST_CASE("get_many: a key that fails fails alone, for all who share it, and is not stored")
{
    many_bench b;
    b.many->fail = {2};
    auto first = b.start(b.f.get_many({1, 2, 3}));
    auto joiner = b.call(2);
    b.drain();
    CHECK(flat(first.get()) == list{1001, -1, 3001});
    CHECK_THROWS_AS(joiner.get(), load_failed);
    CHECK(b.f.peek(1) == 1001);
    CHECK_FALSE(b.f.peek(2));
    b.many->fail.clear();
    CHECK(flat(b.run(b.f.get_many({1, 2, 3}))) == list{1001, 2001, 3001});
    CHECK(b.many->asked.back() == list{2});
    b.settled(7);
}

TEST_CASE("get_many: a batch that fails as a whole fails each of its keys")
{
    many_bench b;
    b.run(b.f.put(3, 42));
    b.from->fails = true;
    CHECK(flat(b.run(b.f.get_many({1, 2, 3}))) == list{-1, -1, 42});
    CHECK(b.f.stats().errors == 2);
    b.settled(3);
}

TEST_CASE("get_many: a batch of another length than asked is an error of each of its keys")
{
    many_bench b;
    b.many->short_by_one = true;
    const auto got = b.run(b.f.get_many({1, 2, 3}));
    REQUIRE(got.size() == 3);
    for (const auto& one : got)
        CHECK_THROWS_WITH_AS(one.value(),
                             "coffer: the batch loader of 'number' returned 2 values for 3 keys",
                             std::length_error);
    CHECK(b.f.stats().near_entries == 0);
    b.settled(3);
}

TEST_CASE("get_many: an invalidation during the batch poisons that key only")
{
    many_bench b;
    b.from->gate.emplace();
    auto all = b.start(b.f.get_many({1, 2}));
    b.drain();
    b.from->version = 2;
    b.run(b.f.invalidate(2));
    auto after = b.call(2);
    b.drain();
    b.from->gate->set();
    b.drain();
    CHECK(flat(all.get()) == list{1001, 2001});
    CHECK(after.get() == 2002);
    CHECK(b.f.peek(1) == 1001);
    CHECK(b.f.peek(2) == 2002);
    b.settled(3);
}

TEST_CASE("get_many: stale values are served at once, and refreshed by one batch")
{
    many_bench b(shared_loads().ttl(10s).grace(10s));
    b.run(b.f.get_many({1, 2}));
    b.clock.advance(10s);
    b.from->version = 2;
    b.from->gate.emplace();
    auto all = b.start(b.f.get_many({1, 2}));
    auto again = b.start(b.f.get_many({2, 1}));
    b.drain();
    CHECK(flat(all.get()) == list{1001, 2001});
    CHECK(flat(again.get()) == list{2001, 1001});
    CHECK(b.many->asked == std::vector<list>{{1, 2}, {1, 2}});
    b.from->gate->set();
    b.drain();
    CHECK(flat(b.run(b.f.get_many({1, 2}))) == list{1002, 2002});
    CHECK(b.f.stats().stale == 4);
    b.settled(8);
}

TEST_CASE("get_many: errors are remembered like those of single calls")
{
    many_bench b(shared_loads().error_ttl(10s));
    b.many->fail = {2};
    b.run(b.f.get_many({1, 2}));
    b.many->fail.clear();
    CHECK(flat(b.run(b.f.get_many({1, 2}))) == list{1001, -1});
    CHECK_THROWS_AS(b.now(2), load_failed);
    b.clock.advance(10s);
    CHECK(flat(b.run(b.f.get_many({1, 2}))) == list{1001, 2001});
    b.settled(7);
}

TEST_CASE("get_many: no_store() leaves nothing behind, fresh() loads what is too old")
{
    many_bench b;
    CHECK(flat(b.run(b.f.with(coffer::call_terms().no_store()).get_many({1, 2}))) ==
          list{1001, 2001});
    CHECK(b.f.stats().near_entries == 0);
    b.run(b.f.put(1, 42));
    b.clock.advance(1s);
    CHECK(flat(b.run(b.f.with(coffer::call_terms().fresh(1s)).get_many({1}))) == list{42});
    CHECK(flat(b.run(b.f.with(coffer::call_terms().fresh(0s)).get_many({1}))) == list{1001});
    b.settled(4);
}
