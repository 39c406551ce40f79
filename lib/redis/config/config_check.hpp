// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/settings.hpp>

#include <string>

namespace coffer::redis::detail {

/// What does not fit together, and the remedy; empty if everything does.
std::string contradiction_in(const settings& whole);

} // namespace coffer::redis::detail
