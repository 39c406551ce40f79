// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "http/limits.hpp"
#include "http/message.hpp"
#include "log.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace catalog {

/// An HTTP/1.1 server: accepts connections within its limits and hands requests to one handler.
///
/// Threads: every member may be called from any thread at once. Each connection runs in a strand of
/// its own, so `handle` runs on many threads at once.
///
/// Lifetime: a copy of `handle` lives as long as a connection does.
class server {
public:
    server(asio::any_io_executor executor, request_handler handle, http_limits bounds = {},
           log_function log = log_line);

    /// Starts to accept, and returns the port: the one asked for, or a free one if that is 0.
    ///
    /// Errors: `system_error`, e.g. if the port is in use.
    std::uint16_t listen(const std::string& address, std::uint16_t port);

    /// Accepts no more, lets requests that have begun to arrive finish, and after `bound` cuts off
    /// those that have not. Returns whether nobody was cut off. Idempotent.
    asio::awaitable<bool> stop(std::chrono::milliseconds bound);

    struct counts {
        std::uint64_t connections = 0; // open now
        std::uint64_t accepted = 0;    // ever
        std::uint64_t refused = 0;     // for there being too many
    };
    counts count() const;

private:
    class core;
    std::shared_ptr<core> core_;
};

} // namespace catalog
