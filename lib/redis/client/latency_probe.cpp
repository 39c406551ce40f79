// SPDX-License-Identifier: BSL-1.0
#include "redis/client/latency_probe.hpp"

#include "redis/client/client_core.hpp"

#include <chrono>
#include <utility>

namespace coffer::redis::detail {
namespace {

constexpr std::chrono::seconds every{1};

/// One after the other, those that are connected.
asio::awaitable<void> measure_all(std::shared_ptr<client_core> core)
{
    const clock& time = core->values().clock;
    const auto nodes = core->nodes();
    for (const auto& each : nodes) {
        if (!each->up())
            continue;
        const auto before = time.now();
        try {
            const call_route route{core, nullptr, each};
            auto asking = run_call(route, request("PING"), within(every), one_reply<void>());
            co_await std::move(asking);
        } catch (const error&) { // slow, at least
        }
        if (each->up())
            each->measured(time.now() - before);
    }
}

} // namespace

void latency_probe::begin(client_core& of)
{
    if (std::exchange(begun_, true) || over_.is_set())
        return;
    of.tasks().start(of.home(), run(of.weak_from_this(), of.values().clock, over_));
}

asio::awaitable<void> latency_probe::run(std::weak_ptr<client_core> of, clock time, event over)
{
    for (bool ends = false; !ends;) {
        auto core = of.lock();
        if (!core)
            co_return;
        auto measuring = measure_all(core);
        co_await std::move(measuring);
        core.reset(); // others may let go of it meanwhile
        auto waiting = over.wait_until(time, later(time.now(), every));
        ends = co_await std::move(waiting);
    }
}

} // namespace coffer::redis::detail
