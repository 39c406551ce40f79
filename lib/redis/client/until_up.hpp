// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "redis/link/link.hpp"

#include <coffer/redis/call_terms.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>

namespace coffer::redis::detail {

/// Waits until a link is connected.
///
/// Errors: why the attempt that goes on, or the next one, failed; `errc::timeout` at `moment`.
asio::awaitable<void> until_up(std::shared_ptr<link> which, clock time, link::time moment);

/// For calls that must have ended at `moment`.
call_terms terms_until(const clock& time, link::time moment);

} // namespace coffer::redis::detail
