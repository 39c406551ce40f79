// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "redis/client/latency_probe.hpp"
#include "redis/client/leader_finder.hpp"
#include "redis/client/refresher.hpp"
#include "redis/client/router.hpp"

#include <memory>
#include <random>
#include <vector>

namespace coffer::redis::detail {

class client_core;

/// Routes among one leader and its replicas, which all have all keys.
///
/// What writes goes to the leader, as long as it is sure who that is: from the loss of a connection
/// to it on nobody is, until the finder has found one that says so itself. Who was leader before is
/// let go of at once, so that nothing is sent to it when it comes back.
class leader_router final : public router, public std::enable_shared_from_this<leader_router> {
public:
    static std::shared_ptr<leader_router> make(client_core& owner,
                                               std::unique_ptr<leader_finder> by);
    leader_router(client_core& owner, std::unique_ptr<leader_finder> by,
                  std::shared_ptr<refresher> asks);

    void start() override;
    void close() override;
    std::shared_ptr<node> choose(const destination& wanted) override;
    std::shared_ptr<node> follow(const redirection& told) override;
    std::vector<std::shared_ptr<node>> primaries() override;
    bool by_slot() const noexcept override { return false; }
    void refresh(const std::shared_ptr<node>& failed) override;
    event next_refresh() const override { return refresher_->next(); }
    const std::optional<error>& last_failure() const noexcept override;

private:
    static asio::awaitable<refreshed> find(std::weak_ptr<leader_router> weak,
                                           std::weak_ptr<client_core> owner);
    static asio::awaitable<void> meet(std::vector<std::shared_ptr<node>> replicas, clock time);
    refreshed adopt(const leader_finder::found& now);
    void watch();
    void use_replicas(const std::vector<endpoint>& at);
    std::shared_ptr<node> sure_leader() const { return sure_ ? leader_ : nullptr; }
    bool connects_to_replicas();

    client_core& owner_; // owns us: is there whenever it calls
    const std::unique_ptr<leader_finder> by_;
    const std::shared_ptr<refresher> refresher_;
    std::shared_ptr<node> leader_; // null: not known yet
    bool sure_ = false;            // that it still is the leader
    bool replicas_wanted_ = false;
    std::vector<std::shared_ptr<node>> replicas_; // empty until they are wanted
    std::optional<error> lack_;                   // why somebody found no replica
    latency_probe probe_;
    std::minstd_rand chance_{std::random_device()()};
};

} // namespace coffer::redis::detail
