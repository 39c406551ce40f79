// SPDX-License-Identifier: BSL-1.0
// Subscriptions, while slots and masters change.
#include "cluster_fixture.hpp"

using namespace redis_test;

namespace {

/// Publishes until somebody gets it, and reads it; says how many `lagged` came before.
int reach(connected& on, redis::subscription& box, const char* command, const std::string& channel)
{
    long reached = 0;
    on.run_until([&] {
        reached = reached > 0 ? reached : on.exec<long>(command, channel, "again");
        return reached > 0;
    });
    int gaps = 0;
    for (;;) {
        const auto next = on.run(box.next());
        if (!next.lagged()) {
            CHECK(next.text == "again");
            return gaps;
        }
        ++gaps;
    }
}

} // namespace

TEST_CASE("redis cluster: channels of all kinds, those that are sharded on the node of their slot")
{
    for (const char* rest : {"", "?protocol=2"}) {
        CAPTURE(rest);
        on_cluster on(rest);
        redis::channels wanted("news");
        wanted.pattern("alarm:*");
        for (unsigned slot : {slot_of_first, slot_of_second, slot_of_third})
            wanted.sharded(key_in(slot));
        auto all = subscribe(on, wanted);
        on.exec<long>("PUBLISH", "news", "one");
        CHECK(on.run(all->next()).text == "one");
        on.exec<long>("PUBLISH", "alarm:fire", "two");
        CHECK(on.run(all->next()).text == "two");
        for (unsigned slot : {slot_of_first, slot_of_second, slot_of_third}) {
            CHECK(on.exec<long>("SPUBLISH", key_in(slot), "three") == 1);
            CHECK(on.run(all->next()).channel == key_in(slot));
        }
        all.reset();
        on.run_until([&] { return on.exec<long>("SPUBLISH", key_in(slot_of_first), "x") == 0; });
    }
}

TEST_CASE("redis cluster: a sharded channel follows its slot, and its reader is told of the gap")
{
    for (const char* rest : {"", "?protocol=2"}) {
        CAPTURE(rest);
        on_cluster on(rest);
        const auto channel = key_in(slot_of_first);
        auto news = subscribe(on, redis::channels().sharded(channel));
        on.exec<long>("SPUBLISH", channel, "before");
        CHECK(on.run(news->next()).text == "before");
        shared_cluster().move_slot(slot_of_first, 1);
        CHECK(reach(on, *news, "SPUBLISH", channel) == 1);
        shared_cluster().move_slot(slot_of_first, 0);
        CHECK(reach(on, *news, "SPUBLISH", channel) == 1);
    }
}

TEST_CASE("redis cluster: channels are taken up elsewhere when their node is killed")
{
    redis_cluster own(3, 1);
    connected on(redis::config(own.url()).pause(10ms, 200ms));
    const auto channel = key_in(slot_of_first);
    auto sharded = subscribe(on, redis::channels().sharded(channel));
    auto common = subscribe(on, "news");
    own.await_replicas();
    // The node of the common ones is any of the masters.
    for (std::size_t each : {0u, 1u}) {
        own.kill(each);
        own.await_new_owner(each == 0 ? slot_of_first : slot_of_second, each);
        reach(on, *sharded, "SPUBLISH", channel);
        reach(on, *common, "PUBLISH", "news");
        own.restart(each);
        own.await_replicas();
    }
}
