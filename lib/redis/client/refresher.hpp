// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "redis/client/refresh_pace.hpp"

#include <coffer/core/jitter.hpp>
#include <coffer/net/background.hpp>
#include <coffer/net/event.hpp>
#include <coffer/redis/error.hpp>

#include <functional>
#include <memory>
#include <optional>

namespace coffer::redis::detail {

/// Keeps what a router knows up to date, in the background: one round of questions at a time, at
/// the pace of `refresh_pace`.
///
/// Threads: of the client's executor.
///
/// Lifetime: the coroutine keeps this until `close`, or until its execution context goes.
class refresher : public std::enable_shared_from_this<refresher> {
public:
    /// One round. It bounds its own time; what it throws is why it failed.
    using round = std::function<asio::awaitable<refreshed>()>;

    /// It asks every so often by itself, if nobody wants it to.
    refresher(clock time, round ask, refresh_pace pace = refresh_pace())
        : time_(std::move(time)), ask_(std::move(ask)), pace_(pace)
    {}
    refresher(const refresher&) = delete;
    refresher& operator=(const refresher&) = delete;

    void start(const asio::any_io_executor& executor, const background& tasks);
    void close();
    bool closed() const noexcept { return closed_; }

    /// Asks soon. `in_trouble`: some node is out of reach.
    void want(bool in_trouble);
    /// Set when the next round is over, however it ends, or there will be none any more.
    event next() const noexcept { return over_; }
    const std::optional<error>& last_failure() const noexcept { return failure_; }

private:
    static asio::awaitable<void> keep(std::shared_ptr<refresher> self);
    asio::awaitable<refreshed> run_round();

    const clock time_;
    round ask_; // empty once closed
    refresh_pace pace_;
    const jitter chance_;
    event wake_; // there is something new to do
    event over_;
    std::optional<error> failure_;
    bool closed_ = false;
};

} // namespace coffer::redis::detail
