// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "redis/client/node.hpp"

#include <functional>
#include <memory>
#include <string>

namespace coffer::redis::detail {

/// The connection to one Sentinel, which is asked over it and says by itself when it has replaced a
/// master. One that speaks only RESP2 is only asked.
///
/// Threads: of the client's executor.
class sentinel_peer : public std::enable_shared_from_this<sentinel_peer> {
public:
    /// `parts` are of a client of Sentinels. `changed` is called when this one says that something
    /// has happened to `master` or its replicas.
    static std::shared_ptr<sentinel_peer> make(const link_parts& parts, const endpoint& at,
                                               std::string master, std::function<void()> changed);
    sentinel_peer(const endpoint& at, std::string master, std::function<void()> changed)
        : at_(at), master_(std::move(master)), changed_(std::move(changed))
    {}

    const endpoint& at() const noexcept { return at_; }
    const std::shared_ptr<link>& on() const noexcept { return link_; }
    void close();

private:
    static void pushed(void* context, const reply_view& push);
    void connected();

    const endpoint at_;
    const std::string master_;
    std::function<void()> changed_; // empty once closed
    std::shared_ptr<link> link_;
};

} // namespace coffer::redis::detail
