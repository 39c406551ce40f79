// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "redis/client/channel_hub.hpp"
#include "redis/client/node.hpp"
#include "redis/client/routed_channels.hpp"
#include "redis/client/router.hpp"

#include <coffer/redis/client_stats.hpp>
#include <coffer/redis/config.hpp>
#include <coffer/redis/detail/call.hpp>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace coffer::redis::detail {

/// What the handles of one client share: its nodes, and how a command finds the one it goes to.
///
/// With one server there is one node, and every command goes there. Otherwise a router knows.
///
/// Threads: belongs to its executor; only `make`, the destructor and what is const in it do not.
class client_core : public std::enable_shared_from_this<client_core> {
public:
    static std::shared_ptr<client_core> make(asio::any_io_executor executor, const config& from);
    client_core(asio::any_io_executor executor, const config& from);
    client_core(const client_core&) = delete;
    client_core& operator=(const client_core&) = delete;
    ~client_core();

    const asio::any_io_executor& home() const noexcept { return parts_.home; }
    const settings& values() const noexcept { return *parts_.values; }
    const std::string& description() const noexcept { return description_; }
    const background& tasks() const noexcept { return parts_.tasks; }

    /// The only server; null if there is a router.
    const std::shared_ptr<node>& direct() const noexcept { return direct_; }
    /// Null if there is only one server.
    const std::shared_ptr<detail::router>& router() const noexcept { return router_; }
    /// The node of a server, which begins to connect if it is new.
    std::shared_ptr<node> node_at(const endpoint& at,
                                  handshake::duty serves = handshake::duty::owned);

    std::vector<std::shared_ptr<node>> nodes() const;

    void leave_channels(const std::shared_ptr<mailbox>& box);
    /// The channels of several servers; null if there is only one.
    const std::shared_ptr<routed_channels>& routed() const noexcept { return routed_; }
    /// The hub of the only server, with a link.
    channel_hub& hub();
    tracking_hub& tracking() noexcept { return *parts_.tracking; }

    /// True if the execution context is gone.
    bool gone() const noexcept { return witness_->abandoned(); }
    /// The time of this turn of the loop.
    link::time now() const { return witness_->now(); }

    /// Of the nodes, lets go of those that are not named, once what is going on there has had time
    /// to end.
    void keep_only(const std::vector<endpoint>& named);
    /// True if one more request may be sent again.
    bool may_retry() const noexcept { return parts_.budget->take(); }
    void count_redirect() noexcept { ++redirected_; }

    /// Set when `close` begins, or nobody has the client any more.
    const event& closing() const noexcept { return closing_; }

    void close();
    bool closed() const noexcept { return closed_; }
    client_stats stats() const;
    /// Whoever listens hears what a router has found.
    void tell(connection_event::kind what, const std::string& node) const noexcept;

private:
    using node_key = std::pair<std::string, handshake::duty>;

    static asio::awaitable<void> sweep(std::weak_ptr<client_core> weak,
                                       std::vector<node_key> unnamed, event closing, clock time);

    const link_parts parts_;
    const std::string description_;
    std::map<node_key, std::shared_ptr<node>> nodes_; // by their address
    std::shared_ptr<node> direct_;                    // as all below, not changed after `make`
    std::shared_ptr<detail::router> router_;
    std::shared_ptr<routed_channels> routed_;
    std::shared_ptr<link> witness_; // of the execution context's end
    const std::shared_ptr<channel_hub> hub_ = std::make_shared<channel_hub>();
    std::set<std::string> named_; // of nodes_, by the router
    bool sweeping_ = false;
    const event closing_;
    std::uint64_t redirected_ = 0;
    client_stats past_; // of nodes that were let go
    bool closed_ = false;
};

/// When a call ends at the latest that begins now.
clock::steady_time deadline_of(const client_core& core, const request& what, call_terms terms);

} // namespace coffer::redis::detail
