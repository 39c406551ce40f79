// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "redis/client/reader_choice.hpp"
#include "redis/client/tracking_hub.hpp"
#include "redis/link/link.hpp"

#include <coffer/redis/client_stats.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace coffer::redis::detail {

/// What all connections of one client have in common.
class link_parts {
public:
    asio::any_io_executor home;
    std::shared_ptr<const settings> values;
    tls_context tls;
    std::shared_ptr<retry_budget> budget;
    background tasks;
    /// False if commands can go to another node, and so fail with their connection.
    bool waits = true;
    handshake::duty serves = handshake::duty::owned;
    std::shared_ptr<tracking_hub> tracking = std::make_shared<tracking_hub>();
};

/// All connections of one client to one server.
///
/// Shared ones carry the commands of all callers; dedicated ones are lent to one caller at a time.
///
/// Threads: belongs to the client's executor; only what is const in it does not.
class node : public std::enable_shared_from_this<node> {
public:
    static std::shared_ptr<node> make(const link_parts& parts, const endpoint& at);
    node(const link_parts& parts, const endpoint& at) : parts_(parts), at_(at) {}
    node(const node&) = delete;
    node& operator=(const node&) = delete;

    /// Begins to connect.
    void start();
    /// Ends all connections; what is pending on them fails.
    void close();
    bool closed() const noexcept { return closed_; }
    /// True if a shared connection may be used.
    bool up() const noexcept;
    /// `hear` is called whenever a shared connection that was up is lost.
    void when_lost(std::function<void()> hear) { lost_ = std::move(hear); }

    /// How long it takes to answer; the largest there is while that is not known.
    fading_mean::duration latency() const noexcept { return latency_.get(); }
    void measured(fading_mean::duration once) noexcept { latency_.add(once); }

    const endpoint& at() const noexcept { return at_; }
    /// The one on which to wait for a connection.
    const std::shared_ptr<link>& first_link() const noexcept { return shared_.front(); }
    const std::string& name() const noexcept { return first_link()->node_name(); }

    /// The connection whose turn it is to carry a command.
    const std::shared_ptr<link>& shared() noexcept
    {
        if (shared_.size() == 1)
            return shared_.front();
        turn_ = (turn_ + 1) % shared_.size();
        return shared_[turn_];
    }
    /// Begins to watch, if anybody wants to hear of keys.
    void track();
    /// The connection for a command whose keys are to be watched; says so if it is not watched.
    const std::shared_ptr<link>& tracked(tracked_reads& report);
    /// A connection for one user alone; null if there are too many, or after `close`.
    std::shared_ptr<link> lend();
    /// It comes back as it went.
    void give_back(std::shared_ptr<link> lent);
    /// It comes back from a session, which may have changed it: it is told to forget all that, and
    /// closed if that cannot be done.
    void give_back_used(const std::shared_ptr<link>& lent);
    /// A connection of another kind, which is its maker's to start and to close.
    std::shared_ptr<link> make_link(link_role role) const;

    /// Scripts that the server has, as far as is known.
    bool knows_script(const std::string& digest) const { return scripts_.contains(digest); }
    void learn_script(const std::string& digest) { scripts_.insert(digest); }
    void forget_script(const std::string& digest) { scripts_.erase(digest); }

    std::vector<std::shared_ptr<link>> links() const;
    /// Of all its connections, those that have ended included.
    client_stats stats() const;

private:
    void lost();
    void forget_closed();

    const link_parts parts_;
    const endpoint at_;
    std::vector<std::shared_ptr<link>> shared_;
    std::size_t turn_ = 0;
    std::vector<std::shared_ptr<link>> dedicated_; // all that are open
    std::vector<std::pair<std::shared_ptr<link>, link::time>>
        idle_;                                    // those not lent, and since when
    std::vector<std::shared_ptr<link>> renewing_; // neither lent nor idle yet
    std::unordered_set<std::string> scripts_;
    std::function<void()> lost_; // may be empty
    fading_mean latency_;
    client_stats past_;                // of dedicated connections that have ended
    std::shared_ptr<tracker> tracker_; // null as long as nobody asks for it
    bool closed_ = false;
};

/// What one connection has done.
client_stats stats_of(const link& one);

} // namespace coffer::redis::detail
