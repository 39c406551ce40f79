// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "redis/client/latency_probe.hpp"
#include "redis/client/refresher.hpp"
#include "redis/client/router.hpp"
#include "redis/cluster/slot_map.hpp"

#include <coffer/redis/detail/call.hpp>

#include <memory>
#include <random>
#include <vector>

namespace coffer::redis::detail {

class client_core;

/// Routes by the slots of a Redis Cluster.
class cluster_router final : public router, public std::enable_shared_from_this<cluster_router> {
public:
    static std::shared_ptr<cluster_router> make(client_core& owner);
    cluster_router(client_core& owner, std::shared_ptr<refresher> asks);

    ~cluster_router() override;

    void start() override;
    void close() override;
    std::shared_ptr<node> choose(const destination& wanted) override;
    std::shared_ptr<node> follow(const redirection& told) override;
    std::vector<std::shared_ptr<node>> primaries() override;
    bool by_slot() const noexcept override { return true; }
    void refresh(const std::shared_ptr<node>& failed) override;
    event next_refresh() const override { return refresher_->next(); }
    const std::optional<error>& last_failure() const noexcept override
    {
        return refresher_->last_failure();
    }

private:
    class snapshot;

    static asio::awaitable<refreshed> ask(std::weak_ptr<cluster_router> weak,
                                          std::weak_ptr<client_core> owner);
    static asio::awaitable<slot_map> ask_node(call_route to, slot_map before);
    std::vector<endpoint> whom_to_ask();
    refreshed adopt(slot_map found);
    std::shared_ptr<node> choose_reader_of(const slot_map::shard& shard, read_policy by);
    std::shared_ptr<node> any_primary();

    client_core& owner_; // owns us: is there whenever it calls
    const std::shared_ptr<refresher> refresher_;
    std::shared_ptr<snapshot> now_; // null: nothing is known yet
    std::shared_ptr<node> failed_;  // was of no use; not to be asked next
    latency_probe probe_;
    std::minstd_rand chance_{std::random_device()()};
};

} // namespace coffer::redis::detail
