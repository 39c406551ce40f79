// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/settings.hpp>

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <vector>

namespace coffer::redis::detail {

class client_core;

/// Finds out which of several servers with the same data is the leader.
///
/// Threads: of the client's executor.
///
/// Lifetime: its router owns it, so it must not own the router or the client.
class leader_finder {
public:
    struct found {
        endpoint leader; // it said so itself, just now
        std::vector<endpoint> replicas;
    };

    virtual ~leader_finder() = default;

    /// The replicas that are known without asking anybody.
    virtual std::vector<endpoint> replicas() const = 0;
    /// `changed` is called when something that it hears of makes it worth to ask again.
    virtual void start(std::function<void()> changed) = 0;
    virtual void close() = 0;

    /// Errors: `redis::error`, with all that is known in its text. Ends within seconds.
    virtual asio::awaitable<found> find(std::shared_ptr<client_core> core) = 0;
};

/// The leader is the first of a list that the user gave, and the others are its replicas.
std::unique_ptr<leader_finder> leader_of_list(std::vector<endpoint> servers);

} // namespace coffer::redis::detail
