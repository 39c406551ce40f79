// SPDX-License-Identifier: BSL-1.0
#include <coffer/memory/memory_cache.hpp>
#include <coffer/testing/manual_clock.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using coffer::memory_options;
using coffer::removal_cause;
using coffer::value_slot;
using std::string;

namespace {

using cache_type = coffer::memory_cache<int, string>;
using slot_type = value_slot<string>;

struct fixture {
    explicit fixture(const memory_options& options = {})
        : cache(memory_options(options).clock(clock),
                cache_type::hooks()
                    .weigher([this](int, const string& value) {
                        if (value == weigher_throws)
                            throw std::runtime_error("weigher");
                        return value.size();
                    })
                    .on_removal([this](int, const string& value, removal_cause why) {
                        heard.push_back(value + ' ' + to_string(why));
                    }))
    {}
    ~fixture() { cache.check_invariants(); }

    coffer::testing::manual_clock clock;
    std::vector<string> heard;
    string weigher_throws = "never this";
    cache_type cache;
};

} // namespace

TEST_CASE("compute: changes a value in place, and its weight follows")
{
    fixture test;
    test.cache.put(1, "ab");
    CHECK(test.cache.compute(1, [](slot_type& slot) { *slot += "cde"; }));
    CHECK(test.cache.get(1) == "abcde");
    CHECK(test.cache.weight() == 5);
    CHECK(test.heard.empty()); // the value never left
}

TEST_CASE("compute: may set a first value, with its own time to live or the default")
{
    fixture test(memory_options().ttl(10s));
    CHECK(test.cache.compute(1, [](slot_type& slot) {
        CHECK_FALSE(slot.has_value());
        slot = "default";
    }));
    CHECK(test.cache.compute(2, [](slot_type& slot) {
        slot = "own";
        slot.lifetime(1s);
    }));
    test.clock.advance(1s);
    CHECK(test.cache.contains(1));
    CHECK_FALSE(test.cache.contains(2));
    test.clock.advance(9s);
    CHECK_FALSE(test.cache.contains(1));
}

TEST_CASE("compute: an assigned value replaces the old one, which the listener gets")
{
    fixture test;
    test.cache.put(1, "old");
    CHECK(test.cache.compute(1, [](slot_type& slot) {
        slot = slot.value() + "er";
        CHECK(slot->size() == 5);
    }));
    CHECK(test.cache.get(1) == "older");
    CHECK(test.heard == std::vector<string>{"old replaced"});
}

TEST_CASE("compute: reset erases, and the listener gets the value")
{
    fixture test;
    test.cache.put(1, "gone");
    CHECK_FALSE(test.cache.compute(1, [](slot_type& slot) { slot.reset(); }));
    CHECK(test.cache.size() == 0);
    CHECK(test.heard == std::vector<string>{"gone invalidated"});
    CHECK_FALSE(test.cache.compute(2, [](slot_type& slot) { slot.reset(); }));
    CHECK(test.heard.size() == 1);
}

TEST_CASE("compute: what was assigned and then reset was never there")
{
    fixture test;
    test.cache.put(1, "old");
    CHECK_FALSE(test.cache.compute(1, [](slot_type& slot) {
        slot = "new";
        slot.reset();
        CHECK_FALSE(slot);
    }));
    CHECK(test.heard == std::vector<string>{"old invalidated"});
    CHECK(test.cache.compute(1, [](slot_type& slot) {
        slot.reset();
        slot = "newer";
    }));
    CHECK(test.cache.get(1) == "newer");
}

TEST_CASE("compute: looking alone changes nothing")
{
    fixture test(memory_options().ttl(10s));
    test.cache.put(1, "a");
    test.clock.advance(5s);
    CHECK(test.cache.compute(1, [](const slot_type& slot) { CHECK(slot.value() == "a"); }));
    CHECK_FALSE(test.cache.compute(2, [](const slot_type& slot) { CHECK_FALSE(slot); }));
    test.clock.advance(5s);
    CHECK_FALSE(test.cache.contains(1));
    CHECK(test.cache.stats().gets() == 0);
}

TEST_CASE("compute: a change in place keeps the deadline, an expired value is not seen")
{
    fixture test(memory_options().ttl(10s));
    test.cache.put(1, "a");
    test.clock.advance(9s);
    test.cache.compute(1, [](slot_type& slot) { *slot = "b"; });
    test.clock.advance(1s);
    CHECK_FALSE(
        test.cache.compute(1, [](const slot_type& slot) { CHECK_FALSE(slot.has_value()); }));
    CHECK(test.heard == std::vector<string>{"b expired"});
}

TEST_CASE("compute: a function that throws before it changed anything leaves the entry")
{
    fixture test;
    test.cache.put(1, "a");
    CHECK_THROWS_WITH(test.cache.compute(1,
                                         [](slot_type& slot) {
                                             slot = slot.value() + "!";
                                             throw std::runtime_error("f");
                                         }),
                      "f");
    CHECK(test.cache.get(1) == "a");
    CHECK_THROWS(test.cache.compute(2, [](slot_type&) { throw std::runtime_error("f"); }));
    CHECK(test.heard.empty());
}

TEST_CASE("compute: a function that throws after a change in place loses the entry")
{
    fixture test;
    test.cache.put(1, "a");
    CHECK_THROWS_AS(test.cache.compute(1,
                                       [](slot_type& slot) {
                                           *slot = "half";
                                           throw std::runtime_error("f");
                                       }),
                    std::runtime_error);
    CHECK_FALSE(test.cache.contains(1));
    CHECK(test.heard == std::vector<string>{"half invalidated"});
}

TEST_CASE("compute: so does a weigher that throws; of an assigned value it only refuses that")
{
    fixture test;
    test.weigher_throws = "bad";
    test.cache.put(1, "a");
    CHECK_THROWS_AS(test.cache.compute(1, [](slot_type& slot) { slot = "bad"; }),
                    std::runtime_error);
    CHECK(test.cache.get(1) == "a");
    CHECK_THROWS_AS(test.cache.compute(1, [](slot_type& slot) { *slot = "bad"; }),
                    std::runtime_error);
    CHECK_FALSE(test.cache.contains(1));
    CHECK(test.heard == std::vector<string>{"bad invalidated"});
}

TEST_CASE(
    "compute: a value that grew too heavy leaves, one that was assigned too heavy never enters")
{
    fixture test(memory_options().weight(5));
    test.cache.put(1, "abc");
    CHECK_FALSE(test.cache.compute(1, [](slot_type& slot) { *slot += "defg"; }));
    CHECK_FALSE(test.cache.contains(1));
    test.cache.put(1, "abc");
    CHECK_FALSE(test.cache.compute(1, [](slot_type& slot) { slot = "abcdefg"; }));
    CHECK_FALSE(test.cache.contains(1));
    CHECK(test.heard == std::vector<string>{"abcdefg size", "abc replaced", "abcdefg size"});
    CHECK(test.cache.stats().rejected == 1);
}

TEST_CASE("compute: a value that grew evicts others, in other shards too, but not itself")
{
    for (const std::size_t shards : {1U, 16U}) {
        fixture test(memory_options().weight(20).shards(shards));
        for (int key = 0; key < 10; ++key)
            test.cache.put(key, "xx");
        CHECK(test.cache.compute(0, [](slot_type& slot) { slot->resize(20, 'y'); }));
        CHECK(test.cache.get(0) == string("xx") + string(18, 'y'));
        CHECK(test.cache.size() == 1);
        CHECK(test.heard.size() == 9);
    }
}

TEST_CASE("compute: with a zero time to live an assigned value is refused, the old one gone")
{
    fixture test;
    test.cache.put(1, "old");
    CHECK_FALSE(test.cache.compute(1, [](slot_type& slot) {
        slot = "new";
        slot.lifetime(0s);
    }));
    CHECK(test.heard == std::vector<string>{"old replaced", "new expired"});
}

TEST_CASE("compute: works on values that cannot be copied")
{
    coffer::memory_cache<int, std::unique_ptr<int>> cache;
    using slot = value_slot<std::unique_ptr<int>>;
    cache.compute(1, [](slot& view) { view = std::make_unique<int>(1); });
    cache.compute(1, [](slot& view) { ++**view; });
    int seen = 0;
    cache.visit(1, [&](const std::unique_ptr<int>& value) { seen = *value; });
    CHECK(seen == 2);
}
