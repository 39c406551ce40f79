// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "redis/client/client_core.hpp"

namespace coffer::redis::detail {

/// Subscribes the mailbox. Runs on the client's executor.
asio::awaitable<void> join_channels(std::shared_ptr<client_core> core, std::shared_ptr<mailbox> box,
                                    call_terms terms);

} // namespace coffer::redis::detail
