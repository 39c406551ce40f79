// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/ttl.hpp>

#include <optional>
#include <utility>

namespace coffer {

/// What `memory_cache::compute` hands to its function: the entry's value in place, or nothing.
///
/// It reads like an `optional<V>&`: test it, change the value through `*` or `->`, assign another
/// value, or `reset()` it. A value that is assigned over or reset is not destroyed here, but leaves
/// the cache as `replaced` or `invalidated`, so that the removal listener gets to see it.
template <class V>
class value_slot {
public:
    value_slot() = default;
    value_slot(const value_slot&) = delete;
    value_slot& operator=(const value_slot&) = delete;

    bool has_value() const noexcept { return current_ != nullptr; }
    explicit operator bool() const noexcept { return has_value(); }

    /// Read access, which leaves the entry as it is. Precondition, as for `*` and `->`: a value.
    const V& value() const noexcept { return *current_; }
    /// Access for change: the entry is weighed again afterwards.
    V& operator*() noexcept
    {
        touched_ = touched_ || !fresh_;
        return *current_;
    }
    V* operator->() noexcept { return &**this; }

    /// Gives the entry another value, or its first one.
    value_slot& operator=(V value)
    {
        fresh_.emplace(std::move(value));
        current_ = &*fresh_;
        return *this;
    }

    /// Erases the entry.
    void reset() noexcept
    {
        fresh_.reset();
        current_ = nullptr;
    }

    /// The time to live of a value assigned here; without it, the cache's default.
    void lifetime(ttl span) noexcept { lifetime_ = span; }

    /// For the cache: the entry's value, or null, before; what happened, after.
    void bind(V* current) noexcept { current_ = current; }
    bool touched() const noexcept { return touched_; }
    std::optional<V>& fresh() noexcept { return fresh_; }
    ttl lifetime() const noexcept { return lifetime_; }

private:
    V* current_ = nullptr;   // the entry's value, `fresh_`, or null
    std::optional<V> fresh_; // assigned here
    ttl lifetime_;
    bool touched_ = false;
};

} // namespace coffer
