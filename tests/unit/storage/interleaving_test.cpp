// SPDX-License-Identifier: BSL-1.0
// Every interleaving of readers that load and fill with writers that commit and invalidate, over a
// real storage: the schedules under which caches elsewhere keep an older value.
#include <coffer/storage/memory_storage.hpp>

#include "support/coro_test.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using coffer::acquired_state;
using coffer::entry;
using coffer::invalidation;
using coffer::storage_key;
using coffer::storage_ptr;
namespace asio = boost::asio;

namespace {

enum class change { hard, soft, bump, clear, put };

/// What takes part, and how it protects itself.
struct setup {
    change how = change::hard;
    int readers = 2;
    int writers = 1;
    bool warm = false;     // an entry is there at first
    bool evicts = false;   // somewhere in between everything is evicted
    bool replica = false;  // loads read a copy that follows later
    bool snapshot = false; // a reader's load sees what was there when it began, before the acquire
    bool floors = false;   // loads know their version, and invalidations bring one
    bool hold = false;     // writers hold the key from before the commit to after the invalidation
    bool blind = false;    // the mistake: a put instead of a fill
};

class world {
public:
    world(asio::io_context& io, storage_ptr store, const setup& how, std::size_t number)
        : io_(io), store_(std::move(store)), setup_(how),
          key_("space" + std::to_string(number), "group", "k")
    {
        if (setup_.warm)
            run(store_->put(key_, made(0)));
    }

    void step(int actor)
    {
        if (actor < setup_.readers)
            read(readers_.at(static_cast<std::size_t>(actor)));
        else if (actor < setup_.readers + setup_.writers)
            write(writers_.at(static_cast<std::size_t>(actor - setup_.readers)));
        else if (setup_.evicts)
            run(store_->put(storage_key("flood", "", "x"), entry("x")));
        else
            replica_ = db_;
    }

    /// A value older than the newest is left, or a fresh hit was older than what had been said.
    bool stale()
    {
        const auto left = run(store_->get(key_));
        const bool old_left = left && left->is_fresh() && std::stoi(left->payload) < db_;
        return old_left || old_hit_;
    }

private:
    struct reader {
        int at = 0;
        int value = 0;
        coffer::lease grant;
    };
    struct writer {
        int at = 0;
        int version = 0;
    };

    template <class T>
    T run(asio::awaitable<T> operation)
    {
        return support::run(io_, std::move(operation));
    }
    void run(asio::awaitable<void> operation) { support::run(io_, std::move(operation)); }

    entry made(int value) const
    {
        entry result(std::to_string(value));
        result.grace = setup_.how == change::soft ? 1h : 0h;
        result.tags = {"tag"};
        if (setup_.floors)
            result.version = static_cast<std::uint64_t>(value);
        return result;
    }

    void read(reader& by)
    {
        const int step = by.at++;
        if (setup_.snapshot ? step == 0 : step == 1)
            by.value = setup_.replica ? replica_ : db_;
        else if (setup_.snapshot ? step == 1 : step == 0)
            look(by);
        else if (setup_.blind)
            run(store_->put(key_, made(by.value)));
        else if (by.grant)
            run(store_->fill(key_, by.grant, made(by.value)));
    }

    void look(reader& by)
    {
        const int least = announced_;
        const auto answer = run(store_->acquire(key_, 1h));
        if (answer.state == acquired_state::hit && std::stoi(answer.found->payload) < least)
            old_hit_ = true;
        by.grant = answer.grant;
    }

    void write(writer& by)
    {
        const int step = by.at++;
        if (setup_.hold && step == 0)
            run(store_->hold(key_, "writer", 1h));
        else if (step == (setup_.hold ? 1 : 0))
            by.version = commit();
        else if (step == (setup_.hold ? 2 : 1))
            announce(by.version);
        else
            run(store_->release(key_, "writer"));
    }

    int commit()
    {
        ++db_;
        if (!setup_.replica)
            replica_ = db_;
        return db_;
    }

    void announce(int version)
    {
        std::optional<std::uint64_t> floor;
        if (setup_.floors)
            floor = static_cast<std::uint64_t>(version);
        if (setup_.how == change::bump)
            run(store_->bump(key_.space, "tag", invalidation::hard));
        else if (setup_.how == change::clear)
            run(store_->clear(key_.space, ""));
        else if (setup_.how == change::put)
            run(store_->put(key_, made(db_))); // what the database holds when it is put
        else
            run(store_->invalidate(
                key_, setup_.how == change::soft ? invalidation::soft : invalidation::hard, floor));
        announced_ = std::max(announced_, version);
    }

    asio::io_context& io_;
    const storage_ptr store_;
    const setup setup_;
    const storage_key key_;
    int db_ = 0;
    int replica_ = 0;
    int announced_ = 0; // the newest version whose invalidation has returned
    bool old_hit_ = false;
    std::array<reader, 2> readers_;
    std::array<writer, 2> writers_;
};

struct tally {
    std::size_t schedules = 0;
    std::size_t stale = 0;
};

tally every_schedule(const setup& how)
{
    std::vector<int> order; // actors in the order of their steps; sorted: the first permutation
    int actor = 0;
    for (int i = 0; i < how.readers; ++i, ++actor)
        order.insert(order.end(), 3, actor);
    for (int i = 0; i < how.writers; ++i, ++actor)
        order.insert(order.end(), how.hold ? 4 : 2, actor);
    if (how.evicts || how.replica)
        order.push_back(actor);

    asio::io_context io;
    coffer::memory_storage_options bounds;
    bounds.max_markers(1'000'000).max_floors(1'000'000);
    if (how.evicts)
        bounds.max_entries(1);
    const auto store = coffer::memory_storage(bounds);
    tally result;
    do {
        world here(io, store, how, result.schedules++);
        for (int next : order)
            here.step(next);
        result.stale += here.stale() ? 1 : 0;
    } while (std::next_permutation(order.begin(), order.end()));
    return result;
}

setup with(change how)
{
    setup result;
    result.how = how;
    return result;
}

} // namespace

TEST_CASE("interleaving: the checker finds the older value that a blind fill leaves")
{
    setup blind;
    blind.blind = true;
    const tally found = every_schedule(blind);
    CHECK(found.schedules == 560);
    CHECK(found.stale > 0);
}

TEST_CASE("interleaving H1: no schedule of two readers and a writer leaves an older value")
{
    for (change how : {change::hard, change::soft, change::bump, change::clear, change::put}) {
        for (bool warm : {false, true}) {
            setup basic = with(how);
            basic.warm = warm;
            CAPTURE(static_cast<int>(how));
            const tally found = every_schedule(basic);
            CHECK(found.schedules == 560);
            CHECK(found.stale == 0);
        }
    }
}

TEST_CASE("interleaving H2: nor does any of two readers and two writers")
{
    setup two = with(change::hard);
    two.writers = 2;
    const tally found = every_schedule(two);
    CHECK(found.schedules == 25'200);
    CHECK(found.stale == 0);
}

TEST_CASE("interleaving H3: nor when everything is evicted somewhere in between")
{
    for (change how : {change::hard, change::bump, change::clear}) {
        setup evicted = with(how);
        evicted.evicts = true;
        const tally found = every_schedule(evicted);
        CHECK(found.schedules == 5'040);
        CHECK(found.stale == 0);
    }
}

TEST_CASE("interleaving H4: a lagging replica leaves an older value, unless floors are used")
{
    setup lagging = with(change::hard);
    lagging.replica = true;
    CHECK(every_schedule(lagging).stale > 0); // the lease alone cannot know
    lagging.floors = true;
    const tally found = every_schedule(lagging);
    CHECK(found.schedules == 5'040);
    CHECK(found.stale == 0);
}

TEST_CASE("interleaving H6: so does a load from an old snapshot, unless floors are used")
{
    setup old = with(change::hard);
    old.snapshot = true;
    CHECK(every_schedule(old).stale > 0);
    old.floors = true;
    CHECK(every_schedule(old).stale == 0);
}

TEST_CASE("interleaving: a hold from before the commit changes nothing for the worse")
{
    setup held = with(change::hard);
    held.hold = true;
    held.readers = 1;
    held.warm = true;
    const tally found = every_schedule(held);
    CHECK(found.schedules == 35);
    CHECK(found.stale == 0);
}
