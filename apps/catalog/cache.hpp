// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "log.hpp"

#include <coffer/redis/client_stats.hpp>
#include <coffer/storage/breaker.hpp>
#include <coffer/storage/redis_storage.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace catalog {

namespace asio = boost::asio;

/// What a `shared_cache` did, for `/stats`.
struct cache_figures {
    std::string server; // without secrets
    coffer::breaker_state breaker = coffer::breaker_state::closed;
    std::uint64_t refused = 0;   // operations, by the breaker
    std::size_t pending = 0;     // invalidations that the server has not carried out yet
    std::uint64_t delivered = 0; // that had failed at first
    coffer::redis_storage_stats storage;
    coffer::redis::client_stats client;
};

/// A Redis server that several processes keep their entries in, and what keeps this process right
/// while it is away: a breaker, so that requests need not wait for it, and a queue of invalidations
/// that are repeated until they are delivered.
///
/// Threads: any. Lifetime: it outlives what its members return.
class shared_cache {
public:
    /// Connects in the background. `prefix` is what its names in the server begin with.
    shared_cache(asio::any_io_executor executor, coffer::redis::config server, std::string prefix,
                 log_function log);
    ~shared_cache();

    coffer::storage_ptr storage() const;
    asio::awaitable<cache_figures> figures() const;

    /// Delivers what waits, if the server can be reached, and ends the connections.
    asio::awaitable<void> close();

private:
    class core;
    std::shared_ptr<core> core_;
};

} // namespace catalog
