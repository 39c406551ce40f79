// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace coffer::detail {

/// One part of a transaction that may be undone by itself: the whole, a nested scope, a savepoint.
/// What is registered carries the innermost open level of the handle it was registered through.
///
/// All members are guarded by the mutex of the `scope_core`.
struct scope_level : std::enable_shared_from_this<scope_level> {
    std::shared_ptr<scope_level> parent; ///< null for the outermost scope
    scope_level* base = nullptr; ///< the scope that this savepoint is in; itself for a scope
    scope_level* top = nullptr;  ///< of a scope: its innermost savepoint; good while `open()`
    std::uint64_t begin = 0;     ///< the first sequence number that may belong to it
    std::size_t inside = 0;      ///< open savepoints and nested scopes directly in it
    bool ended = false;

    bool is_scope() const noexcept { return base == this; }

    /// True for `outer` itself and everything in it.
    bool within(const scope_level& outer) const noexcept
    {
        const scope_level* at = this;
        while (at && at != &outer)
            at = at->parent.get();
        return at != nullptr;
    }

    /// True while neither this nor anything around it has ended.
    bool open() const noexcept
    {
        const scope_level* at = this;
        while (at && !at->ended)
            at = at->parent.get();
        return at == nullptr;
    }
};

} // namespace coffer::detail
