// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "redis/client/mailbox.hpp"
#include "redis/link/link.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace coffer::redis::detail {

/// Which mailboxes want which channels. With one server it also has the link for them, which
/// carries nothing else; with several, `routed_channels` has one to each.
///
/// Threads: of the client's executor.
class channel_hub {
public:
    using name = std::pair<channels::kind, std::string>;

    channel_hub() = default;
    channel_hub(const channel_hub&) = delete;
    channel_hub& operator=(const channel_hub&) = delete;

    /// For the link that is given to `use`. Keeps the hub.
    static link_role role(const std::shared_ptr<channel_hub>& self);
    void use(std::shared_ptr<link> one) { link_ = std::move(one); }
    const std::shared_ptr<link>& on() const noexcept { return link_; }

    /// Adds a mailbox; returns the names that the server is to be asked for: nobody wanted them.
    std::vector<name> join(const std::shared_ptr<mailbox>& box);
    /// Takes it out, and at the server what nobody wants any more.
    void leave(const std::shared_ptr<mailbox>& box);
    /// The same without a word to the server; returns what nobody wants any more.
    std::vector<name> forget(const std::shared_ptr<mailbox>& box);
    static void leave_through(link& connection, const std::vector<name>& names);
    bool wants(const name& one) const { return wanted_.contains(one); }
    void say_lagged(const name& one) const;
    /// `hear` is told when a server ends a subscription by itself, as it does when a slot moves.
    void on_evicted(std::function<void(const name&)> hear) { evicted_ = std::move(hear); }

    /// What links are to call with their pushes.
    push_sink sink() noexcept { return {&channel_hub::pushed, this}; }

    /// Ends all mailboxes, and lets go of the link.
    void close();

    /// One command for each name.
    static request joining(const std::vector<name>& names);

private:
    static void pushed(void* context, const reply_view& push);
    void deliver(const reply_view& push);
    void connected();

    std::shared_ptr<link> link_;
    std::map<name, std::vector<std::shared_ptr<mailbox>>> wanted_;
    std::function<void(const name&)> evicted_; // empty with one server
    bool was_up_ = false;
};

} // namespace coffer::redis::detail
