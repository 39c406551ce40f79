// SPDX-License-Identifier: BSL-1.0
#include <coffer/storage/memory_storage.hpp>

#include <coffer/storage/null_storage.hpp>
#include <coffer/testing/manual_clock.hpp>

#include "support/coro_test.hpp"

#include <cstdint>
#include <limits>
#include <set>

using namespace std::chrono_literals;
using coffer::entry;
using coffer::errc;
using coffer::fill_state;
using coffer::invalidation;
using coffer::memory_storage;
using coffer::memory_storage_options;
using coffer::storage_key;
using coffer::storage_ptr;
namespace asio = boost::asio;

namespace {

storage_key key(const std::string& id)
{
    return storage_key("space", "group", id);
}

entry value(std::string bytes)
{
    return entry(std::move(bytes));
}

asio::awaitable<bool> has(storage_ptr in, std::string id)
{
    auto found = co_await in->get(key(id));
    co_return found.has_value();
}

asio::awaitable<std::set<std::string>> walk(storage_ptr in, std::size_t about)
{
    std::set<std::string> ids;
    std::string from;
    do {
        auto page = co_await in->scan("space", from, about);
        for (const storage_key& one : page.keys)
            ids.insert(one.id);
        from = page.next;
    } while (!from.empty());
    co_return ids;
}

} // namespace

TEST_CASE("memory storage: bounds of zero, and bounds that hold no entry, are refused by name")
{
    CHECK_THROWS_AS(memory_storage_options().max_entries(0), std::invalid_argument);
    CHECK_THROWS_AS(memory_storage_options().max_bytes(0), std::invalid_argument);
    CHECK_THROWS_AS(memory_storage_options().max_key(0), std::invalid_argument);
    CHECK_THROWS_AS(memory_storage_options().max_value(0), std::invalid_argument);
    CHECK_THROWS_AS(memory_storage_options().max_markers(0), std::invalid_argument);
    CHECK_THROWS_AS(memory_storage_options().max_floors(0), std::invalid_argument);
    CHECK_THROWS_AS(memory_storage_options().max_holds(0), std::invalid_argument);
    CHECK_THROWS_AS(memory_storage(memory_storage_options().max_bytes(10)), std::invalid_argument);
    CHECK_THROWS_AS(memory_storage(memory_storage_options().max_bytes(10'000).max_value(9'990)),
                    std::invalid_argument);
    CHECK_NOTHROW(memory_storage(memory_storage_options().max_bytes(10'000)));
}

CORO_TEST("memory storage: says what it is, and its limits")
{
    auto store = memory_storage(memory_storage_options().max_entries(7).max_bytes(1'000'000));
    CHECK(store->describe() == "memory storage of at most 7 entries and 1000000 bytes");
    CHECK(store->limits().max_value == 250'000);
    CHECK(store->able().has(coffer::capability::leases));
    CHECK_FALSE(store->able().has(coffer::capability::shared));
    co_return;
}

CORO_TEST("memory storage: the entry used longest ago makes room for the newest")
{
    auto store = memory_storage(memory_storage_options().max_entries(3));
    for (const char* id : {"a", "b", "c"})
        co_await store->put(key(id), value("1"));
    const bool read = co_await has(store, "a");
    CHECK(read);
    co_await store->put(key("d"), value("1"));
    const auto left = co_await walk(store, 100);
    CHECK(left == std::set<std::string>{"a", "c", "d"});
}

CORO_TEST("memory storage: bytes are bounded as well")
{
    auto store = memory_storage(memory_storage_options().max_bytes(20'000).max_value(4'000));
    for (int i = 0; i < 100; ++i)
        co_await store->put(key(std::to_string(i)), value(std::string(4'000, 'x')));
    const auto left = co_await walk(store, 100);
    CHECK(left.size() >= 2);
    CHECK(left.size() <= 5);
    CHECK(left.contains("99"));
}

CORO_TEST("memory storage: an evicted lease is no permission to fill")
{
    auto store = memory_storage(memory_storage_options().max_entries(2));
    auto mine = co_await store->acquire(key("a"), 10s);
    REQUIRE(mine.grant);
    co_await store->put(key("b"), value("1"));
    co_await store->put(key("c"), value("1"));
    const auto state = co_await store->fill(key("a"), mine.grant, value("old"));
    CHECK(state == fill_state::lease_lost);
    const bool there = co_await has(store, "a");
    CHECK_FALSE(there);
}

CORO_TEST("memory storage: an evicted entry keeps its floor and its hold")
{
    auto store = memory_storage(memory_storage_options().max_entries(1));
    co_await store->invalidate(key("a"), invalidation::hard, 5);
    co_await store->hold(key("h"), "tx", 10s);
    for (const char* id : {"x", "y", "z"})
        co_await store->put(key(id), value("1"));
    auto mine = co_await store->acquire(key("a"), 10s);
    entry old = value("old");
    old.version = 4;
    const auto below = co_await store->fill(key("a"), mine.grant, old);
    CHECK(below == fill_state::below_floor);
    auto held = co_await store->acquire(key("h"), 10s);
    CHECK(held.state == coffer::acquired_state::bypass);
}

CORO_TEST("memory storage: forgotten tag markers cost misses, never staleness")
{
    auto store = memory_storage(memory_storage_options().max_markers(2));
    entry tagged = value("old");
    tagged.tags = {"t"};
    co_await store->put(key("a"), tagged);
    auto loading = co_await store->acquire(key("late"), 10s);
    co_await store->bump("space", "t", invalidation::hard);
    for (int i = 0; i < 10; ++i)
        co_await store->bump("space", "other" + std::to_string(i), invalidation::hard);
    const bool there = co_await has(store, "a");
    CHECK_FALSE(there);
    const auto late = co_await store->fill(key("late"), loading.grant, tagged);
    CHECK(late == fill_state::lease_lost);

    co_await store->put(key("a"), tagged); // the strictness ends with what is stored anew
    const bool again = co_await has(store, "a");
    CHECK(again);
}

CORO_TEST("memory storage: forgotten clears cost misses, never staleness")
{
    auto store = memory_storage(memory_storage_options().max_markers(1));
    co_await store->put(key("a"), value("old"));
    co_await store->clear("space", "");
    for (int i = 0; i < 5; ++i)
        co_await store->clear("other" + std::to_string(i), "");
    const bool there = co_await has(store, "a");
    CHECK_FALSE(there);
}

CORO_TEST("memory storage: a counter that would leave its range stays, or stops at its floor")
{
    auto store = memory_storage();
    coffer::counter_terms least;
    least.initial = std::numeric_limits<std::int64_t>::min();
    bool refused = false;
    try {
        co_await store->increment(key("c"), -1, least);
    } catch (const boost::system::system_error& failure) {
        refused = failure.code() == errc::not_a_counter;
    }
    CHECK(refused);
    const auto same = co_await store->increment(key("c"), 0, least);
    CHECK(same == least.initial);
    least.floor = -5;
    const auto raised = co_await store->increment(key("c"), -1, least);
    CHECK(raised == -5);
    const auto read = co_await store->get(key("c"));
    CHECK(read->payload == "-5");
}

CORO_TEST("memory storage: too many holds are an error, not a lost protection")
{
    auto store = memory_storage(memory_storage_options().max_holds(1));
    co_await store->hold(key("a"), "tx1", 10s);
    bool refused = false;
    try {
        co_await store->hold(key("b"), "tx2", 10s);
    } catch (const boost::system::system_error& failure) {
        refused = failure.code() == errc::overloaded;
    }
    CHECK(refused);
    auto held = co_await store->acquire(key("a"), 10s);
    CHECK(held.state == coffer::acquired_state::bypass);
}

CORO_TEST("memory storage: a walk sees what stays, whatever comes and goes meanwhile")
{
    auto store = memory_storage();
    for (int i = 0; i < 2'000; ++i)
        co_await store->put(key("stays" + std::to_string(i)), value("1"));
    std::set<std::string> seen;
    std::string from;
    int round = 0;
    do {
        auto page = co_await store->scan("space", from, 50);
        for (const storage_key& one : page.keys)
            seen.insert(one.id);
        from = page.next;
        co_await store->put(key("comes" + std::to_string(++round)), value("1"));
        const std::string gone = "comes" + std::to_string(round - 1);
        co_await store->invalidate(key(gone), invalidation::hard, std::nullopt);
    } while (!from.empty());
    CHECK(round > 10); // about 50 keys a page, not all at once
    for (int i = 0; i < 2'000; ++i)
        CHECK(seen.contains("stays" + std::to_string(i)));
}

CORO_TEST("memory storage: a walk from a place nobody named is refused")
{
    auto store = memory_storage();
    for (const char* from : {"x", "1x", "-1", "99999999999999999999999"}) {
        bool refused = false;
        try {
            auto page = co_await store->scan("space", from, 10);
        } catch (const std::invalid_argument&) {
            refused = true;
        }
        CHECK(refused);
    }
    auto past = co_await store->scan("space", "1000000", 10);
    CHECK(past.keys.empty());
    CHECK(past.next.empty());
}

CORO_TEST("memory storage: an entry read between two soft bumps ages from the first")
{
    coffer::testing::manual_clock time;
    auto store = memory_storage(memory_storage_options().clock(time));
    entry tagged = value("v");
    tagged.tags = {"t"};
    tagged.grace = 10s;
    co_await store->put(key("a"), tagged);
    co_await store->bump("space", "t", invalidation::soft);
    time.advance(6s);
    auto stale = co_await store->get(key("a"));
    REQUIRE(stale);
    CHECK(*stale->fresh_for == -6s);
    co_await store->bump("space", "t", invalidation::soft);
    time.advance(4s);
    const bool there = co_await has(store, "a");
    CHECK_FALSE(there);
}

CORO_TEST("memory storage: the lifetime `inherit` must be resolved before")
{
    auto store = memory_storage();
    entry one = value("v");
    one.lifetime = coffer::ttl::inherit();
    bool refused = false;
    try {
        co_await store->put(key("a"), one);
    } catch (const std::invalid_argument&) {
        refused = true;
    }
    CHECK(refused);
}

CORO_TEST("null storage: every read is a miss, and nobody waits for a lease")
{
    auto store = coffer::null_storage();
    const auto state = co_await store->put(key("a"), value("v"));
    CHECK(state == fill_state::stored);
    const bool there = co_await has(store, "a");
    CHECK_FALSE(there);
    for (int i = 0; i < 2; ++i) {
        auto answer = co_await store->acquire(key("a"), 1s);
        CHECK(answer.state == coffer::acquired_state::leased);
        CHECK_FALSE(answer.grant);
    }
    CHECK(store->describe() == "null storage");
    co_await store->close();
    CHECK_THROWS_AS(support::run(store->get(key("a"))), boost::system::system_error);
}
