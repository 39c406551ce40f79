// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/errc.hpp>

#include <exception>
#include <string>

namespace coffer::detail {

/// Why a piece of database work did not succeed. A plain value: it crosses from a worker thread to
/// the coroutine that waits, where it becomes a `sqlite::error`.
struct sqlite_failure {
    enum class kind {
        refused,     ///< final
        busy,        ///< try again while time is left
        needs_turn,  ///< it writes, and was sent without the pool's write turn
        interrupted, ///< the waiting coroutine was cancelled
    };

    kind what = kind::refused;
    errc code = errc::database_failed;
    int native = 0;
    std::string message;
    std::string statement;

    [[noreturn]] void raise() const;
    std::exception_ptr as_exception() const;
};

} // namespace coffer::detail
