// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "http/message.hpp"
#include "log.hpp"

#include <string>
#include <vector>

namespace catalog {

/// One URL of the server, as `/` lists it.
class route {
public:
    /// In `path` a part `{name}` stands for any one segment.
    route(std::string verb, std::string path, std::string text, request_handler to);

    std::string method;
    std::string pattern;
    std::string what;
    request_handler handle;
    std::vector<std::string> parts; // of the pattern
};

/// Finds the handler for a request, and turns what handlers throw into answers.
///
/// Threads: may be used from any thread once every route is added.
class router {
public:
    explicit router(log_function log) : log_(std::move(log)) {}

    /// A GET route answers HEAD too.
    router& add(std::string method, std::string pattern, std::string what, request_handler handle);

    /// Errors: only `operation_aborted` leaves; all else becomes an answer in JSON.
    ///
    /// Lifetime: the router outlives the coroutine.
    asio::awaitable<response> handle(request asked) const;

    const std::vector<route>& routes() const noexcept { return routes_; }

private:
    struct found {
        const route* to = nullptr;
        std::string allow; // of the path, if it is known
    };
    found find(request& asked) const;
    asio::awaitable<response> guarded(const route& to, request asked) const;

    const log_function log_;
    std::vector<route> routes_;
};

} // namespace catalog
