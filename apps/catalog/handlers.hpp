// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "http/router.hpp"
#include "service.hpp"
#include "statistics.hpp"

#include <functional>
#include <memory>

namespace catalog {

/// The URLs of the catalogue.
///
/// Lifetime: handlers share the service; `stats` is called from any thread.
std::shared_ptr<const router> make_router(std::shared_ptr<service> of,
                                          std::function<asio::awaitable<statistics>()> stats,
                                          log_function log);

} // namespace catalog
