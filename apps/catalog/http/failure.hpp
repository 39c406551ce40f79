// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "http/message.hpp"
#include "log.hpp"

#include <exception>
#include <string_view>

namespace catalog {

/// The answer for what a handler threw. What is not the client's doing goes to `log` with
/// `where`, and the client learns no more than whether to try again.
///
/// Errors: rethrows `operation_aborted`.
response failure_response(const std::exception_ptr& failure, std::string_view where,
                          const log_function& log);

} // namespace catalog
