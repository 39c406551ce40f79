// SPDX-License-Identifier: BSL-1.0
// The lines whose requests meet at the gate.
#include "demo/crowd.hpp"
#include "demo/figures.hpp"
#include "demo/lines.hpp"

#include <coffer/net/as_result.hpp>
#include <coffer/net/background.hpp>

#include <fmt/core.h>

namespace catalog {

asio::awaitable<line> cold_stampede(const stage& on)
{
    constexpr std::size_t count = 500;
    crowd all(on.clients, count);
    co_await all.connect(on.server.port());
    const auto before = on.server.figures();
    on.gate.arm("language", "deu", count - 1);
    const stopwatch taken;
    const auto answers = co_await all.ask("/languages/deu");
    const auto time = taken.milliseconds();
    const auto waited = on.gate.joined();
    on.gate.disarm();

    const auto queries = queries_since(before, on.server.figures(), "language");
    const auto good = count_status(answers, 200);
    const bool holds = queries == 1 && waited == count - 1 && good == count && all_alike(answers);
    co_return line(holds,
                   fmt::format("{} requests at once for a cold key: {} database {}, {} calls "
                               "waited for it, {} equal answers, {} ms",
                               count, queries, queries == 1 ? "query" : "queries", waited,
                               all_alike(answers) ? good : 0, time));
}

asio::awaitable<line> failing_loader(const stage& on)
{
    constexpr std::size_t count = 100;
    crowd all(on.clients, count);
    co_await all.connect(on.server.port());
    const auto logged = on.logged.load();
    const auto before = on.server.figures();
    on.gate.arm("language", "fra", count - 1, load_gate::then::fail);
    const auto answers = co_await all.ask("/languages/fra");
    const auto loads = on.gate.loads();
    on.gate.disarm();
    const auto failed = count_status(answers, 503);
    const auto told = on.logged.load() - logged;

    http_client next(on.clients);
    co_await next.connect(on.server.port());
    const auto again = co_await next.get("/languages/fra");
    const auto queries = queries_since(before, on.server.figures(), "language");
    const bool holds = loads == 1 && failed == count && told == count && all_alike(answers) &&
                       again.status == 200 && queries == 1;
    co_return line(holds,
                   fmt::format("{} load failed (injected): {} callers got its error; the next "
                               "call loaded anew: {}",
                               loads, failed, again.status));
}

asio::awaitable<line> graceful_shutdown(const stage& on)
{
    using namespace std::chrono_literals;
    constexpr std::size_t count = 20;
    crowd busy(on.clients, count);
    co_await busy.connect(on.server.port());
    crowd idle(on.clients, count);
    co_await idle.connect(on.server.port());
    on.gate.arm_closed("language", "ita", count - 1);

    // The requests wait at the gate when the server is told to stop.
    std::vector<reply> answers;
    bool orderly = false;
    coffer::background tasks;
    auto asking = [](crowd& from, std::vector<reply>& to) -> asio::awaitable<void> {
        to = co_await from.ask("/languages/ita");
    };
    auto closing = [](application& server, bool& to) -> asio::awaitable<void> {
        to = co_await server.close(10s);
    };
    tasks.start(on.clients, asking(busy, answers));
    const bool gathered = co_await on.gate.gathered();
    const stopwatch taken;
    tasks.start(on.clients, closing(on.server, orderly));
    bool refused = false;
    while (!refused && taken.milliseconds() < 5000) { // until the port is closed
        http_client late(on.clients);
        const auto connected = co_await coffer::as_result(late.connect(on.server.port()));
        refused = connected.has_error();
    }
    on.gate.open();
    co_await tasks.close();

    const auto good = count_status(answers, 200);
    const auto left = on.server.connections().connections;
    const bool holds = gathered && refused && orderly && good == count && left == 0;
    co_return line(holds, fmt::format("{} requests that ran were answered, new ones refused, {} "
                                      "connections left, caches and database closed, {} ms",
                                      good, left, taken.milliseconds()));
}

} // namespace catalog
