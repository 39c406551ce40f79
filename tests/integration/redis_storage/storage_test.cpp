// SPDX-License-Identifier: BSL-1.0
// What the conformance suite cannot know: names, losses, hostile bytes, trips.
#include "fixture.hpp"

#include "support/servers/raw_redis.hpp"

#include <set>

using namespace support;
using coffer::acquired_state;
using coffer::entry;
using coffer::errc;
using coffer::fill_state;
using coffer::invalidation;
using coffer::storage_key;
using coffer::storage_ptr;

namespace {

redis_storage fresh_storage(client_thread& on)
{
    return storage_at(on, redis_storage_options().prefix(new_prefix()));
}

/// A name of the storage made last.
std::string last_name(const std::string& rest)
{
    return last_prefix() + ":" + rest;
}

template <class T>
boost::system::error_code failure_of(client_thread& on, asio::awaitable<T> work)
{
    try {
        on.run(std::move(work));
    } catch (const boost::system::system_error& failed) {
        return failed.code();
    }
    return {};
}

asio::awaitable<std::set<storage_key>> walk(storage_ptr store, std::string space)
{
    std::set<storage_key> all;
    std::string from;
    for (int pages = 0; pages < 1'000; ++pages) {
        auto asking = store->scan(space, from, 100);
        const auto page = co_await std::move(asking);
        all.insert(page.keys.begin(), page.keys.end());
        from = page.next;
        if (from.empty())
            break;
    }
    co_return all;
}

} // namespace

TEST_CASE("redis storage: prefixes have nothing in common, whatever bytes they are of")
{
    client_thread on;
    std::vector<redis_storage> all;
    for (const char* prefix : {"p", "p*", "p?", "[p]", "p:space", "p:@space", "*", "p\\", "p@"})
        all.push_back(storage_at(on, redis_storage_options().prefix(prefix)));
    for (const redis_storage& one : all)
        CHECK(on.run(put(one, "k", "v", {"tag"})) == fill_state::stored);
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (i % 2 == 0)
            on.run(all[i]->clear("space", ""));
        else
            on.run(all[i]->bump("space", "tag", invalidation::hard));
        for (std::size_t j = 0; j < all.size(); ++j) {
            CAPTURE(i);
            CAPTURE(j);
            CHECK(on.run(read(all[j], "k")).has_value() == (j > i));
            CHECK(on.run(walk(all[j], "space")).size() == (j > i ? 1 : 0));
        }
    }
}

TEST_CASE("redis storage: a walk takes a space for what it is, not for a pattern")
{
    client_thread on;
    const auto store = fresh_storage(on);
    const std::vector<std::string> spaces = {"s*", "s?", "s[ab]", "sa", "s\\*", "s^"};
    for (const std::string& space : spaces)
        on.run(store->put(key_of("of " + space, space), entry("v")));
    for (const std::string& space : spaces)
        CHECK(on.run(walk(store, space)) == std::set{key_of("of " + space, space)});
}

TEST_CASE("redis storage: a clear asks for no keys, and takes two commands")
{
    client_thread on;
    const auto store = fresh_storage(on);
    for (int i = 0; i < 50; ++i)
        on.run(put(store, std::to_string(i), "v"));
    shared_server().cli({"CONFIG", "RESETSTAT"});
    const auto before = store.stats();
    on.run(store->clear("space", ""));
    CHECK(store.stats().commands == before.commands + 1);
    const std::string counts = shared_server().cli({"INFO", "commandstats"});
    CHECK(counts.find("cmdstat_evalsha") != counts.npos);
    for (const char* forbidden : {"cmdstat_keys", "cmdstat_scan", "cmdstat_del", "cmdstat_flush"})
        CHECK(counts.find(forbidden) == counts.npos);
    CHECK(!on.run(read(store, "7")));
}

TEST_CASE("redis storage: a flushed server brings nothing old back")
{
    client_thread on;
    redis_server server;
    const auto store = storage_at(on, redis_storage_options(), server);
    on.run(put(store, "k", "old"));
    const auto mine = on.run(store->acquire(key_of("loading"), 60s));
    REQUIRE(mine.grant);
    server.cli({"FLUSHALL"});
    CHECK(!on.run(read(store, "k")));
    CHECK(on.run(store->fill(key_of("loading"), mine.grant, entry("old"))) ==
          fill_state::lease_lost);
    const auto next = on.run(store->acquire(key_of("loading"), 60s));
    CHECK(next.state == acquired_state::leased);
    CHECK(next.grant.sequence > mine.grant.sequence);
    CHECK(on.run(store->fill(key_of("loading"), next.grant, entry("new"))) == fill_state::stored);
    CHECK(on.run(read(store, "loading")) == "new");
}

TEST_CASE("redis storage: lost markers cost misses, and revive nothing")
{
    client_thread on;
    const auto store = fresh_storage(on);
    on.run(put(store, "bumped", "old", {"tag"}));
    on.run(store->bump("space", "tag", invalidation::hard));
    on.run(put(store, "good", "v", {"tag"}));
    const auto mine = on.run(store->acquire(key_of("loading"), 60s));
    CHECK(shared_server().cli({"DEL", last_name("@space")}).starts_with("1"));
    CHECK(!on.run(read(store, "bumped")));
    CHECK(!on.run(read(store, "good")));
    CHECK(on.run(store->fill(key_of("loading"), mine.grant, entry("old"))) ==
          fill_state::lease_lost);
    const auto again = on.run(store->acquire(key_of("good"), 60s));
    CHECK(again.state == acquired_state::leased);
    CHECK(!on.run(read(store, "bumped")));
}

TEST_CASE("redis storage: a number that a fail-over has lost is not given again")
{
    client_thread on;
    const auto store = fresh_storage(on);
    on.run(put(store, "k", "v", {"tag"}));
    // What a replica has that takes over without having heard of the last bump.
    support::raw_redis server(shared_server().socket());
    const std::string marks = last_name("@space");
    const std::string older = server.ask({"DUMP", marks}).at(0);
    on.run(store->bump("space", "other", invalidation::hard));
    const auto mine = on.run(store->acquire(key_of("late"), 60s));
    entry value("from before the second bump");
    value.tags = {"tag"};
    CHECK(on.run(store->fill(key_of("late"), mine.grant, value)) == fill_state::stored);
    server.ask({"RESTORE", marks, "0", older, "REPLACE"});
    CHECK(!on.run(read(store, "late"))); // the server knows of no such number
    on.run(store->bump("space", "tag", invalidation::hard));
    CHECK(!on.run(read(store, "late")));
    CHECK(!on.run(read(store, "k")));
}

TEST_CASE("redis storage: hostile bytes are counted misses")
{
    client_thread on;
    const auto store = fresh_storage(on);
    on.run(put(store, "first", "v"));
    const std::string name = last_name("space:group:");
    for (const char* field : {"e", "q", "b", "f", "x", "g", "t"}) {
        CAPTURE(field);
        const std::string id = std::string("k") + field;
        on.run(put(store, id, "value"));
        shared_server().cli({"HSET", name + id, field, "-not ours"});
        const auto before = store.stats().unreadable;
        CHECK(!on.run(read(store, id)));
        CHECK(store.stats().unreadable == before + 1);
        const auto next = on.run(store->acquire(key_of(id), 60s));
        CHECK(next.state == acquired_state::leased);
        CHECK(on.run(store->fill(key_of(id), next.grant, entry("new"))) == fill_state::stored);
        CHECK(on.run(read(store, id)) == "new");
    }
}

TEST_CASE("redis storage: what is no hash, or another key's entry, is a miss")
{
    client_thread on;
    const auto store = fresh_storage(on);
    on.run(put(store, "a", "of a"));
    const std::string name = last_name("space:group:");
    shared_server().cli({"COPY", name + "a", name + "b"});
    CHECK(!on.run(read(store, "b")));
    shared_server().cli({"SET", name + "c", "text"});
    CHECK(!on.run(read(store, "c")));
    CHECK(store.stats().unreadable == 2);
    const auto next = on.run(store->acquire(key_of("c"), 60s));
    CHECK(next.state == acquired_state::leased);
    shared_server().cli({"SET", name + "d", "text"});
    on.run(store->invalidate(key_of("d"), invalidation::soft, 7));
    shared_server().cli({"SET", last_name("@space"), "text"});
    CHECK(!on.run(read(store, "a")));
    on.run(store->bump("space", "tag", invalidation::hard));
    CHECK(on.run(put(store, "a", "again")) == fill_state::stored);
    CHECK(on.run(read(store, "a")) == "again");
}

TEST_CASE("redis storage: values of 0 bytes to 10 MiB, from its own thread and from another")
{
    client_thread on;
    client_thread elsewhere;
    const auto store = storage_at(on, redis_storage_options().prefix(new_prefix()));
    for (const std::size_t size : {0ul, 1ul, 16'383ul, 16'385ul, 1ul << 20, 10ul << 20}) {
        std::string value(size, '\0');
        for (std::size_t i = 0; i < size; ++i)
            value[i] = static_cast<char>(i * 31 >> 3);
        for (client_thread* from : {&on, &elsewhere}) {
            CHECK(from->run(put(store, "k", value)) == fill_state::stored);
            const bool same = from->run(read(store, "k")) == value;
            CHECK(same);
        }
    }
    const entry beyond(std::string((32ul << 20) + 1, 'v'));
    CHECK(failure_of(on, store->put(key_of("k"), beyond)) == errc::value_too_large);
}

TEST_CASE("redis storage: a batch is one trip")
{
    client_thread on;
    const auto store = fresh_storage(on);
    std::vector<storage_key> keys;
    std::vector<entry> values;
    for (int i = 0; i < 200; ++i) {
        keys.push_back(key_of(std::to_string(i)));
        values.emplace_back(std::to_string(i));
    }
    on.run(store->put_many(keys, values));
    auto trips = [&, last = store.stats().trips]() mutable {
        const auto now = store.stats().trips;
        return now - std::exchange(last, now);
    };
    const auto commands = store.stats().commands;
    CHECK(on.run(store->get_many(keys)).size() == 200);
    CHECK(trips() == 1);
    CHECK(store.stats().commands == commands + 201);
    CHECK(on.run(store->acquire_many(keys, 1s)).at(7).state == acquired_state::hit);
    CHECK(trips() == 1);
    on.run(store->put_many(keys, values));
    CHECK(trips() == 1);
    on.run(store->invalidate_many(keys, invalidation::hard));
    CHECK(trips() == 1);
    std::vector<coffer::lease> grants;
    for (const auto& one : on.run(store->acquire_many(keys, 10s)))
        grants.push_back(one.grant);
    CHECK(trips() == 1);
    for (const fill_state one : on.run(store->fill_many(keys, grants, values)))
        CHECK(one == fill_state::stored);
    CHECK(trips() == 1);
}

TEST_CASE("redis storage: the markers of a tag are asked for once in a while, not at each read")
{
    client_thread on;
    const auto store = fresh_storage(on);
    on.run(put(store, "k", "v", {"tag", "other"}));
    on.run(store->bump("space", "third", invalidation::hard));
    const auto before = store.stats().trips;
    for (int i = 0; i < 10; ++i)
        CHECK(on.run(read(store, "k")) == "v");
    CHECK(store.stats().trips == before + 11);
}

TEST_CASE("redis storage: a long key has a short name, and is told in full")
{
    client_thread on;
    const auto store = fresh_storage(on);
    const std::string tail(5'000, 'k');
    on.run(put(store, "1" + tail, "one"));
    on.run(put(store, "2" + tail, "two"));
    on.run(put(store, "#", "hash"));
    CHECK(on.run(read(store, "1" + tail)) == "one");
    CHECK(on.run(read(store, "2" + tail)) == "two");
    CHECK(on.run(read(store, "#")) == "hash");
    const std::set<storage_key> expected{key_of("1" + tail), key_of("2" + tail), key_of("#")};
    CHECK(on.run(walk(store, "space")) == expected);
    for (const auto& name : {shared_server().cli({"KEYS", last_name("space:*")})})
        CHECK(name.size() < 400);
}

TEST_CASE("redis storage: a server that has lost the scripts gets them again")
{
    client_thread on;
    const auto store = fresh_storage(on);
    on.run(put(store, "k", "v"));
    shared_server().cli({"SCRIPT", "FLUSH"});
    CHECK(on.run(read(store, "k")) == "v");
    CHECK(store.stats().reloads == 1);
    CHECK(on.run(put(store, "k", "w")) == fill_state::stored);
    CHECK(store.stats().reloads == 1);
}

TEST_CASE("redis storage: a server without memory still invalidates")
{
    client_thread on;
    redis_server server({"--maxmemory-policy", "noeviction"});
    const auto store = storage_at(on, redis_storage_options(), server);
    on.run(put(store, "k", "v"));
    on.run(put(store, "tagged", "v", {"tag"}));
    server.cli({"CONFIG", "SET", "maxmemory", "1"});
    CHECK(failure_of(on, put(store, "more", "v")) == errc::server_refused);
    on.run(store->invalidate(key_of("k"), invalidation::hard, 5));
    on.run(store->bump("space", "tag", invalidation::hard));
    CHECK(!on.run(read(store, "k")));
    CHECK(!on.run(read(store, "tagged")));
}

TEST_CASE("redis storage: the check names what the user lacks, and what may be evicted")
{
    client_thread on;
    redis_server server({"--maxmemory-policy", "allkeys-lru"});
    server.cli({"ACL", "SETUSER", "reader", "on", ">secret", "~*", "+@read", "+@connection"});
    const auto weak = redis_storage(
        on.executor(), coffer::redis::config(server.url()).credentials("reader", "secret"));
    std::string words;
    try {
        on.run(weak.check());
    } catch (const boost::system::system_error& refused) {
        words = refused.what();
    }
    CHECK(words.find("+@scripting") != words.npos);
    CHECK(words.find("secret") == words.npos);

    std::vector<coffer::redis_storage_notice> heard;
    const auto told = [&](const coffer::redis_storage_notice& one) { heard.push_back(one); };
    const auto store = storage_at(on, redis_storage_options().on_notice(told), server);
    on.run(put(store, "k", "v"));
    on.run(put(store, "k", "v"));
    REQUIRE(heard.size() == 1);
    CHECK(heard[0].what == coffer::redis_storage_notice::kind::evicts);
    CHECK(heard[0].text.find("allkeys-lru") != std::string::npos);
}

TEST_CASE("redis storage: what cannot be right is refused where it is written")
{
    CHECK_THROWS_AS(redis_storage_options().prefix(""), std::invalid_argument);
    CHECK_THROWS_AS(redis_storage_options().max_value(0), std::invalid_argument);
    CHECK_THROWS_AS(redis_storage_options().max_markers(0), std::invalid_argument);
    CHECK_THROWS_AS(redis_storage_options().floor_lifetime(0ms), std::invalid_argument);
    client_thread on;
    const auto store = fresh_storage(on);
    CHECK(!store->able().has(coffer::capability::durable));
    CHECK(
        storage_at(on, redis_storage_options().durable())->able().has(coffer::capability::durable));
    CHECK_THROWS_AS(on.run(store->get(key_of("k", "@space"))), std::invalid_argument);
    CHECK_THROWS_AS(on.run(store->scan("space", "not a place", 1)), std::invalid_argument);
    CHECK(failure_of(on, store->get(key_of(std::string(70'000, 'k')))) == errc::key_too_large);
}
