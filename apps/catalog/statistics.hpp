// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "http/server.hpp"
#include "service.hpp"

#include <chrono>

namespace catalog {

/// What `GET /stats` answers.
struct statistics {
    service_figures work;
    server::counts connections;
    std::chrono::seconds uptime{0};
};

} // namespace catalog
