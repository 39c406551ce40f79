// SPDX-License-Identifier: BSL-1.0
// The lines that write while others read.
#include "demo/crowd.hpp"
#include "demo/figures.hpp"
#include "demo/history.hpp"
#include "demo/lines.hpp"
#include "json.hpp"

#include <fmt/core.h>

#include <atomic>
#include <stdexcept>

namespace catalog {
namespace {

constexpr std::size_t readers = 8;
constexpr const char* item = "/languages/epo";
constexpr const char* search = "/languages?q=commit+check";

// Both hold the one language that is written: by itself, and in what a search finds.
struct seen {
    std::int64_t revision;
    std::string name;
};

seen read_item(const reply& got)
{
    return {json_number(got.body, "/revision"), json_string(got.body, "/name")};
}

seen read_found(const reply& got)
{
    return {json_number(got.body, "/languages/0/revision"),
            json_string(got.body, "/languages/0/name")};
}

/// The record by itself and the search, in turn, each recorded.
asio::awaitable<void> read_both(http_client& client, history& item_reads, history& search_reads)
{
    const coffer::clock time;
    const auto first = time.now();
    const auto one = co_await client.get(item);
    const auto second = time.now();
    const auto found = co_await client.get(search);
    const auto third = time.now();
    auto of_item = read_item(one);
    auto of_search = read_found(found);
    item_reads.add_read({first, second}, of_item.revision, std::move(of_item.name));
    search_reads.add_read({second, third}, of_search.revision, std::move(of_search.name));
}

/// What writer and readers share.
struct race {
    history items;
    history searches;
    std::atomic<bool> over = false;
};

/// Ends a race however its writer ends, so that the readers do.
class ends {
public:
    explicit ends(std::atomic<bool>& over) : over_(over) {}
    ends(const ends&) = delete;
    ends& operator=(const ends&) = delete;
    ~ends() { over_ = true; }

private:
    std::atomic<bool>& over_;
};

asio::awaitable<void> put_once(http_client& client, race& with, std::size_t round)
{
    const coffer::clock time;
    const auto name = fmt::format("Commit check {}", round);
    auto body = fmt::format(R"({{"name": "{}"}})", name);
    const auto begin = time.now();
    const auto got = co_await client.send("PUT", item, std::move(body));
    const auto end = time.now();
    if (got.status != 200)
        throw std::runtime_error(fmt::format("a PUT was answered with {}", got.status));
    const auto revision = json_number(got.body, "/revision");
    with.items.add_write({begin, end}, revision, name);
    with.searches.add_write({begin, end}, revision, name);
}

asio::awaitable<void> put_on(http_client& client, race& with)
{
    constexpr std::size_t rounds = 300;
    constexpr std::int64_t most = 6000;
    const ends last(with.over);
    const stopwatch taken;
    for (std::size_t round = 1; round <= rounds && taken.milliseconds() < most; ++round) {
        co_await put_once(client, with, round);
        co_await read_both(client, with.items, with.searches); // right after the answer
    }
}

asio::awaitable<void> read_on(http_client& client, race& with)
{
    while (!with.over)
        co_await read_both(client, with.items, with.searches);
}

} // namespace

asio::awaitable<line> committed_writes(const stage& on)
{
    crowd all(on.clients, readers + 1);
    co_await all.connect(on.server.port());
    http_client first(on.clients);
    co_await first.connect(on.server.port());
    const auto before = on.server.figures();
    race with;
    co_await put_once(first, with, 0); // before the readers, whose search finds it
    crowd::part taking = [&](http_client& client, std::size_t number) {
        return number == 0 ? put_on(client, with) : read_on(client, with);
    };
    co_await all.each(std::move(taking));

    const auto items = with.items.judge();
    const auto searches = with.searches.judge();
    const auto now = on.server.figures();
    const auto hits =
        of_function(now, "language").cache.hits - of_function(before, "language").cache.hits;
    const auto reads = items.reads + searches.reads;
    const auto old = items.stale + searches.stale;
    const auto other = items.premature + searches.premature + items.torn + searches.torn;
    // Enough happened to see a fault: reads met writes, and some were served by the cache.
    const bool tried = items.writes >= 50 && items.overlapping > 0 && searches.overlapping > 0 &&
                       hits > 0 && now.committed - before.committed == items.writes;
    co_return line(
        tried && items.holds() && searches.holds(),
        fmt::format("{} PUTs while {} readers made {} reads ({} met a write): {} saw an old "
                    "value after the answer, {} a wrong one",
                    items.writes, readers, reads, items.overlapping + searches.overlapping, old,
                    other));
}

namespace {

constexpr const char* kept = "/languages/lat";
constexpr const char* kept_search = "/languages?q=latin";

/// What was answered, and how often it was something else.
struct watch {
    std::string item;
    std::string found;
    std::atomic<std::size_t> reads = 0;
    std::atomic<std::size_t> changed = 0;
    std::atomic<std::size_t> refused = 0;
    std::atomic<bool> over = false;
};

asio::awaitable<void> read_same(http_client& client, watch& with)
{
    const auto one = co_await client.get(kept);
    const auto found = co_await client.get(kept_search);
    with.reads += 2;
    with.changed += one.body == with.item ? 0 : 1;
    with.changed += found.body == with.found ? 0 : 1;
}

asio::awaitable<void> watch_on(http_client& client, watch& with)
{
    while (!with.over)
        co_await read_same(client, with);
}

asio::awaitable<void> fail_on(http_client& client, watch& with, std::size_t rounds)
{
    const ends last(with.over);
    for (std::size_t round = 0; round < rounds; ++round) {
        auto body = fmt::format(R"({{"name": "Latin, never committed {}"}})", round);
        const auto got =
            co_await client.send("POST", std::string(kept) + "?fail=1", std::move(body));
        with.refused += got.status == 409 ? 1 : 0;
        co_await read_same(client, with);
    }
}

} // namespace

asio::awaitable<line> rolled_back_writes(const stage& on)
{
    constexpr std::size_t rounds = 100;
    crowd all(on.clients, readers + 1);
    co_await all.connect(on.server.port());
    http_client first(on.clients);
    co_await first.connect(on.server.port());
    watch with;
    const auto one = co_await first.get(kept);
    const auto found = co_await first.get(kept_search);
    with.item = one.body;
    with.found = found.body;

    const auto before = on.server.figures();
    crowd::part taking = [&](http_client& client, std::size_t number) {
        return number == 0 ? fail_on(client, with, rounds) : watch_on(client, with);
    };
    co_await all.each(std::move(taking));
    const auto now = on.server.figures();

    const auto rolled_back = now.rolled_back - before.rolled_back;
    const auto inside =
        of_function(now, "language").inside - of_function(before, "language").inside;
    const auto reloads =
        queries_since(before, now, "language") + queries_since(before, now, "search");
    const bool tried = one.status == 200 && found.status == 200 && with.refused == rounds &&
                       rolled_back == rounds && inside == rounds;
    co_return line(
        tried && reloads == 0 && with.changed == 0,
        fmt::format("{} updates rolled back, each seen inside its transaction ({}); of {} "
                    "reads {} saw one; {} reloads",
                    rolled_back, inside, with.reads.load(), with.changed.load(), reloads));
}

} // namespace catalog
