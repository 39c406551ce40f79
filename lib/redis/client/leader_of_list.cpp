// SPDX-License-Identifier: BSL-1.0
#include "redis/client/client_core.hpp"
#include "redis/client/leader_finder.hpp"
#include "redis/client/server_role.hpp"

#include <coffer/core/errc.hpp>

namespace coffer::redis::detail {
namespace {

class by_list final : public leader_finder {
public:
    explicit by_list(std::vector<endpoint> servers) : servers_(std::move(servers)) {}

    std::vector<endpoint> replicas() const override
    {
        return {servers_.begin() + 1, servers_.end()};
    }
    void start(std::function<void()>) override {}
    void close() override {}
    asio::awaitable<found> find(std::shared_ptr<client_core> core) override
    {
        return ask(std::move(core), {servers_.front(), replicas()});
    }

private:
    static asio::awaitable<found> ask(std::shared_ptr<client_core> core, found listed)
    {
        const settings& from = core->values();
        const auto leader = core->node_at(listed.leader);
        auto asking = role_of(core, leader, later(from.clock.now(), from.connect_timeout));
        const auto role = co_await std::move(asking);
        if (!role.is_master())
            throw error(errc::server_refused,
                        error_details()
                            .node(leader->name())
                            .reply(error_reply("READONLY it is a replica"))
                            .note("the first of the servers is the leader; name it first, or let "
                                  "Sentinels find it: redis+sentinel://"));
        co_return listed;
    }

    const std::vector<endpoint> servers_;
};

} // namespace

std::unique_ptr<leader_finder> leader_of_list(std::vector<endpoint> servers)
{
    return std::make_unique<by_list>(std::move(servers));
}

} // namespace coffer::redis::detail
