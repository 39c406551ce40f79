// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

namespace coffer::redis::detail {

/// Bounds how much of a client's traffic may be retries, so that a sick server is not asked twice
/// as much as a healthy one. One for all connections of a client; belongs to one executor.
///
/// Each answer adds a fraction of a retry, up to `most`; each retry takes a whole one.
class retry_budget {
public:
    /// Begins full. By default every tenth answer allows a retry, and 1000 may come at once.
    explicit retry_budget(std::uint32_t most = 1000, std::uint32_t answers_for_one = 10) noexcept
        : most_(std::uint64_t(most) * answers_for_one), price_(answers_for_one), saved_(most_)
    {}

    void answered() noexcept { saved_ += saved_ < most_; }
    /// False if there is none left.
    bool take() noexcept
    {
        if (saved_ < price_)
            return false;
        saved_ -= price_;
        return true;
    }
    std::uint64_t left() const noexcept { return saved_ / price_; }

private:
    std::uint64_t most_;  // in answers, like the others
    std::uint64_t price_; // of one retry
    std::uint64_t saved_;
};

} // namespace coffer::redis::detail
