// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "cache.hpp"
#include "http/server.hpp"
#include "service.hpp"

#include <chrono>
#include <optional>

namespace catalog {

/// What `GET /stats` answers.
struct statistics {
    service_figures work;
    server::counts connections;
    std::optional<cache_figures> cache; // absent: values are kept in this process alone
    std::chrono::seconds uptime{0};
};

} // namespace catalog
