// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/clock.hpp>
#include <coffer/net/event.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>

namespace coffer::redis::detail {

class client_core;

/// Tells the nodes of a client, once a second, how long each takes for a sign of life.
///
/// Threads: of the client's executor.
class latency_probe {
public:
    /// From now on; what was begun goes on.
    void begin(client_core& of);
    /// For good.
    void end() { over_.set(); }

private:
    static boost::asio::awaitable<void> run(std::weak_ptr<client_core> of, clock time, event over);

    bool begun_ = false;
    const event over_;
};

} // namespace coffer::redis::detail
