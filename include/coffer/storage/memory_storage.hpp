// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/clock.hpp>
#include <coffer/storage/storage.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <stdexcept>

namespace coffer {

/// The bounds of a `memory_storage`. A bound that is reached costs misses, never correctness:
/// entries go in the order of their last use, and what is forgotten about tags, clears and version
/// floors is replaced by the strictest of what was forgotten.
///
/// Errors: a bound of zero throws `std::invalid_argument`.
class memory_storage_options {
public:
    memory_storage_options& max_entries(std::size_t count);
    /// Of keys, values and book-keeping together.
    memory_storage_options& max_bytes(std::size_t bytes);
    /// The largest key and value that are taken; by default 64 KiB and 32 MiB, or less if
    /// `max_bytes` is small.
    memory_storage_options& max_key(std::size_t bytes);
    memory_storage_options& max_value(std::size_t bytes);
    /// How many bumped tags, cleared spaces and groups are remembered one by one, of each kind.
    memory_storage_options& max_markers(std::size_t count);
    /// How many version floors are remembered by key.
    memory_storage_options& max_floors(std::size_t count);
    /// How many keys may be held at once; one more fails with `errc::overloaded`.
    memory_storage_options& max_holds(std::size_t count);
    memory_storage_options& clock(coffer::clock time);

    std::size_t max_entries() const noexcept { return max_entries_; }
    std::size_t max_bytes() const noexcept { return max_bytes_; }
    std::size_t max_key() const noexcept
    {
        return max_key_ ? *max_key_ : std::min(std::size_t{64} << 10, max_bytes_ / 4);
    }
    std::size_t max_value() const noexcept
    {
        return max_value_ ? *max_value_ : std::min(std::size_t{32} << 20, max_bytes_ / 4);
    }
    std::size_t max_markers() const noexcept { return max_markers_; }
    std::size_t max_floors() const noexcept { return max_floors_; }
    std::size_t max_holds() const noexcept { return max_holds_; }
    const coffer::clock& clock() const noexcept { return clock_; }

private:
    std::size_t max_entries_ = 100'000;
    std::size_t max_bytes_ = std::size_t{256} << 20;
    std::optional<std::size_t> max_key_;
    std::optional<std::size_t> max_value_;
    std::size_t max_markers_ = 65'536;
    std::size_t max_floors_ = 65'536;
    std::size_t max_holds_ = 65'536;
    coffer::clock clock_;
};

/// A storage in this process's memory, with every capability but `shared` and `durable`.
///
/// Errors: `std::invalid_argument` if one value of the largest size would not fit into
/// `max_bytes`.
///
/// Threads: operations complete without suspending; each holds one lock, and copies values
/// outside it.
///
/// Cost: `clear` and `bump` are O(1); what they drop is freed when it is asked for or evicted.
storage_ptr memory_storage(memory_storage_options options = memory_storage_options());

} // namespace coffer
