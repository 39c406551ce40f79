// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/clock.hpp>
#include <coffer/core/ttl.hpp>

#include <cstddef>
#include <optional>
#include <utility>

namespace coffer {

/// How large a `memory_cache` may grow and how long its entries live; builder style.
///
/// Without any limit given the bound is 10,000 entries. With both, both hold.
class memory_options {
public:
    memory_options() = default;

    /// At most so many entries; zero stores nothing.
    memory_options& entries(std::size_t limit) &;
    /// At most so much weight in all, as the weigher counts it (mostly bytes).
    memory_options& weight(std::size_t limit) &;
    /// For entries put without a time of their own. Default: `never`.
    ///
    /// Errors: `std::invalid_argument` for `inherit`, as there is nothing to inherit from.
    memory_options& ttl(coffer::ttl lifetime) &;
    /// Entries that were not read for so long expire. Default: `never`.
    ///
    /// Cost: each hit reads the exact clock.
    /// Errors: `std::invalid_argument` for zero and `inherit`.
    memory_options& time_to_idle(coffer::ttl idle) &;
    memory_options& clock(coffer::clock source) &;
    /// How many independently locked parts: a power of two up to 1024. Default: by capacity and
    /// processors, one for small caches. The limits hold for all parts together.
    ///
    /// Errors: `std::invalid_argument` for any other number.
    memory_options& shards(std::size_t count) &;

    memory_options&& entries(std::size_t limit) && { return std::move(entries(limit)); }
    memory_options&& weight(std::size_t limit) && { return std::move(weight(limit)); }
    memory_options&& ttl(coffer::ttl lifetime) && { return std::move(ttl(lifetime)); }
    memory_options&& time_to_idle(coffer::ttl idle) && { return std::move(time_to_idle(idle)); }
    memory_options&& clock(coffer::clock source) && { return std::move(clock(std::move(source))); }
    memory_options&& shards(std::size_t count) && { return std::move(shards(count)); }

    /// The bound on entries that is in force, `no_limit` if only weight bounds.
    std::size_t entries() const noexcept;
    /// The bound on weight that is in force, `no_limit` if there is none.
    std::size_t weight() const noexcept { return weight_.value_or(no_limit); }
    coffer::ttl ttl() const noexcept { return ttl_; }
    coffer::ttl time_to_idle() const noexcept { return idle_; }
    const coffer::clock& clock() const noexcept { return clock_; }
    /// The number of shards: as given, else chosen by the limits and this machine's processors.
    std::size_t shards() const noexcept;

    static constexpr std::size_t no_limit = static_cast<std::size_t>(-1);
    static constexpr std::size_t default_entries = 10'000;

private:
    std::optional<std::size_t> entries_;
    std::optional<std::size_t> weight_;
    coffer::ttl ttl_ = coffer::never;
    coffer::ttl idle_ = coffer::never;
    coffer::clock clock_;
    std::size_t shards_ = 0; // zero: choose
};

} // namespace coffer
