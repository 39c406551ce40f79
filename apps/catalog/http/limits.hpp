// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace catalog {

/// What a client may ask of the server, and for how long it may take. All members are plain
/// numbers.
struct http_limits {
    std::uint32_t header_bytes = 8 * 1024;      // beyond: 431
    std::uint64_t body_bytes = 64 * 1024;       // beyond: 413
    std::size_t connections = 2000;             // beyond: 503; beyond twice as many: closed unread
    std::chrono::milliseconds idle{60'000};     // between two requests; beyond: closed
    std::chrono::milliseconds header{5'000};    // from the first byte; beyond: 408
    std::chrono::milliseconds body{10'000};     // beyond: 408
    std::chrono::milliseconds writing{10'000};  // for a client that does not read; beyond: closed
    std::chrono::milliseconds lingering{1'000}; // for a refused client to read why
};

} // namespace catalog
