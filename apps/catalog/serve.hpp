// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace catalog {

struct serve_arguments {
    std::string address = "127.0.0.1";
    std::uint16_t port = 8080;
    std::size_t threads = 2;
    std::string data;             // empty: a temporary file
    std::string cache = "memory"; // or the URL of a Redis server
};

/// Serves until SIGINT or SIGTERM, then lets requests finish. Returns the exit status.
///
/// Errors: those of `application::open`; `std::invalid_argument` for a `cache` that is no URL.
int serve(const serve_arguments& how);

} // namespace catalog
