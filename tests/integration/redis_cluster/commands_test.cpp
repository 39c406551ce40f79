// SPDX-License-Identifier: BSL-1.0
// What a client asks of a cluster that stays as it is.
#include "cluster_fixture.hpp"

#include "support/live.hpp"

#include <memory>

using namespace redis_test;

namespace {

using texts = std::vector<std::optional<std::string>>;

/// One key on each node.
const strings& three_keys()
{
    static const strings all{key_in(slot_of_first), key_in(slot_of_second), key_in(slot_of_third)};
    return all;
}

} // namespace

TEST_CASE("redis cluster: all slots are reached, and nothing is redirected")
{
    on_cluster on;
    for (unsigned slot = 0; slot < redis_cluster::slots; slot += 331) {
        const auto key = key_in(slot);
        on.exec<redis::ok>("SET", key, slot);
        CHECK(on.exec<unsigned>("GET", key) == slot);
    }
    CHECK(on.stats().redirected == 0);
    CHECK(on.stats().connections == 3);
}

TEST_CASE("redis cluster: one live seed among dead ones is enough")
{
    const auto live = shared_cluster().node(1).port();
    const auto dead = std::to_string(support::free_port());
    connected on("redis+cluster://127.0.0.1:" + dead + ",127.0.0.1:" + std::to_string(live) + "/");
    on.run(on.db.connect());
    for (const auto& key : three_keys())
        on.exec<redis::ok>("SET", key, "x");
}

TEST_CASE("redis cluster: with no seed alive, calls end at their deadlines and say why")
{
    const auto dead = std::to_string(support::free_port());
    connected on("redis+cluster://127.0.0.1:" + dead + "/?deadline=300ms");
    const auto failed = on.failure_of(on.db.exec("GET", "k"));
    CHECK(failed.code() == errc::timeout);
    CHECK_FALSE(failed.maybe_executed());
    CHECK(contains(failed.what(), dead));
    CHECK(contains(on.failure_of(on.db.connect()).what(), dead));
}

TEST_CASE("redis cluster: many keys of one command are split, and answered in the caller's order")
{
    on_cluster on;
    strings keys;
    for (int number = 0; number < 300; ++number)
        keys.push_back("key:" + std::to_string(number));
    redis::request sets;
    for (const auto& key : keys)
        if (key != "key:7")
            sets.add("SET", key, "of " + key);
    for (const auto& one : on.run(on.db.batch<redis::ok>(sets)))
        CHECK(one.has_value());
    const auto got = on.exec<texts>("MGET", keys);
    REQUIRE(got.size() == keys.size());
    for (std::size_t at = 0; at < keys.size(); ++at)
        CHECK(got[at] == (at == 7 ? std::nullopt : std::optional("of " + keys[at])));
    CHECK(on.exec<long>("EXISTS", keys) == 299);
    CHECK(on.exec<long>("TOUCH", keys, keys) == 598);
    CHECK(on.exec<long>("DEL", keys[0], keys[1], keys[2]) == 3);
    CHECK(on.exec<long>("UNLINK", keys) == 296);
    CHECK(on.exec<texts>("MGET", keys) == texts(300));
}

TEST_CASE(
    "redis cluster: a part of a split command that is refused fails it, with that node's words")
{
    on_cluster on;
    for (const auto& key : three_keys())
        on.exec<redis::ok>("SET", key, "x");
    shared_cluster().ask(1, {"CONFIG", "SET", "maxmemory", "1"});
    shared_cluster().ask(1, {"CONFIG", "SET", "min-replicas-to-write", "1"});
    const auto failed = on.failure_of(on.db.exec<long>("DEL", three_keys()));
    shared_cluster().ask(1, {"CONFIG", "SET", "min-replicas-to-write", "0"});
    shared_cluster().ask(1, {"CONFIG", "SET", "maxmemory", "0"});
    CHECK(failed.code() == errc::server_refused);
    CHECK(failed.reply().is("NOREPLICAS"));
    CHECK(failed.command() == "DEL");
    CHECK(on.exec<long>("EXISTS", three_keys()) == 1);
}

TEST_CASE("redis cluster: what cannot be split is refused before it is sent, and says the remedy")
{
    on_cluster on;
    const auto& keys = three_keys();
    for (const auto& call :
         {redis::request("MSET", keys[0], 1, keys[1], 2),
          redis::request("RENAME", keys[0], keys[1]), redis::request("SINTER", keys)}) {
        const auto failed = on.failure_of(on.db.exec<redis::value>(call));
        CHECK(failed.code() == errc::server_refused);
        CHECK(failed.reply().is("CROSSSLOT"));
        CHECK(contains(failed.what(), call.name()));
        CHECK(contains(failed.what(), "hash tag"));
        CHECK_FALSE(failed.maybe_executed());
    }
    redis::request moves;
    moves.add("INCR", keys[0]).add("INCR", keys[1]);
    CHECK(on.failure_of(on.db.transaction<long>(moves)).reply().is("CROSSSLOT"));
    CHECK(on.exec<long>("EXISTS", keys) == 0);
    on.exec<redis::ok>("MSET", "{a}1", 1, "{a}2", 2);
    CHECK(on.exec<long>("EXISTS", "{a}1", "{a}2") == 2);
}

TEST_CASE("redis cluster: each command of a batch goes to its node, with a result of its own")
{
    on_cluster on;
    const auto& keys = three_keys();
    redis::request several;
    several.add("SET", keys[0], "text").add("INCR", keys[1]).add("INCR", keys[0]);
    several.add("PING").add("MGET", keys).add("MSET", keys[0], 1, keys[1], 1).add("INCR", keys[1]);
    const auto [set, first, wrong, ping, all, crossing, second] =
        on.run(on.db.batch<redis::ok, long, long, std::string, texts, redis::ok, long>(several));
    CHECK(set.has_value());
    CHECK(*first == 1);
    CHECK(wrong.error().is("ERR"));
    CHECK(*ping == "PONG");
    CHECK(*all == texts{"text", "1", std::nullopt});
    CHECK(crossing.error().is("CROSSSLOT"));
    CHECK(*second == 2);
}

TEST_CASE("redis cluster: commands of a batch to one node keep their order")
{
    on_cluster on;
    redis::request several;
    for (int number = 0; number < 500; ++number)
        several.add("RPUSH", three_keys()[static_cast<std::size_t>(number) % 3], number);
    const auto lengths = on.run(on.db.batch<long>(several));
    for (std::size_t at = 0; at < lengths.size(); ++at)
        CHECK(*lengths[at] == static_cast<long>(at / 3 + 1));
    for (int of = 0; of < 3; ++of) {
        const auto list =
            on.exec<std::vector<int>>("LRANGE", three_keys()[static_cast<std::size_t>(of)], 0, -1);
        for (std::size_t at = 0; at < list.size(); ++at)
            CHECK(list[at] == static_cast<int>(at) * 3 + of);
    }
}

TEST_CASE("redis cluster: a transaction of one slot is carried out as one")
{
    on_cluster on;
    redis::request moves;
    moves.add("DECRBY", "{acc}from", 10).add("INCRBY", "{acc}to", 10);
    const auto done = on.run(on.db.transaction<long, long>(moves));
    REQUIRE(done);
    CHECK(*std::get<0>(*done) == -10);
    CHECK(*std::get<1>(*done) == 10);
}

TEST_CASE("redis cluster: a script's text goes once to each node, and again after SCRIPT FLUSH")
{
    on_cluster on;
    const redis::script add("return redis.call('INCRBY', KEYS[1], ARGV[1])");
    const auto run_all = [&] {
        for (const auto& key : three_keys())
            on.run(on.db.eval<long>(add, strings{key}, 2));
    };
    const auto texts_seen = [&] {
        std::size_t seen = 0;
        for (std::size_t each = 0; each < 3; ++each)
            seen += contains(shared_cluster().node(each).cli({"INFO", "commandstats"}),
                             "cmdstat_eval:");
        return seen;
    };
    const auto forget = [&] {
        for (std::size_t each = 0; each < 3; ++each)
            shared_cluster().ask(each, {"CONFIG", "RESETSTAT"});
    };
    forget();
    run_all();
    CHECK(texts_seen() == 3);
    forget();
    run_all();
    CHECK(texts_seen() == 0);
    for (std::size_t each = 0; each < 3; ++each)
        shared_cluster().ask(each, {"SCRIPT", "FLUSH"});
    run_all();
    CHECK(texts_seen() == 3);
    for (const auto& key : three_keys())
        CHECK(on.exec<long>("GET", key) == 6);

    const redis::script get("return redis.call('GET', KEYS[1])");
    on.run(on.db.load(get));
    redis::request several = redis::client::evaluation(get, strings{three_keys()[0]});
    for (std::size_t at : {1u, 2u})
        several.add("EVALSHA", get.digest(), 1, three_keys()[at]);
    for (const auto& one : on.run(on.db.batch<long>(several)))
        CHECK(*one == 6);
}

TEST_CASE("redis cluster: sessions and blocking commands go to the node of their key")
{
    on_cluster on;
    using popped = std::optional<std::pair<std::string, std::string>>;
    for (const auto& key : three_keys()) {
        const auto waiting = support::start(on.io, on.db.exec<popped>("BLPOP", key, 0));
        on.exec<redis::ok>("SET", key + "{x}", 1);
        on.exec<long>("RPUSH", key, "x");
        on.run_until([&] { return waiting.done(); });
        CHECK(waiting.get() == popped({key, "x"}));

        auto work = [](redis::client db, std::string of) -> asio::awaitable<bool> {
            auto own = co_await db.session(of);
            co_await own->exec<redis::ok>("WATCH", of);
            redis::request change("SET", of, "mine");
            const auto done = co_await own->transaction<redis::ok>(change);
            co_return done.has_value();
        };
        CHECK(on.run(work(on.db, key)));
    }
    CHECK(on.stats().redirected == 0);
}

TEST_CASE("redis cluster: cancelling and closing end calls on all nodes at once")
{
    on_cluster on;
    redis::request waits;
    for (const auto& key : three_keys())
        waits.add("BLPOP", key, 0);
    const auto left = support::start(on.io, on.db.batch(waits));
    on.run(sleep_for(50ms));
    CHECK_FALSE(left.done());
    left.cancel();
    on.run_until([&] { return left.done(); });
    CHECK(left.error() == asio::error::operation_aborted);
    const auto last = support::start(on.io, on.db.batch(waits));
    on.run(sleep_for(50ms));
    on.run(on.db.close());
    on.run_until([&] { return last.done(); });
    CHECK(last.error() == errc::closed);
}

namespace {

asio::awaitable<void> use_everything(redis::client db, support::live)
{
    const support::live here;
    strings keys = three_keys();
    redis::request several;
    for (const auto& key : keys)
        several.add("SET", key, 1);
    co_await db.batch<redis::ok>(several);
    auto news = co_await db.subscribe(redis::channels("c").sharded(keys[0]));
    co_await db.exec<long>("DEL", keys);
    auto own = co_await db.session(keys[1]);
    co_await own->exec<redis::ok>("WATCH", keys[1]);
    redis::request waits;
    for (const auto& key : keys)
        waits.add("BLPOP", key, 0);
    co_await db.batch(waits);
}

} // namespace

TEST_CASE("redis cluster: an execution context that goes takes everything with it, at any step")
{
    for (int steps = 0; steps < 90; steps += 3) {
        CAPTURE(steps);
        auto io = std::make_unique<asio::io_context>(1);
        std::optional<redis::client> outlives;
        {
            redis::client db(io->get_executor(), shared_cluster().url());
            outlives.emplace(db);
            for (int count = 0; count < 2; ++count)
                asio::co_spawn(*io, use_everything(db, support::live()), asio::detached);
        }
        for (int step = 0; step < steps; ++step)
            io->run_one_for(20ms);
        io.reset();
        CHECK(support::live::count() == 0);
    }
}
