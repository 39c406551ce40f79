// SPDX-License-Identifier: BSL-1.0
// The storage over several servers: marks and entries are on different ones.
#include "fault_world.hpp"

#include "support/conformance.hpp"
#include "support/servers/redis_cluster.hpp"

#include <set>

using namespace support;
using coffer::entry;
using coffer::fill_state;
using coffer::invalidation;
using coffer::storage_key;
using coffer::storage_ptr;

namespace {

redis_cluster& shared_cluster()
{
    static redis_cluster cluster;
    return cluster;
}

redis_storage storage_in(client_thread& on, const redis_storage_options& how,
                         const redis_cluster& cluster = shared_cluster())
{
    return redis_storage(on.executor(), coffer::redis::config(cluster.url("?deadline=20s")), how);
}

/// The node that has a name which matches.
std::size_t node_with(const redis_cluster& cluster, const std::string& pattern)
{
    for (std::size_t i = 0; i < cluster.size(); ++i)
        if (cluster.is_master(i) && !cluster.ask(i, {"KEYS", pattern}).empty())
            return i;
    FAIL("no node has " << pattern);
    return 0;
}

/// Ids whose entries are on each of three nodes, some of them in a slot of their own choice.
const std::vector<std::string>& ids()
{
    static const std::vector<std::string> all = [] {
        std::vector<std::string> made{"", "}", "{", "{}", "}{", "a{b}c", "x}y{z}", "*", "k\\{z}"};
        for (int i = 0; i < 60; ++i)
            made.push_back(std::to_string(i));
        made.push_back(std::string(5'000, '{'));
        made.push_back(std::string(5'000, '}') + "{z}");
        return made;
    }();
    return all;
}

asio::awaitable<std::set<std::string>> walk(storage_ptr store, std::string space)
{
    std::set<std::string> all;
    std::string from;
    do {
        auto asking = store->scan(space, from, 100);
        const auto page = co_await std::move(asking);
        for (const storage_key& key : page.keys)
            all.insert(key.id);
        from = page.next;
    } while (!from.empty());
    co_return all;
}

asio::awaitable<std::string> wait_for(storage_ptr store, storage_key key)
{
    for (;;) {
        const coffer::event over;
        coffer::lease_terms terms(60s);
        terms.wake(over);
        const auto got = co_await store->acquire(key, terms);
        if (got.found)
            co_return got.found->payload;
        co_await over.wait_until(coffer::clock(), coffer::clock().now() + got.retry_after);
    }
}

} // namespace

TEST_CASE("conformance: the Redis storage passes every check in a cluster")
{
    client_thread on;
    const auto options =
        redis_storage_options().prefix("conformance").max_value(1 << 20).max_key(20'000);
    auto make = [&on, options]() -> storage_ptr { return storage_in(on, options); };
    support::conforms(coffer::testing::storage_subject(make), {});
}

TEST_CASE("redis storage in a cluster: batches, clears and walks reach every node")
{
    client_thread on;
    const auto store = storage_in(on, redis_storage_options().prefix(new_prefix()));
    std::vector<storage_key> keys;
    std::vector<entry> values;
    for (const std::string& id : ids()) {
        keys.push_back(key_of(id, "s}p"));
        values.emplace_back("value of " + id);
    }
    for (const fill_state one : on.run(store->put_many(keys, values)))
        CHECK(one == fill_state::stored);
    for (std::size_t i = 0; i < 3; ++i)
        CHECK(shared_cluster().ask(i, {"KEYS", last_prefix() + ":s*"}).size() > 5);
    const auto before = store.stats().trips;
    const auto found = on.run(store->get_many(keys));
    CHECK(store.stats().trips == before + 1);
    for (std::size_t i = 0; i < keys.size(); ++i)
        CHECK(found[i].value().payload == values[i].payload);
    CHECK(on.run(walk(store, "s}p")) == std::set<std::string>(ids().begin(), ids().end()));
    on.run(store->clear("s}p", ""));
    for (const auto& one : on.run(store->get_many(keys)))
        CHECK(!one);
    CHECK(on.run(walk(store, "s}p")).empty());
}

TEST_CASE("redis storage in a cluster: one node that has lost the scripts gets them again")
{
    client_thread on;
    const auto store = storage_in(on, redis_storage_options().prefix(new_prefix()));
    on.run(put(store, "k", "v"));
    for (std::size_t i = 0; i < 3; ++i) {
        shared_cluster().ask(i, {"SCRIPT", "FLUSH"});
        for (int id = 0; id < 30; ++id)
            on.run(put(store, std::to_string(id), "v"));
        CHECK(store.stats().reloads == i + 1);
    }
}

TEST_CASE("redis storage in a cluster: reads of replicas do not make for stale entries")
{
    redis_cluster cluster(1, 1);
    client_thread on;
    auto where = coffer::redis::config(cluster.url("?deadline=20s"));
    where.read_from(coffer::redis::read_policy::prefer_replica);
    const redis_storage store(on.executor(), where);
    on.run(put(store, "k", "v", {"tag"}));
    // What the replica has not heard of is read at the master.
    cluster.pause(1);
    on.run(store->bump("space", "tag", invalidation::hard));
    CHECK(!on.run(read(store, "k")));
    cluster.resume(1);
}

TEST_CASE("redis storage in a cluster: who waits for a load is told by any node")
{
    client_thread one;
    client_thread two;
    const auto how = redis_storage_options().prefix(new_prefix()).poll(1h);
    const auto here = storage_in(one, how);
    const auto there = storage_in(two, how);
    for (int id = 0; id < 12; ++id) {
        const storage_key key = key_of(std::to_string(id));
        const auto mine = one.run(here->acquire(key, 60s));
        auto waiting = asio::co_spawn(two.executor(), wait_for(there, key), asio::use_future);
        const std::string name = last_prefix() + ":space:group:" + key.id;
        const std::size_t node = node_with(shared_cluster(), name);
        for (int i = 0; i < 1'000; ++i) {
            if (!shared_cluster().ask(node, {"HGET", name, "w"}).at(0).empty())
                break;
            std::this_thread::sleep_for(10ms);
        }
        one.run(here->fill(key, mine.grant, entry("v")));
        REQUIRE_MESSAGE(waiting.wait_for(60s) == std::future_status::ready, "it hangs");
        CHECK(waiting.get() == "v");
    }
}

TEST_CASE("redis storage in a cluster: the check tells of each node that evicts")
{
    redis_cluster cluster(2, 0, {"--maxmemory-policy", "allkeys-lru"});
    client_thread on;
    std::vector<std::string> heard;
    const auto told = [&](const coffer::redis_storage_notice& one) { heard.push_back(one.text); };
    const auto store = storage_in(on, redis_storage_options().on_notice(told), cluster);
    on.run(put(store, "k", "v"));
    REQUIRE(heard.size() == 2);
    for (std::size_t i = 0; i < 2; ++i) {
        const std::string port = std::to_string(cluster.node(i).port());
        CHECK((heard[0].find(port) != std::string::npos) !=
              (heard[1].find(port) != std::string::npos));
    }
}

TEST_CASE("faults: slots move while functions are called")
{
    redis_cluster cluster;
    fault_world in(coffer::redis::config(cluster.url("?deadline=5s")));
    in.await_hits(200);
    for (int round = 0; round < 3; ++round) {
        const std::size_t from = node_with(cluster, "coffer:@*");
        std::set<unsigned> slots; // of the marks, and of entries
        for (const auto& name : cluster.ask(from, {"KEYS", "coffer:*"}))
            slots.insert(redis_cluster::slot_of(name));
        for (const unsigned slot : slots) {
            auto moving = cluster.begin_move(slot, (from + 1) % 3);
            in.await_writes(3);
            while (moving.keys(1))
                in.await_writes(1);
            moving.finish();
        }
        in.await_hits(100);
    }
    in.check();
}

TEST_CASE("faults: a master of the cluster is killed while functions are called")
{
    redis_cluster cluster(3, 1);
    fault_world in(coffer::redis::config(cluster.url("?deadline=500ms")).pause(10ms, 100ms));
    in.await_hits(200);
    // All that was written is at the replicas: what is lost by Redis itself is not asked for here.
    in.hold_writers();
    cluster.await_replicas();
    const std::size_t victim = node_with(cluster, "coffer:@*");
    const unsigned slot = redis_cluster::slot_of(cluster.ask(victim, {"KEYS", "coffer:@*"}).at(0));
    const unsigned before = in.loads();
    cluster.kill(victim);
    in.let_writers();
    cluster.await_new_owner(slot, victim);
    CHECK(in.loads() > before); // it kept answering
    in.await_writes(100);
    in.await_hits(500);
    cluster.restart(victim);
    in.await_hits(200);
    in.check();
}
