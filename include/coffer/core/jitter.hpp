// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/ttl.hpp>

#include <chrono>
#include <cstdint>
#include <functional>

namespace coffer {

/// Chance, to keep apart what would else happen at the same time everywhere. Copies draw from the
/// same source.
///
/// Threads: every member may be called from any thread at once.
class jitter {
public:
    /// Draws from the machine's chance.
    jitter() = default;
    /// Draws what this seed gives, always the same.
    explicit jitter(std::uint64_t seed);
    /// Draws from `shares`: numbers from 0 to 1. It is called from any thread and under locks, and
    /// must not throw.
    explicit jitter(std::function<double()> shares) : shares_(std::move(shares)) {}

    /// Leaves nothing to chance: every pause and every lifetime is the whole one.
    static jitter none();

    /// A number from 0 to 1.
    double share() const;
    /// A pause from 1 ms to `most`, each as likely: full jitter.
    std::chrono::milliseconds pause(std::chrono::milliseconds most) const;
    /// Takes up to `most`, a share from 0 to 1, off a time to live; of a positive one at least 1 ms
    /// is left.
    ttl shorten(ttl whole, double most) const;

private:
    std::function<double()> shares_; // empty: the machine's
};

} // namespace coffer
