// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "redis/client/tracking_hub.hpp"
#include "redis/link/link.hpp"

#include <coffer/net/timer.hpp>

#include <memory>
#include <optional>

namespace coffer::redis::detail {

class node;

/// The connection to one server over which keys are read that are to be watched, and which tells
/// when they change: in the wire order of its replies, so no answer to a later question comes
/// before what it is to know.
///
/// Plain tracking. Not NOLOOP: with that Redis 7.0 says nothing of keys that it drops from a full
/// table, or evicts for want of memory, in the course of a command of this very connection. Not
/// REDIRECT: it loses changes without a word.
///
/// Threads: of the client's executor.
class tracker : public std::enable_shared_from_this<tracker> {
public:
    using time = link::time;

    static std::shared_ptr<tracker> start(const node& at, std::shared_ptr<tracking_hub> hub,
                                          asio::any_io_executor executor, clock clock);
    tracker(std::shared_ptr<tracking_hub> hub, asio::any_io_executor executor, clock clock);
    tracker(const tracker&) = delete;
    tracker& operator=(const tracker&) = delete;
    ~tracker() { hub_->leave(*this); }

    /// True if what is read over it now will be told of: it is connected, and has answered lately.
    bool usable() const;
    /// Null once it is closed.
    const std::shared_ptr<link>& on() const noexcept { return link_; }
    /// What was changed before has been told of; nothing if it was not heard of yet.
    const std::optional<time>& proof() const noexcept { return proof_; }

    void close();
    bool closed() const noexcept { return closed_; }

private:
    /// The question whose answer proves that the server still tells.
    class heartbeat final : public operation {
    public:
        explicit heartbeat(tracker& of) : operation(&heartbeat::completed), of_(of)
        {
            what = &ping_;
        }

        time sent{};

    private:
        static void completed(operation* which, verdict how, const reply_view& reply);

        tracker& of_;
        const request ping_{"PING"};
    };

    static link_role role(const std::shared_ptr<tracker>& self);
    static void pushed(void* context, const reply_view& push);
    void beat();
    void lost();

    const std::shared_ptr<tracking_hub> hub_;
    const clock clock_;
    std::optional<timer> timer_; // empty once the execution context goes
    heartbeat beat_{*this};
    std::shared_ptr<link> link_; // which keeps us, until it is closed
    std::optional<time> proof_;
    bool closed_ = false;
};

} // namespace coffer::redis::detail
