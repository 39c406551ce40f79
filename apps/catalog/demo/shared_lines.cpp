// SPDX-License-Identifier: BSL-1.0
// The line with two server processes.
#include "demo/crowd.hpp"
#include "demo/figures.hpp"
#include "demo/lines.hpp"
#include "demo/server_process.hpp"
#include "json.hpp"

#include <coffer/net/background.hpp>

#include <fmt/core.h>

#include <algorithm>

namespace catalog {
namespace {

constexpr std::size_t crowd_size = 50;
constexpr std::size_t rounds = 200;
constexpr const char* cold = "/languages/swa";
constexpr const char* written = "/languages/epo";

/// What a server says of its language function.
struct language_figures {
    std::int64_t queries = 0;
    std::int64_t near_hits = 0;
};

asio::awaitable<language_figures> figures_of(http_client& client)
{
    const auto got = co_await client.get("/stats");
    language_figures read;
    read.queries = json_number(got.body, "/functions/0/database_queries");
    read.near_hits = json_number(got.body, "/functions/0/hits");
    co_return read;
}

/// A server process, a connection to it, and many more for asking at once.
class side {
public:
    side(const stage& on, const std::filesystem::path& data, const std::string& cache)
        : process(on.clients, "/proc/self/exe", data, cache), client(on.clients),
          all(on.clients, crowd_size)
    {}

    asio::awaitable<void> open()
    {
        co_await process.open();
        co_await client.connect(process.port());
        co_await all.connect(process.port());
    }

    server_process process;
    http_client client;
    crowd all;
    std::vector<reply> answers;
};

asio::awaitable<void> ask(side& one)
{
    one.answers = co_await one.all.ask(cold);
}

/// Both crowds ask for one key that nobody has asked for. Returns whether all got the same.
asio::awaitable<bool> ask_both(const stage& on, side& a, side& b)
{
    coffer::background tasks;
    tasks.start(on.clients, ask(a));
    tasks.start(on.clients, ask(b));
    co_await tasks.close();
    auto together = a.answers;
    together.insert(together.end(), b.answers.begin(), b.answers.end());
    co_return count_status(together, 200) == 2 * crowd_size&& all_alike(together);
}

/// How writes through one server were seen through the other.
struct sighting {
    std::size_t unseen = 0;   // within five seconds
    std::int64_t longest = 0; // of the others, in milliseconds after the answer
};

/// PUT through `a`, and GET through `b`, whose near tier holds what was before, until it is seen.
asio::awaitable<sighting> write_and_read(http_client& a, http_client& b)
{
    constexpr std::int64_t patience = 5000;
    sighting all;
    for (std::size_t round = 0; round < rounds; ++round) {
        co_await b.get(written);
        auto body = fmt::format(R"({{"name": "Shared {}"}})", round);
        const auto put = co_await a.send("PUT", written, std::move(body));
        const auto wanted = json_number(put.body, "/revision");
        const stopwatch taken;
        bool seen = false;
        while (!seen && taken.milliseconds() < patience) {
            const auto got = co_await b.get(written);
            seen = json_number(got.body, "/revision") == wanted;
        }
        all.unseen += seen ? 0 : 1;
        all.longest = std::max(all.longest, taken.milliseconds());
    }
    co_return all;
}

/// Asks for one thing many times; the near tier has it.
asio::awaitable<void> read_often(http_client& client)
{
    for (std::size_t round = 0; round < rounds; ++round)
        co_await client.get(written);
}

} // namespace

asio::awaitable<line> shared_cache_line(const stage& on)
{
    if (redis_process::program().empty())
        co_return line::not_run("no redis-server");
    redis_process redis(on.clients, on.folder);
    co_await redis.open();
    const auto data = on.folder / "shared.db";
    side a(on, data, redis.url());
    co_await a.open();
    side b(on, data, redis.url()); // finds the database filled
    co_await b.open();

    const bool alike = co_await ask_both(on, a, b);
    const auto first = co_await figures_of(a.client);
    const auto second = co_await figures_of(b.client);
    const auto loads = first.queries + second.queries;
    const auto writes = co_await write_and_read(a.client, b.client);
    co_await read_often(b.client);
    const auto third = co_await figures_of(b.client);
    const auto near = third.near_hits - second.near_hits;
    const int ended_a = co_await a.process.stop();
    const int ended_b = co_await b.process.stop();
    co_await redis.stop();

    const bool holds =
        alike && loads <= 2 && writes.unseen == 0 && near > 0 && ended_a == 0 && ended_b == 0;
    co_return line(holds, fmt::format("2 processes: {} requests for a cold key, {} database {}; "
                                      "of {} PUTs through one, {} not seen through the other, the "
                                      "last {} ms after the answer; {} hits in its near tier",
                                      2 * crowd_size, loads, loads == 1 ? "query" : "queries",
                                      rounds, writes.unseen, writes.longest, near));
}

} // namespace catalog
