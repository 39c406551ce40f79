// SPDX-License-Identifier: BSL-1.0
// The line with two server processes.
#include "demo/crowd.hpp"
#include "demo/figures.hpp"
#include "demo/lines.hpp"
#include "demo/server_process.hpp"
#include "json.hpp"

#include <coffer/net/background.hpp>

#include <fmt/core.h>

namespace catalog {
namespace {

constexpr std::size_t crowd_size = 50;
constexpr std::size_t rounds = 200;
constexpr const char* cold = "/languages/swa";
constexpr const char* written = "/languages/epo";

/// What a server says of its language function.
struct language_figures {
    std::int64_t queries = 0;
    std::int64_t storage_hits = 0;
};

asio::awaitable<language_figures> figures_of(http_client& client)
{
    const auto got = co_await client.get("/stats");
    language_figures read;
    read.queries = json_number(got.body, "/functions/0/database_queries");
    read.storage_hits = json_number(got.body, "/functions/0/storage_hits");
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

/// PUT through `a`, and GET through `b` right after the answer; returns how often that was old.
asio::awaitable<std::size_t> write_and_read(http_client& a, http_client& b)
{
    std::size_t old = 0;
    for (std::size_t round = 0; round < rounds; ++round) {
        auto body = fmt::format(R"({{"name": "Shared {}"}})", round);
        const auto put = co_await a.send("PUT", written, std::move(body));
        const auto got = co_await b.get(written);
        co_await b.get(written);
        const auto wrong = json_number(got.body, "/revision") != json_number(put.body, "/revision");
        old += wrong ? 1 : 0;
    }
    co_return old;
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
    const auto old = co_await write_and_read(a.client, b.client);
    const auto seen = co_await figures_of(b.client);
    const auto shared = seen.storage_hits - second.storage_hits;
    const int ended_a = co_await a.process.stop();
    const int ended_b = co_await b.process.stop();
    co_await redis.stop();

    const bool holds =
        alike && loads <= 2 && old == 0 && shared > 0 && ended_a == 0 && ended_b == 0;
    co_return line(holds, fmt::format("2 processes: {} requests for a cold key, {} database {}; "
                                      "of {} PUTs through one, {} not seen by the next GET through "
                                      "the other; {} hits in Redis",
                                      2 * crowd_size, loads, loads == 1 ? "query" : "queries",
                                      rounds, old, shared));
}

} // namespace catalog
