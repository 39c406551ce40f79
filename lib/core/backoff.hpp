// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/jitter.hpp>

#include <chrono>
#include <utility>

namespace coffer::detail {

/// How long to wait after a failure: drawn from 1 ms to a bound that doubles with each one, so that
/// all who lost the same server do not come back to it together.
class backoff {
public:
    using milliseconds = std::chrono::milliseconds;

    backoff(milliseconds first, milliseconds longest, jitter chance = jitter())
        : first_(first), longest_(longest), bound_(first), chance_(std::move(chance))
    {}

    milliseconds next()
    {
        const auto pause = chance_.pause(bound_);
        bound_ = bound_ > longest_ / 2 ? longest_ : bound_ * 2;
        return pause;
    }
    void succeeded() noexcept { bound_ = first_; }
    /// The longest that `next` may give.
    milliseconds bound() const noexcept { return bound_; }

private:
    milliseconds first_;
    milliseconds longest_;
    milliseconds bound_;
    jitter chance_;
};

} // namespace coffer::detail
