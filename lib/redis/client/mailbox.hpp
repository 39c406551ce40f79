// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/net/event.hpp>
#include <coffer/redis/subscription.hpp>

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>

namespace coffer::redis::detail {

/// The messages of one subscription that wait for their reader. What reads them may be on another
/// thread than what fills it.
class mailbox {
public:
    explicit mailbox(channels of) : of_(std::move(of)) {}

    const channels& of() const noexcept { return of_; }

    /// Drops the oldest if there is no room.
    void put(message one);
    /// Nothing twice in a row.
    void say_lagged();
    void close();

    /// Waits for a message.
    static asio::awaitable<message> next(std::shared_ptr<mailbox> self);
    std::uint64_t dropped() const noexcept { return dropped_; }

private:
    void wake();

    const channels of_;
    std::atomic<std::uint64_t> dropped_ = 0;
    std::mutex mutex_;
    std::deque<message> waiting_; // this and all below guarded by mutex_
    std::optional<event> filled_; // somebody waits
    bool lagged_ = false;         // to be said before anything else
    bool closed_ = false;
};

} // namespace coffer::redis::detail
