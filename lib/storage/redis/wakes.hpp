// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/net/event.hpp>
#include <coffer/redis/client.hpp>
#include <coffer/storage/redis_storage.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace coffer::detail {

/// Who waits in this process until somebody else's lease ends, by the name of the entry.
///
/// Threads: every member may be called from any thread at once.
class redis_waiters {
public:
    using time = clock::steady_time;

    /// It is forgotten after `until`, when it will have asked by itself.
    void add(const std::string& name, const event& one, time until);
    void wake(const std::string& name);
    void wake_all();

private:
    using list = std::vector<std::pair<event, time>>;
    void sweep(time now);

    std::mutex mutex_;
    std::map<std::string, list> all_; // guarded by mutex_
    std::size_t sweep_at_ = 64;       // so many names
};

/// Hears that leases have ended. A process has one channel, which it notes in an entry that it
/// waits for; the script that ends the lease publishes the entry's name there, and nothing where
/// nobody waits. Not a sharded channel: that would be one for each slot of a cluster, and a
/// message to a channel reaches all nodes of it.
///
/// Nobody depends on it: who hears nothing asks again, after a while.
class redis_wakes {
public:
    redis_wakes(redis::client over, const redis_storage_options& options, std::string channel);
    redis_wakes(const redis_wakes&) = delete;
    redis_wakes& operator=(const redis_wakes&) = delete;

    /// The channel, subscribed to on first use; empty if it cannot be heard at the moment.
    asio::awaitable<std::string> listen();
    /// Sets the event when the lease of this entry ends. First this, then the note at the entry.
    void add(const std::string& name, const event& one);
    void close();

private:
    void refused(const std::exception& why);

    const redis::client client_;
    const redis_storage_options& options_;
    const std::string channel_;
    const std::shared_ptr<redis_waiters> waiters_ = std::make_shared<redis_waiters>();
    std::mutex mutex_;
    redis::subscription heard_; // this and all below guarded by mutex_
    enum class state : std::uint8_t { silent, joining, heard } state_ = state::silent;
    clock::steady_time not_before_{};
    bool told_ = false; // that it is refused
};

} // namespace coffer::detail
