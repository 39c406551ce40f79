// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "redis/client/node.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <memory>
#include <vector>

namespace coffer::redis::detail {

class client_core;

/// How often whoever reads from the nearest server measures which one that is.
constexpr std::chrono::seconds measure_every{1};

/// Asks each node that is connected for a sign of life, one after the other, and tells it how long
/// that took.
asio::awaitable<void> measure_latencies(std::shared_ptr<client_core> core,
                                        std::vector<std::shared_ptr<node>> nodes);

} // namespace coffer::redis::detail
