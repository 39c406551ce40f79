// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace coffer::detail {

/// Remembers hashes of recently evicted entries, for about as many further evictions as there are
/// entries; about 5 bytes for each. It may forget early when many fall into one bucket, and takes
/// a stranger for a friend about once in several thousand times: both only cost hit ratio.
class ghost_set {
public:
    /// Remembers `hash` for about `window` further calls.
    void add(std::uint32_t hash, std::size_t window) noexcept;

    /// Whether it is remembered; forgets it.
    bool take(std::uint32_t hash) noexcept;

    void clear() noexcept;

    std::size_t memory() const noexcept { return buckets_ * sizeof(bucket); }

private:
    // A fingerprint in the upper 24 bits, below it the epoch of its arrival, 1 to 255; 0 = empty.
    using bucket = std::array<std::uint32_t, 8>;
    static constexpr unsigned epochs_in_window = 16;

    bucket& bucket_of(std::uint32_t hash) noexcept;
    unsigned age(std::uint32_t mark) const noexcept;
    bool fits(std::size_t window) const noexcept;
    void rebuild(std::size_t window) noexcept;
    void tick(std::size_t window) noexcept;

    std::unique_ptr<bucket[]> table_;
    std::uint32_t buckets_ = 0;
    std::uint32_t epoch_ = 1;  // 1 to 255, then 1 again
    std::size_t in_epoch_ = 0; // additions since the epoch began
};

} // namespace coffer::detail
