// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "redis/client/mailbox.hpp"
#include "redis/link/link.hpp"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace coffer::redis::detail {

/// Which mailboxes want which channels, on one link that carries nothing else.
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
    /// Ends all mailboxes, and lets go of the link.
    void close();

    /// One command for each name.
    static request joining(const std::vector<name>& names);

private:
    static void pushed(void* context, const reply_view& push);
    void deliver(const reply_view& push);
    void connected();
    void leave_at_server(const std::vector<name>& names) const;

    std::shared_ptr<link> link_;
    std::map<name, std::vector<std::shared_ptr<mailbox>>> wanted_;
    bool was_up_ = false;
};

} // namespace coffer::redis::detail
