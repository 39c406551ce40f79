// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/clock.hpp>
#include <coffer/core/ttl.hpp>
#include <coffer/observe/function_event.hpp>
#include <coffer/storage/storage.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <any>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace coffer::detail {

/// What `options` collects, and a cached function keeps for good. The typed hooks are checked
/// against the function's signature when it is made.
class function_settings {
public:
    function_settings() = default;

    // Where values live.
    storage_ptr store;
    bool near = true;              // see `near_given`
    bool near_given = false;       // else: near only if there is no storage
    bool near_coherent = false;    // near(coherent)
    ttl near_ttl = ttl::inherit(); // how long the near tier may answer for a storage
    std::size_t capacity = 10'000; // near entries
    std::size_t max_weight = 0;    // near weight; zero: no weigher
    std::string space;             // the namespace
    std::string tenant;
    std::uint32_t version = 1;
    std::vector<std::string> tags;

    // For how long.
    ttl lifetime = std::chrono::minutes(5);
    std::chrono::milliseconds grace{0};
    ttl time_to_idle = ttl::never();
    double jitter = 0; // share of the ttl, 0 to 1, that is taken off at random
    ttl error_lifetime = std::chrono::milliseconds(0);
    clock time;

    // How loads run.
    bool allow_concurrent = true;
    bool cancel_abandoned = false;
    bool fail_closed = false;
    asio::any_io_executor executor; // empty: that of whoever starts the load
    std::chrono::milliseconds load_deadline{30'000};
    std::chrono::milliseconds lease_wait{0}; // for a load in another process
    std::size_t max_loads = 100'000;
    std::size_t batch_parallel = 16; // loads at a time in get_many without a batch loader
    std::function<void(const function_event&)> on_event;

    // std::function of the function's own types; empty if not given.
    std::any batch;    // awaitable<vector<...>>(vector<key>)
    std::any make_key; // string(args...)
    std::any store_if; // bool(value)
    std::any weigher;  // size_t(value)
};

} // namespace coffer::detail
