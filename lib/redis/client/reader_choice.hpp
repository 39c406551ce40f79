// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/read_policy.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <random>
#include <vector>

namespace coffer::redis::detail {

/// Which of the servers with the same data is to serve a read; null if none can. A server has
/// `up()` and `latency()`, which is the largest there is while it is not known.
template <class Server, class Random>
std::shared_ptr<Server> choose_reader(read_policy by, const std::shared_ptr<Server>& primary,
                                      const std::vector<std::shared_ptr<Server>>& replicas,
                                      Random& random)
{
    if (by == read_policy::primary)
        return primary;
    if (by == read_policy::nearest) {
        auto best = primary;
        for (const auto& each : replicas)
            if (each->up() && (!best || !best->up() || each->latency() < best->latency()))
                best = each;
        return best;
    }
    std::size_t up = 0;
    for (const auto& each : replicas)
        up += each->up();
    if (up == 0)
        return by == read_policy::replica ? nullptr : primary;
    std::size_t which = std::uniform_int_distribution<std::size_t>(0, up - 1)(random);
    for (const auto& each : replicas)
        if (each->up() && which-- == 0)
            return each;
    return nullptr; // not reached
}

/// A mean of what was measured, in which the past fades.
class fading_mean {
public:
    using duration = std::chrono::nanoseconds;

    void add(duration measured) noexcept
    {
        mean_ = known() ? mean_ + (measured - mean_) / 4 : measured;
    }
    void forget() noexcept { mean_ = duration::max(); }
    bool known() const noexcept { return mean_ != duration::max(); }
    /// The largest there is while nothing is known.
    duration get() const noexcept { return mean_; }

private:
    duration mean_ = duration::max();
};

} // namespace coffer::redis::detail
