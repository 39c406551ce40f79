// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "redis/client/channel_hub.hpp"
#include "redis/link/link.hpp"

#include <coffer/redis/client_stats.hpp>
#include <coffer/redis/config.hpp>
#include <coffer/redis/detail/call.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

namespace coffer::redis::detail {

/// All connections of one client to one node.
///
/// Threads: belongs to its executor; only `make`, the destructor and what is const in it do not.
class client_core : public std::enable_shared_from_this<client_core> {
public:
    static std::shared_ptr<client_core> make(asio::any_io_executor executor, const config& from);
    client_core(asio::any_io_executor executor, const config& from);
    client_core(const client_core&) = delete;
    client_core& operator=(const client_core&) = delete;
    ~client_core();

    const asio::any_io_executor& home() const noexcept { return home_; }
    const settings& values() const noexcept { return *settings_; }
    const std::string& description() const noexcept { return description_; }
    const background& tasks() const noexcept { return tasks_; }

    /// Sends a call; false if that was not possible, and then it has failed.
    bool send(call& one);
    /// A link that was lent to one call or session comes back.
    void give_back(std::shared_ptr<link> lent);
    /// A link for one user alone; null if there are too many.
    std::shared_ptr<link> lend();

    void leave_channels(const std::shared_ptr<mailbox>& box) { hub_->leave(box); }
    /// True if the execution context is gone.
    bool gone() const noexcept { return shared_.front()->abandoned(); }

    void close();
    bool closed() const noexcept { return closed_; }
    client_stats stats() const;

    /// The link on which to wait for a connection.
    const std::shared_ptr<link>& first_link() const noexcept { return shared_.front(); }

    /// Scripts that the node has, as far as is known.
    bool knows_script(const std::string& digest) const { return scripts_->contains(digest); }
    void learn_script(const std::string& digest) { scripts_->insert(digest); }
    void forget_script(const std::string& digest) { scripts_->erase(digest); }

    /// The hub, with a link.
    channel_hub& hub();

private:
    std::shared_ptr<link> make_link(link_role role);
    std::shared_ptr<link>& next_link() noexcept;
    std::vector<std::shared_ptr<link>> links() const;

    const asio::any_io_executor home_;
    const std::shared_ptr<const settings> settings_;
    const std::string description_;
    const tls_context tls_;
    const std::shared_ptr<retry_budget> budget_ = std::make_shared<retry_budget>();
    const background tasks_;
    std::vector<std::shared_ptr<link>> shared_;
    std::size_t turn_ = 0;
    std::vector<std::shared_ptr<link>> dedicated_; // all that are open
    std::vector<std::pair<std::shared_ptr<link>, link::time>>
        idle_; // those not lent, and since when
    // Shared with the links, which may outlive us by a turn of the loop.
    const std::shared_ptr<std::unordered_set<std::string>> scripts_;
    const std::shared_ptr<channel_hub> hub_;
    bool closed_ = false;
};

} // namespace coffer::redis::detail
