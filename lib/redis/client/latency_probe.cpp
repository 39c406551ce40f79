// SPDX-License-Identifier: BSL-1.0
#include "redis/client/latency_probe.hpp"

#include "redis/client/client_core.hpp"

namespace coffer::redis::detail {

asio::awaitable<void> measure_latencies(std::shared_ptr<client_core> core,
                                        std::vector<std::shared_ptr<node>> nodes)
{
    for (const auto& each : nodes) {
        if (!each->up())
            continue;
        const auto& time = core->values().clock;
        const auto before = time.now();
        try {
            const call_route route{core, nullptr, each};
            auto asking =
                run_call(route, request("PING"), within(measure_every), one_reply<void>());
            co_await std::move(asking);
        } catch (const error&) { // slow, at least
        }
        if (each->up())
            each->measured(time.now() - before);
    }
}

} // namespace coffer::redis::detail
