// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>
#include <string_view>

namespace catalog {

/// Takes what the server has to say, from any thread: where it happened, and what. Must not throw.
using log_function = std::function<void(std::string_view where, std::string_view what)>;

/// One line on standard error.
///
/// Threads: any; lines do not mix.
void log_line(std::string_view where, std::string_view what) noexcept;

} // namespace catalog
