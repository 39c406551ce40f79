// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>

namespace coffer::redis::detail {

/// How long to wait before the next attempt: anything up to a bound that doubles with each failure,
/// so that clients which lost the same server do not come back together.
class backoff {
public:
    using milliseconds = std::chrono::milliseconds;

    backoff(milliseconds first, milliseconds longest, std::uint64_t seed)
        : first_(first), longest_(longest), bound_(first), random_(seed)
    {}

    milliseconds next()
    {
        std::uniform_int_distribution<std::int64_t> any(0, bound_.count());
        bound_ = std::min(longest_, bound_ * 2);
        return milliseconds(any(random_));
    }
    void succeeded() noexcept { bound_ = first_; }
    milliseconds bound() const noexcept { return bound_; }

private:
    const milliseconds first_;
    const milliseconds longest_;
    milliseconds bound_;
    std::minstd_rand random_;
};

} // namespace coffer::redis::detail
