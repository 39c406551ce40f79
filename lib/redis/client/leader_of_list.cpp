// SPDX-License-Identifier: BSL-1.0
#include "redis/client/client_core.hpp"
#include "redis/client/leader_finder.hpp"
#include "redis/client/server_role.hpp"

#include <coffer/core/errc.hpp>

namespace coffer::redis::detail {
namespace {

class listed final : public leader_finder {
public:
    explicit listed(std::vector<endpoint> servers) : servers_(std::move(servers)) {}

    void start(std::function<void()>) override {}
    void close() override {}
    asio::awaitable<found> find(std::shared_ptr<client_core> core) override
    {
        return ask(std::move(core), servers_);
    }

private:
    static asio::awaitable<found> ask(std::shared_ptr<client_core> core,
                                      std::vector<endpoint> servers)
    {
        const settings& from = core->values();
        const auto leader = core->node_at(servers.front());
        auto asking = role_of(core, leader, later(from.clock.now(), from.connect_timeout));
        const auto role = co_await std::move(asking);
        if (!role.is_master())
            throw error(errc::server_refused,
                        error_details()
                            .node(leader->name())
                            .reply(error_reply("READONLY it is a replica"))
                            .note("the first of the servers is the leader; name it first, or let "
                                  "Sentinels find it: redis+sentinel://"));
        found all{servers.front(), {}};
        servers.erase(servers.begin());
        all.replicas = std::move(servers);
        co_return all;
    }

    const std::vector<endpoint> servers_;
};

} // namespace

std::unique_ptr<leader_finder> leader_of_list(std::vector<endpoint> servers)
{
    return std::make_unique<listed>(std::move(servers));
}

} // namespace coffer::redis::detail
