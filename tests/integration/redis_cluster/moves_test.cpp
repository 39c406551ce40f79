// SPDX-License-Identifier: BSL-1.0
// What a client does while slots and masters change.
#include "cluster_fixture.hpp"

#include <algorithm>
#include <thread>

using namespace redis_test;

TEST_CASE("redis cluster: a slot that has moved is followed, once, and known from then on")
{
    on_cluster on;
    const auto key = key_in(slot_of_first);
    on.exec<redis::ok>("SET", key, "value");
    shared_cluster().move_slot(slot_of_first, 2);
    CHECK(on.exec<std::string>("GET", key) == "value");
    CHECK(on.stats().redirected == 1);
    CHECK(on.exec<std::string>("GET", key) == "value");
    CHECK(on.stats().redirected == 1);
    shared_cluster().move_slot(slot_of_first, 0);
    CHECK(on.exec<long>("APPEND", key, "s") == 6);
}

TEST_CASE("redis cluster: whoever listens hears that slots belong to another master")
{
    int told = 0;
    const auto hear = [&told](const redis::connection_event& seen) {
        told += seen.what == redis::connection_event::kind::found_slots ? 1 : 0;
    };
    connected on(redis::config(shared_cluster().url()).on_event(hear));
    const auto key = key_in(slot_of_first);
    on.exec<redis::ok>("SET", key, "value");
    CHECK(told == 1);
    shared_cluster().move_slot(slot_of_first, 2);
    CHECK(on.exec<std::string>("GET", key) == "value"); // is redirected, so the client asks anew
    on.run_until([&] { return told > 1; });
    shared_cluster().move_slot(slot_of_first, 0);
}

TEST_CASE("redis cluster: while a slot is on its way, each key is found where it is")
{
    on_cluster on;
    const auto slot = slot_of_second;
    const auto here = key_in(slot, "here");
    const auto there = key_in(slot, "there");
    on.exec<redis::ok>("SET", there, "moved");
    auto moving = shared_cluster().begin_move(slot, 0);
    REQUIRE(moving.keys());
    on.exec<redis::ok>("SET", key_in(slot, "new"), "by ASK");
    CHECK(on.stats().redirected == 1);
    CHECK(on.exec<std::string>("GET", there) == "moved");
    CHECK(on.stats().redirected == 2);
    // A transaction follows as a whole.
    redis::request both;
    both.add("APPEND", there, "!").add("STRLEN", there);
    const auto done = on.run(on.db.transaction<long, long>(both));
    REQUIRE(done);
    CHECK(*std::get<1>(*done) == 6);
    // In a batch, only what is refused goes on.
    redis::request several;
    several.add("GET", there).add("SET", key_in(slot_of_third), "x").add("GET", here);
    const auto [first, second, third] =
        on.run(on.db.batch<std::string, redis::ok, std::optional<std::string>>(several));
    CHECK(*first == "moved!");
    CHECK(second.has_value());
    CHECK(*third == std::nullopt);
    moving.finish();
    CHECK(on.exec<std::string>("GET", there) == "moved!");
    shared_cluster().move_slot(slot, 1);
}

TEST_CASE("redis cluster: keys of which some are on their way are waited for")
{
    on_cluster on;
    const auto slot = slot_of_third;
    const strings keys{key_in(slot, "a"), key_in(slot, "b")};
    on.exec<redis::ok>("MSET", keys[0], 1, keys[1], 2);
    auto moving = shared_cluster().begin_move(slot, 1);
    REQUIRE(moving.keys(1));
    const auto failed =
        on.failure_of(on.db.with(redis::within(200ms)).exec<std::vector<int>>("MGET", keys));
    CHECK(failed.code() == errc::timeout);
    CHECK(contains(failed.what(), "TRYAGAIN"));
    CHECK_FALSE(failed.maybe_executed());
    const auto waiting = support::start(on.io, on.db.exec<std::vector<int>>("MGET", keys));
    on.run(sleep_for(50ms));
    CHECK_FALSE(waiting.done());
    REQUIRE(moving.keys());
    on.run_until([&] { return waiting.done(); });
    CHECK(waiting.get() == std::vector<int>{1, 2});
    moving.finish();
    shared_cluster().move_slot(slot, 2);
}

TEST_CASE("redis cluster: nodes that send a command around in circles are given up")
{
    on_cluster on;
    const auto slot = std::to_string(slot_of_first);
    const auto id_of = [](std::size_t node) {
        return shared_cluster().ask(node, {"CLUSTER", "MYID"}).at(0);
    };
    shared_cluster().ask(0, {"CLUSTER", "SETSLOT", slot, "NODE", id_of(1)}); // which nobody tells 1
    const auto failed = on.failure_of(on.db.exec("INCR", key_in(slot_of_first)));
    shared_cluster().ask(0, {"CLUSTER", "SETSLOT", slot, "NODE", id_of(0)});
    CHECK(failed.reply().is("MOVED"));
    CHECK(contains(failed.what(), "after 5 redirections"));
    CHECK(failed.attempts() == 6);
    CHECK_FALSE(failed.maybe_executed());
    CHECK(on.exec<long>("INCR", key_in(slot_of_first)) == 1);
}

TEST_CASE("redis cluster: moving slots under load loses and repeats nothing")
{
    on_cluster on;
    bool over = false;
    auto count_up = [](redis::client db, std::string key,
                       const bool* end) -> asio::awaitable<long> {
        long sent = 0;
        while (!*end) {
            const long now = co_await db.exec<long>("INCR", key);
            ++sent;
            CHECK(now == sent);
        }
        co_return sent;
    };
    std::vector<support::outcome_of<long>> all;
    for (int number = 0; number < 8; ++number)
        all.push_back(support::start(
            on.io, count_up(on.db, key_in(slot_of_first, "n" + std::to_string(number)), &over)));
    on.run_until([&] { return on.stats().answered > 100; });
    std::thread mover([&] {
        for (std::size_t to : {1u, 2u, 0u}) {
            auto moving = shared_cluster().begin_move(slot_of_first, to);
            while (moving.keys(1))
                std::this_thread::sleep_for(2ms);
            moving.finish();
        }
        asio::post(on.io, [&] { over = true; });
    });
    on.run_until([&] {
        return std::all_of(all.begin(), all.end(), [](const auto& one) { return one.done(); });
    });
    mover.join();
    for (const auto& one : all)
        CHECK(one.get() > 0);
    CHECK(on.stats().redirected > 0);
}

TEST_CASE("redis cluster: after a master is killed its replica serves, within seconds")
{
    redis_cluster own(3, 1);
    connected on(redis::config(own.url()).pause(10ms, 200ms));
    const auto key = key_in(slot_of_first);
    const auto other = key_in(slot_of_third);
    on.exec<redis::ok>("SET", key, "kept");
    own.await_replicas();
    own.kill(0);
    const auto begun = std::chrono::steady_clock::now();
    CHECK(on.exec<std::string>("GET", key) == "kept");
    CHECK(std::chrono::steady_clock::now() - begun < 20s);
    on.exec<redis::ok>("SET", key, "written");
    on.exec<redis::ok>("SET", other, "x");
    CHECK(own.await_new_owner(slot_of_first, 0) == 3);
    // What may have been carried out is not repeated, and says so.
    own.pause(2);
    const auto sent = support::start(on.io, on.db.exec<long>("INCR", key_in(slot_of_third, "n")));
    on.run(sleep_for(50ms));
    own.kill(2);
    on.run_until([&] { return sent.done(); });
    CHECK(sent.error() == errc::connection_lost);
    const auto again = on.exec<long>("INCR", key_in(slot_of_third, "n"));
    CHECK(again == 1); // the paused one had not read it
}

TEST_CASE("redis cluster: what only reads goes to the replicas of its slot, if that is asked for")
{
    redis_cluster own(3, 1);
    const auto key = key_in(slot_of_first);
    connected writer(own.url());
    writer.exec<redis::ok>("SET", key, "copied");
    own.await_replicas();
    const auto reads_of = [&](std::size_t node) {
        return contains(own.node(node).cli({"INFO", "commandstats"}), "cmdstat_get:");
    };
    connected reader(own.url("?read_from=replica"));
    CHECK(reader.exec<std::string>("GET", key) == "copied");
    CHECK(reads_of(own.replica_of(0)));
    CHECK_FALSE(reads_of(0));
    reader.exec<long>("APPEND", key, "!");
    CHECK(reader.stats().redirected == 0);
    connected nearest(own.url("?read_from=nearest"));
    for (int count = 0; count < 100; ++count)
        CHECK(nearest.exec<std::string>("GET", key).starts_with("copied"));
    // A replica that takes over is written to by another connection.
    own.kill(0);
    own.await_new_owner(slot_of_first, 0);
    CHECK(reader.exec<long>("APPEND", key, "?") == 8);
}
