// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "redis/client/node.hpp"
#include "redis/cluster/hash_slot.hpp"
#include "redis/cluster/redirection.hpp"

#include <coffer/net/event.hpp>
#include <coffer/redis/read_policy.hpp>

#include <memory>
#include <optional>
#include <vector>

namespace coffer::redis::detail {

/// What a command wants of a router.
class destination {
public:
    request_slot where;                      ///< of its keys
    bool only_reads = false;                 ///< a replica can serve it
    read_policy from = read_policy::primary; ///< whether one may
};

/// Knows which of several servers a command goes to.
///
/// What it knows comes from the servers, in the background, and may be old: what they answer to
/// commands sends those elsewhere, and makes it ask again. It names its nodes by
/// `client_core::node_at`, and lets go of them by `client_core::keep_only`.
///
/// Threads: of the client's executor.
///
/// Lifetime: the client owns it, so it must not own the client.
class router {
public:
    virtual ~router() = default;

    /// Begins to find out.
    virtual void start() = 0;
    /// Ends what goes on in the background. Idempotent.
    virtual void close() = 0;

    /// The node that has what a command asks for; null if that is not known, or not yet.
    virtual std::shared_ptr<node> choose(const destination& wanted) = 0;
    /// Where a redirection leads; what it says of a slot that has moved is known from now on.
    virtual std::shared_ptr<node> follow(const redirection& told) = 0;
    /// All nodes that take writes, as far as is known.
    virtual std::vector<std::shared_ptr<node>> primaries() = 0;
    /// True if keys of different slots may be on different nodes.
    virtual bool by_slot() const noexcept = 0;

    /// What is known seems to be old: asks again soon. `failed`, if any, was of no use.
    virtual void refresh(const std::shared_ptr<node>& failed) = 0;
    /// Set when the next refresh is over, however it ends.
    virtual event next_refresh() const = 0;
    /// Why the last refresh failed, if it did.
    virtual const std::optional<error>& last_failure() const noexcept = 0;
};

} // namespace coffer::redis::detail
