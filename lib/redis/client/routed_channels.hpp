// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "redis/client/channel_hub.hpp"
#include "redis/client/node.hpp"

#include <coffer/redis/call_terms.hpp>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace coffer::redis::detail {

class client_core;

/// The channels of a client of several servers: sharded ones on the node of their slot, all others
/// together on one node. Each node that has some has a link for them.
///
/// When a link is lost, or a slot moves, readers are told `lagged`, and the channels are asked for
/// where they belong now, until they are there.
///
/// Threads: of the client's executor.
class routed_channels {
public:
    explicit routed_channels(client_core& owner);
    routed_channels(const routed_channels&) = delete;
    routed_channels& operator=(const routed_channels&) = delete;

    static asio::awaitable<void> join(std::shared_ptr<client_core> core,
                                      std::shared_ptr<mailbox> box, call_terms terms);
    void leave(const std::shared_ptr<mailbox>& box);
    /// Slots may have moved.
    void look_again();
    void close();
    std::vector<std::shared_ptr<link>> links() const;

private:
    using name = channel_hub::name;
    using names = std::vector<name>;

    /// One node's link, and what it was asked for.
    class place {
    public:
        std::shared_ptr<node> at;
        std::shared_ptr<link> through;
        std::set<name> has;
    };

    static asio::awaitable<void> settle(std::weak_ptr<client_core> weak, names wanted,
                                        clock::steady_time until);
    static asio::awaitable<void> try_to_settle(std::shared_ptr<client_core> core, names& wanted,
                                               clock::steady_time until);
    std::shared_ptr<node> node_for(const name& one);
    place& place_at(const std::shared_ptr<node>& at);
    void lost(const std::string& address);
    void evicted(const name& one);
    void drop(const std::string& address);
    void settle_later(names wanted);

    client_core& owner_; // owns us
    const std::shared_ptr<channel_hub> hub_ = std::make_shared<channel_hub>();
    std::map<std::string, place> places_; // by the node's address
    std::shared_ptr<node> common_;        // has what is not sharded; null until needed
};

} // namespace coffer::redis::detail
