// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace catalog {

namespace asio = boost::asio;

/// What a server answered.
class reply {
public:
    unsigned status = 0;
    std::string body;
    bool keep_alive = false;
    std::vector<std::pair<std::string, std::string>> headers;

    /// The first header of that name, in any case; empty if there is none.
    std::string_view header(std::string_view name) const;
};

/// One connection to an HTTP server, kept alive between requests.
///
/// Errors: `system_error`; beyond its patience `beast::error::timeout`. Then the connection is no
/// more use.
///
/// Threads: one request at a time.
class http_client {
public:
    explicit http_client(asio::any_io_executor executor,
                         std::chrono::milliseconds patience = std::chrono::seconds(60));
    http_client(http_client&&) noexcept;
    http_client& operator=(http_client&&) noexcept;
    ~http_client();

    /// To this machine.
    asio::awaitable<void> connect(std::uint16_t port);
    asio::awaitable<reply> get(std::string target);
    /// With an empty `body` there is none.
    asio::awaitable<reply> send(std::string method, std::string target, std::string body);

private:
    class core;
    std::shared_ptr<core> core_;
};

} // namespace catalog
