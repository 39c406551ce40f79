// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/clock.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>

namespace coffer {

namespace asio = boost::asio;

/// Something that happens once, for any number of coroutines that wait for it. Copies are handles
/// on the same event.
///
/// Cancellation: a wait that is cancelled ends with `operation_aborted`; the others wait on.
///
/// Threads: every member may be called from any thread at once. Waiters are posted, each to its
/// own executor; none runs inside `set`.
///
/// Cost: a wait takes one allocation and one timer of Asio.
class event {
public:
    event();

    /// Lets everybody go on, now and in future.
    void set() const noexcept;
    bool is_set() const noexcept;

    asio::awaitable<void> wait() const;
    /// False if `moment` came first.
    asio::awaitable<bool> wait_until(clock time, clock::steady_time moment) const;

private:
    class core;
    std::shared_ptr<core> core_;
};

} // namespace coffer
