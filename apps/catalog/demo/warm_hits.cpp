// SPDX-License-Identifier: BSL-1.0
#include "demo/crowd.hpp"
#include "demo/figures.hpp"
#include "demo/lines.hpp"
#include "json.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <random>

namespace catalog {
namespace {

/// What one client measured.
struct measured {
    std::vector<std::int64_t> microseconds; // one for each request
    std::size_t wrong = 0;                  // not 200
};

asio::awaitable<void> ask_on(http_client& client, const std::vector<std::string>& targets,
                             std::size_t seed, coffer::clock::steady_time until, measured& to)
{
    const coffer::clock time;
    std::minstd_rand random(static_cast<std::uint_fast32_t>(seed + 1));
    for (auto begin = time.now(); begin < until;) {
        const auto got = co_await client.get(targets[random() % targets.size()]);
        const auto end = time.now();
        to.wrong += got.status == 200 ? 0 : 1;
        to.microseconds.push_back(
            std::chrono::duration_cast<std::chrono::microseconds>(end - begin).count());
        begin = end;
    }
}

/// The targets of a hundred languages, whose names hold an a.
asio::awaitable<std::vector<std::string>> some_targets(http_client& client)
{
    const auto found = co_await client.get("/languages?q=a&limit=100");
    std::vector<std::string> targets;
    for (int at = 0; at < 100; ++at) {
        const auto path = "/languages/" + std::to_string(at) + "/code";
        targets.push_back("/languages/" + json_string(found.body, path));
    }
    co_return targets;
}

std::int64_t percentile(std::vector<std::int64_t>& all, double share)
{
    const auto at =
        all.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(all.size() - 1));
    std::nth_element(all.begin(), at, all.end());
    return *at;
}

std::uint64_t calls(const coffer::function_stats& s)
{
    return s.hits + s.storage_hits + s.loads + s.joined + s.stale + s.errors + s.cancelled;
}

} // namespace

asio::awaitable<line> warm_hits(const stage& on)
{
    using namespace std::chrono_literals;
    constexpr std::size_t count = 32;
    constexpr auto lasting = 2s;
    crowd all(on.clients, count);
    co_await all.connect(on.server.port());
    http_client first(on.clients);
    co_await first.connect(on.server.port());
    const auto targets = co_await some_targets(first);
    for (const auto& target : targets)
        co_await first.get(target);

    const auto before = of_function(on.server.figures(), "language").cache;
    std::vector<measured> results(count);
    const coffer::clock time;
    const auto until = time.now() + lasting;
    crowd::part asking = [&](http_client& client, std::size_t number) {
        return ask_on(client, targets, number, until, results[number]);
    };
    co_await all.each(std::move(asking));

    const auto after = of_function(on.server.figures(), "language").cache;
    measured sum;
    for (const auto& one : results) {
        sum.wrong += one.wrong;
        sum.microseconds.insert(sum.microseconds.end(), one.microseconds.begin(),
                                one.microseconds.end());
    }
    const auto requests = sum.microseconds.size();
    const double ratio =
        static_cast<double>(after.hits - before.hits) /
        static_cast<double>(std::max<std::uint64_t>(1, calls(after) - calls(before)));
    const bool holds = sum.wrong == 0 && requests > count && ratio > 0.99 &&
                       calls(after) - calls(before) == requests;
    co_return line(
        holds, fmt::format("{} requests/s on {} connections, hit ratio {:.2f} %, p50 {} us, "
                           "p99 {} us",
                           requests / static_cast<std::size_t>(lasting.count()), count, 100 * ratio,
                           percentile(sum.microseconds, 0.5), percentile(sum.microseconds, 0.99)));
}

} // namespace catalog
