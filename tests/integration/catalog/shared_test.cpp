// SPDX-License-Identifier: BSL-1.0
// Server processes that keep their entries in one Redis server.
#include "catalog_fixture.hpp"

#include "demo/server_process.hpp"
#include "json.hpp"
#include "support/servers/redis_server.hpp"

#include <coffer/core/clock.hpp>

#include <thread>

using namespace catalog_test;

namespace {

constexpr const char* item = "/languages/lat";

/// One server process, and a client that is connected to it.
class peer {
public:
    peer(io_threads& io, const std::filesystem::path& data, const std::string& cache)
        : io_(io), process_(io.executor(), CATALOG_PROGRAM, data, cache), client_(io.executor())
    {
        io.run(process_.open());
        io.run(client_.connect(process_.port()));
    }

    reply get(std::string target) { return run(io_, client_.get(std::move(target))); }
    reply put(const std::string& name)
    {
        return run(io_, client_.send("PUT", item, R"({"name": ")" + name + "\"}"));
    }
    std::string name() { return json_string(get(item).body, "/name"); }
    std::int64_t stat(const std::string& path) { return json_number(get("/stats").body, path); }
    std::int64_t queries() { return stat("/functions/0/database_queries"); }
    std::int64_t storage_hits() { return stat("/functions/0/storage_hits"); }

    std::int64_t near_hits() { return stat("/functions/0/hits"); }

    /// As SIGTERM does it; the exit status.
    int stop() { return run(io_, process_.stop()); }

private:
    io_threads& io_;
    server_process process_;
    http_client client_;
};

/// A Redis server, and two server processes with one database.
class two_servers {
public:
    /// With a short `deadline` a server that is away costs little; with a long one a busy machine
    /// is none that is away.
    explicit two_servers(const std::string& deadline = "20s")
        : url(redis.url("?deadline=" + deadline)), one(io, data(), url), other(io, data(), url)
    {}

    std::filesystem::path data() const { return folder.path() / "catalog.db"; }

    temporary_folder folder;
    support::redis_server redis;
    io_threads io{1};
    std::string url;
    peer one;
    peer other;
};

/// Looks until it is so; gives up after a minute.
template <class Condition>
bool comes_true(Condition condition)
{
    const coffer::clock time;
    const auto until = time.now() + 60s;
    while (time.now() < until) {
        if (condition())
            return true;
        std::this_thread::sleep_for(10ms);
    }
    return false;
}

} // namespace

TEST_CASE("catalog over Redis: what one process has loaded the other need not load")
{
    two_servers on;
    const auto first = on.one.get(item);
    const auto second = on.other.get(item);
    CHECK(first.status == 200);
    CHECK(first.body == second.body);
    CHECK(on.one.queries() == 1);
    CHECK(on.other.queries() == 0);
    CHECK(on.other.storage_hits() == 1);
    // Lists and absent records travel as well.
    for (const char* each :
         {"/languages?q=latin", "/countries/AD", "/countries/AD/subdivisions", "/languages/qqq"}) {
        const auto loaded = on.one.get(each);
        CHECK(on.other.get(each).body == loaded.body);
    }
    CHECK(on.other.stat("/functions/1/storage_hits") == 1);
    CHECK(on.other.stat("/functions/2/storage_hits") == 1);
    CHECK(on.other.stat("/functions/3/storage_hits") == 1);
    CHECK(on.other.storage_hits() == 2);
}

TEST_CASE("catalog over Redis: an update through one process is seen in the near tier of the other")
{
    two_servers on;
    const auto found = on.other.get("/languages?q=latin");
    for (int round = 0; round < 20; ++round) {
        peer& writer = round % 2 ? on.one : on.other;
        peer& reader = round % 2 ? on.other : on.one;
        reader.get(item);
        const std::string name = "Latin " + std::to_string(round);
        CHECK(writer.put(name).status == 200);
        CHECK(writer.name() == name);
        CHECK(comes_true([&] { return reader.name() == name; }));
        CHECK(reader.name() == name);
    }
    CHECK(comes_true([&] { return on.other.get("/languages?q=latin").body != found.body; }));
    CHECK(comes_true([&] { // once the server is known to tell of changes
        on.one.get(item);
        return on.one.near_hits() > 0;
    }));
}

TEST_CASE("catalog over Redis: with Redis killed it answers from its database, and shares again "
          "once it is back")
{
    two_servers on("200ms");
    CHECK(on.one.name() == "Latin");
    on.redis.kill();
    CHECK(on.one.name() == "Latin");
    CHECK(on.one.put("Without").status == 200);
    CHECK(on.one.name() == "Without");
    CHECK(comes_true([&] { return on.other.name() == "Without"; }));
    on.redis.start();
    const auto before = on.other.storage_hits();
    CHECK(comes_true([&] {
        on.one.put("Back");
        on.one.get(item);
        on.other.get(item);
        return on.other.storage_hits() > before;
    }));
    CHECK(comes_true([&] { return on.one.stat("/cache/invalidations/pending") == 0; }));
    CHECK(comes_true([&] { return on.other.name() == "Back"; }));
    CHECK(json_string(on.one.get("/stats").body, "/cache/breaker/state") == "closed");
}

TEST_CASE("catalog over Redis: what is written while Redis hangs is invalidated when it goes on")
{
    two_servers on("200ms");
    CHECK(on.one.name() == on.other.name());
    on.redis.pause();
    CHECK(on.one.put("Meanwhile").status == 200);
    CHECK(on.one.name() == "Meanwhile");
    CHECK(on.one.stat("/cache/invalidations/pending") > 0);
    on.redis.resume();
    CHECK(comes_true([&] { return on.one.stat("/cache/invalidations/pending") == 0; }));
    CHECK(on.one.stat("/cache/invalidations/delivered_late") > 0);
    CHECK(comes_true([&] { return on.other.name() == "Meanwhile"; }));
}

TEST_CASE("catalog over Redis: another database has nothing in common with the first")
{
    two_servers on;
    on.one.put("Of the first");
    CHECK(on.one.name() == "Of the first");
    peer stranger(on.io, on.folder.path() / "other.db", on.url);
    CHECK(stranger.name() == "Latin");
    CHECK(stranger.stop() == 0);
}

TEST_CASE("catalog over Redis: its page tells where the cache is and what it did, and no secret")
{
    two_servers on;
    on.redis.cli({"CONFIG", "SET", "requirepass", "hidden-word"});
    const auto port = std::to_string(on.redis.port());
    peer asked(on.io, on.data(), "redis://:hidden-word@127.0.0.1:" + port + "?deadline=20s");
    asked.get(item);
    const auto page = asked.get("/stats").body;
    CHECK(contains(page, "127.0.0.1:" + port));
    CHECK_FALSE(contains(page, "hidden-word"));
    CHECK(asked.stat("/cache/round_trips") > 0);
    CHECK(asked.stat("/cache/connection/up") > 0);
    CHECK(asked.stat("/cache/connection/answered") > 0);
    CHECK(asked.stat("/cache/breaker/refused") == 0);
    CHECK(asked.stat("/cache/latency/count") > 0);
    CHECK(asked.stat("/cache/latency/p99_us") >= asked.stat("/cache/latency/p50_us"));
}

TEST_CASE("catalog over Redis: a server that is told to stop ends in order, with Redis and without")
{
    two_servers on("200ms");
    on.one.get(item);
    CHECK(on.one.stop() == 0);
    on.redis.kill();
    on.other.put("Never delivered");
    CHECK(on.other.stop() == 0);
}

TEST_CASE("catalog over Redis: a cache that is no URL ends the program with a message")
{
    io_threads io(1);
    const temporary_folder folder;
    child_program wrong(io.executor(), CATALOG_PROGRAM,
                        {"catalog", "serve", "--port", "0", "--cache", "rediss+what://secret@x"});
    const auto said = run(io, wrong.line_with("catalog: "));
    CHECK(contains(said, "rediss+what"));
    CHECK_FALSE(contains(said, "secret"));
    CHECK(run(io, wrong.wait()) == 1);
}
