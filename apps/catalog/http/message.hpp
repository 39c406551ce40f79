// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "http/target.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace catalog {

namespace asio = boost::asio;

/// A request as handlers see it: no HTTP library in sight.
class request {
public:
    request(std::string verb, target what, std::string content)
        : method(std::move(verb)), where(std::move(what)), body(std::move(content))
    {}

    std::string method;
    target where;
    std::string body;
    std::vector<std::pair<std::string, std::string>> params; // filled in by the router

    /// What the path says for `{name}`; the route must have that part.
    const std::string& param(std::string_view name) const;
};

/// An answer in JSON.
class response {
public:
    explicit response(std::string json, unsigned code = 200) : status(code), body(std::move(json))
    {}

    unsigned status;
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers; // besides those of every answer
    bool last = false;                                        // the connection ends with it
};

/// What a handler throws to answer with an error that the client can do something about.
class http_error : public std::runtime_error {
public:
    http_error(unsigned code, const std::string& message)
        : std::runtime_error(message), status(code)
    {}

    unsigned status;
};

/// `{"error": message, "status": status}`.
response error_response(unsigned status, std::string_view message);

using request_handler = std::function<asio::awaitable<response>(request)>;

} // namespace catalog
