// SPDX-License-Identifier: BSL-1.0
#include "cache.hpp"

#include <coffer/storage/retry_queue.hpp>

#include <boost/asio/strand.hpp>

namespace catalog {
namespace {

using namespace std::chrono_literals;
namespace redis = coffer::redis;

/// Attempts that fail are not told: they go on until the server is back.
redis::config with_log(redis::config server, log_function log)
{
    server.on_event([log = std::move(log)](const redis::connection_event& seen) {
        if (seen.what == redis::connection_event::kind::connected)
            log("cache", "connected to " + seen.node);
        else if (seen.what == redis::connection_event::kind::lost)
            log("cache", "lost " + seen.node + ": " + seen.reason);
    });
    return server;
}

coffer::redis_storage_options naming(std::string prefix, log_function log)
{
    coffer::redis_storage_options how;
    how.prefix(std::move(prefix));
    how.on_notice([log = std::move(log)](const coffer::redis_storage_notice& seen) {
        log("cache", seen.text);
    });
    return how;
}

// A server that is back is used again within two seconds.
coffer::breaker_options breaking(log_function log)
{
    coffer::breaker_options how;
    how.cool_down(250ms, 2s);
    how.on_change([log = std::move(log)](coffer::breaker_state now) {
        if (now == coffer::breaker_state::open)
            log("cache", "does without it for a while");
    });
    return how;
}

coffer::retry_options retrying(asio::any_io_executor executor)
{
    coffer::retry_options how;
    how.pause(100ms, 2s).executor(std::move(executor));
    return how;
}

} // namespace

class shared_cache::core {
public:
    core(asio::any_io_executor executor, redis::config server, std::string prefix, log_function to)
        // Clients belong to one thread or strand, and the server's context has several threads.
        : client(asio::make_strand(executor), with_log(std::move(server), to)),
          entries(client, naming(std::move(prefix), to)), guarded(entries, breaking(to)),
          queue(guarded, retrying(executor)), log(std::move(to))
    {}

    const redis::client client;
    const coffer::redis_storage entries;
    const coffer::breaker guarded;
    const coffer::retry_queue queue;
    const log_function log;
};

shared_cache::shared_cache(asio::any_io_executor executor, redis::config server, std::string prefix,
                           log_function log)
    : core_(std::make_shared<core>(std::move(executor), std::move(server), std::move(prefix),
                                   std::move(log)))
{}

shared_cache::~shared_cache() = default;

coffer::storage_ptr shared_cache::storage() const
{
    return core_->queue;
}

asio::awaitable<cache_figures> shared_cache::figures() const
{
    cache_figures all;
    all.server = core_->client.describe();
    all.breaker = core_->guarded.state();
    all.refused = core_->guarded.refused();
    all.pending = core_->queue.pending();
    all.delivered = core_->queue.delivered();
    all.storage = core_->entries.stats();
    all.client = co_await core_->client.stats();
    co_return all;
}

asio::awaitable<void> shared_cache::close()
{
    const std::size_t left = co_await core_->queue.close();
    if (left > 0)
        core_->log("cache", std::to_string(left) + " invalidations were not delivered");
    co_await core_->client.close();
}

} // namespace catalog
