// SPDX-License-Identifier: BSL-1.0
#include "sentinel_fixture.hpp"

#include <set>

using namespace redis_test;
using redis::read_policy;

namespace {

/// A list of the servers of the set, from number `first` on.
std::string list(const redis_sentinels& set, std::size_t first, const std::string& rest = {})
{
    std::string url = "redis://";
    for (std::size_t at = 0; at < set.size(); ++at)
        url += (at ? ",127.0.0.1:" : "127.0.0.1:") +
               std::to_string(set.node((first + at) % set.size()).port());
    return url + rest;
}

/// Those that answer reads: each was told its number, by itself.
std::set<std::size_t> readers(connected& on, read_policy from, int times = 40)
{
    const auto asked = on.db.with(redis::read_from(from));
    std::set<std::size_t> all;
    for (int count = 0; count < times; ++count)
        all.insert(on.run(asked.exec<std::size_t>("GET", "number")));
    return all;
}

/// Lets every server have a number of its own. A replica that may be written to keeps what it is
/// told to itself.
void number_all(redis_sentinels& set)
{
    for (std::size_t at = 0; at < set.size(); ++at) {
        set.ask(at, {"CONFIG", "SET", "replica-read-only", "no"});
        set.ask(at, {"SET", "number", std::to_string(at)});
        if (at == 0)
            set.ask(at, {"WAIT", "2", "5000"});
    }
}

} // namespace

TEST_CASE("redis replicas: a list has its leader first, and reads go where the policy says")
{
    auto& set = sentinels();
    number_all(set);
    connected on(list(set, 0));
    on.run(on.db.connect());
    on.exec<redis::ok>("SET", "k", "v");
    CHECK(readers(on, read_policy::primary) == std::set<std::size_t>{0});
    CHECK(readers(on, read_policy::replica) == std::set<std::size_t>{1, 2});
    CHECK(readers(on, read_policy::prefer_replica) == std::set<std::size_t>{1, 2});
    CHECK_FALSE(readers(on, read_policy::nearest).empty());
}

TEST_CASE("redis replicas: what writes goes to the leader whatever the policy")
{
    connected on(sentinels().url("?read_from=replica"));
    for (int count = 0; count < 20; ++count)
        on.exec<redis::ok>("SET", "k", count);
    redis::request both;
    both.add("SET", "k", "v").add("GET", "k");
    auto [set, got] = on.run(on.db.batch<redis::ok, std::string>(both));
    CHECK(set.has_value());
}

TEST_CASE("redis replicas: who must see their own writes reads from the primary")
{
    connected on(sentinels().url("?read_from=prefer_replica"));
    const auto own = on.db.with(redis::read_from(read_policy::primary));
    for (int count = 0; count < 100; ++count) {
        on.exec<redis::ok>("SET", "own", count);
        CHECK(on.run(own.exec<int>("GET", "own")) == count);
    }
}

TEST_CASE("redis replicas: a list whose first is no leader is told in clear words")
{
    connected on(redis::config(list(sentinels(), 1)).deadline(500ms));
    const auto why = on.failure_of(on.db.exec("SET", "k", "v"));
    CHECK(why.code() == errc::timeout);
    CHECK_MESSAGE(contains(why.what(), "it is a replica"), std::string(why.what()));
    CHECK_MESSAGE(contains(why.what(), "name it first"), std::string(why.what()));
}

TEST_CASE("redis replicas: while a leader is down its replicas are read from")
{
    auto& set = sentinels();
    const auto nobody = "redis://127.0.0.1:" + std::to_string(support::free_port());
    const auto replica = ",127.0.0.1:" + std::to_string(set.node(1).port());
    connected on(nobody + replica + "?read_from=prefer_replica");
    CHECK_FALSE(on.exec<std::optional<std::string>>("GET", "none"));
    const auto few = on.db.with(redis::within(300ms));
    const auto why = on.failure_of(few.exec<redis::ok>("SET", "k", "v"));
    CHECK_MESSAGE(contains(why.what(), "refused"), std::string(why.what()));
}

TEST_CASE("redis replicas: the nearest is not one that is slow")
{
    auto& set = sentinels();
    number_all(set);
    support::fault_proxy slow(set.node(2).port());
    slow.plan(support::fault{.delay = 30ms});
    connected on("redis://127.0.0.1:" + std::to_string(set.node(0).port()) +
                 ",127.0.0.1:" + std::to_string(slow.port()) + "?read_from=nearest");
    readers(on, read_policy::nearest, 1);
    on.run_until([&] { return on.stats().connections == 2; });
    // Once both are measured, all of them.
    on.run_until([&] { return readers(on, read_policy::nearest) == std::set<std::size_t>{0}; });
}

TEST_CASE("redis replicas: one that is killed is not read from, until it is back")
{
    redis_sentinels set;
    number_all(set);
    connected on(set.url("?read_from=replica"));
    on.exec<redis::ok>("SET", "k", "v");
    set.ask(0, {"WAIT", "2", "5000"});
    CHECK(on.exec<std::string>("GET", "k") == "v");
    set.kill(1);
    for (int count = 0; count < 50; ++count)
        CHECK(on.exec<std::string>("GET", "k") == "v");
    CHECK(readers(on, read_policy::replica) == std::set<std::size_t>{2});
    set.kill(2);
    CHECK(readers(on, read_policy::prefer_replica) == std::set<std::size_t>{0});
    CHECK(readers(on, read_policy::nearest) == std::set<std::size_t>{0});
    const auto few = on.db.with(redis::within(300ms));
    const auto why = on.failure_of(few.exec<redis::value>("GET", "k"));
    CHECK(why.code() == errc::timeout);
    CHECK_FALSE(why.maybe_executed());
    set.restart(1);
    CHECK(on.exec<std::string>("GET", "k") == "v");
}
