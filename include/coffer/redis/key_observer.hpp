// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/clock.hpp>
#include <coffer/redis/detail/redis_part.hpp>

#include <atomic>
#include <string_view>

namespace coffer::redis {

/// Hears what becomes of keys that were read through `client::tracked`. Called on the client's
/// executor, in the order in which a server says it.
class key_observer {
public:
    virtual ~key_observer() = default;

    /// The key was changed by anybody, or has gone. It may be one that nobody asked for.
    virtual void changed(std::string_view key) noexcept = 0;
    /// Any key may have changed: a server was flushed, or the connection was lost that told.
    virtual void all_changed() noexcept = 0;
    /// What was changed before this moment has been told, as far as servers are trusted that still
    /// answer. Said again and again.
    virtual void told_all_before(clock::steady_time moment) noexcept = 0;
};

/// How the reads of a `client::tracked` were sent.
///
/// Threads: each of them one at a time; that of the caller sees what its calls did.
class tracked_reads {
public:
    /// True if observers will hear of every key that was read.
    bool complete() const noexcept { return !missed_.load(std::memory_order_relaxed); }
    /// Some went over a connection that tells nothing.
    void miss() noexcept { missed_.store(true, std::memory_order_relaxed); }

private:
    std::atomic<bool> missed_{false}; // relaxed: what ends a call orders it
};

} // namespace coffer::redis
