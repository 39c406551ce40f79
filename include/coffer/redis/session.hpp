// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/client.hpp>

#include <memory>

namespace coffer::redis {

/// A connection that one user has alone, from `client::session`.
///
///     auto own = co_await db.session();
///     co_await own->exec<redis::ok>("WATCH", "balance");
///     …
///     auto done = co_await own->transaction<redis::ok>(change);   // nothing: it was changed
///
/// It does not connect again: after `errc::connection_lost` one asks for another.
///
/// Lifetime: the destructor gives the connection back. Before anybody else has it, it forgets all
/// that it was told to watch, select or subscribe to (RESET); where that cannot be done, or while
/// it owes an answer, it is closed.
class session {
public:
    session(session&&) noexcept = default;
    session& operator=(session&& other) noexcept;
    ~session();

    const client* operator->() const noexcept { return &on_; }
    const client& operator*() const noexcept { return on_; }

private:
    friend class client;
    explicit session(client on) : on_(std::move(on)) {}
    void end() noexcept;

    client on_;
};

} // namespace coffer::redis
