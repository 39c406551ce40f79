// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/keyring.hpp>

#include <cstddef>
#include <optional>

namespace coffer {

/// How an `envelope` writes, and what it accepts. The default: as it is, without a seal.
class envelope_options {
public:
    /// What no option can exceed: an envelope's lengths have 31 bits.
    static constexpr std::size_t largest_payload = std::size_t{1} << 30;

    envelope_options() = default;

    /// Compresses (zstd) payloads of at least so many bytes, where that makes them smaller.
    ///
    /// Errors: `std::invalid_argument` if this build has no zstd, see `can_compress()`.
    envelope_options& compress_above(std::size_t bytes);

    /// From 1 (fastest; the default) to 19 (smallest).
    ///
    /// Errors: `std::invalid_argument` for another level.
    envelope_options& compression_level(int level);

    /// Seals entries (AES-256-GCM), and refuses to read any that is not sealed by one of the keys.
    ///
    /// Errors: `std::invalid_argument` if there are no keys.
    envelope_options& seal(keyring keys);

    /// Refuses payloads beyond so many bytes, when writing and when reading, where it also bounds
    /// what a compressed one may grow to. 64 MiB unless said.
    ///
    /// Errors: `std::invalid_argument` for zero, or beyond 1 GiB.
    envelope_options& max_payload(std::size_t bytes);

    /// True if this build reads and writes compressed entries; otherwise they are misses.
    static bool can_compress() noexcept;

    const std::optional<std::size_t>& compress_above() const noexcept { return compress_above_; }
    int compression_level() const noexcept { return level_; }
    const std::optional<keyring>& seal() const noexcept { return seal_; }
    std::size_t max_payload() const noexcept { return max_payload_; }

private:
    std::optional<std::size_t> compress_above_;
    int level_ = 1;
    std::optional<keyring> seal_;
    std::size_t max_payload_ = std::size_t{64} << 20;
};

} // namespace coffer
