// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "http/limits.hpp"
#include "http/message.hpp"
#include "log.hpp"

#include <coffer/net/background.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <memory>

namespace catalog {

/// One connection: reads a request, has it answered, writes the answer, and so on.
///
/// Threads: `finish` and `abort` may be called from any thread.
class session {
public:
    virtual ~session() = default;

    /// Answers what has begun to arrive, then closes.
    virtual void finish() = 0;
    /// Closes at once; a handler that runs is told to cancel.
    virtual void abort() = 0;
};

/// Runs a session on the executor of `socket`, which must be a strand, until `mine` is let go.
std::shared_ptr<session> start_session(asio::ip::tcp::socket socket, request_handler handle,
                                       http_limits bounds, log_function log,
                                       std::shared_ptr<void> mine);

} // namespace catalog
