// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "redis/client/leader_finder.hpp"
#include "redis/client/node.hpp"

#include <memory>

namespace coffer::redis::detail {

/// The leader is who Sentinels say is the master of a name. `parts` are those of the client.
std::unique_ptr<leader_finder> leader_by_sentinels(const link_parts& parts);

} // namespace coffer::redis::detail
