// SPDX-License-Identifier: BSL-1.0
#include <coffer/redis/latency.hpp>

#include <boost/assert.hpp>

#include <cmath>
#include <numeric>

namespace coffer::redis {

latency_histogram& latency_histogram::operator+=(const latency_histogram& other) noexcept
{
    for (std::size_t number = 0; number < buckets; ++number)
        counts_[number] += other.counts_[number];
    sum_ += other.sum_;
    return *this;
}

std::uint64_t latency_histogram::count() const noexcept
{
    return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t(0));
}

latency_histogram::nanoseconds latency_histogram::quantile(double share) const noexcept
{
    BOOST_ASSERT(share >= 0 && share <= 1);
    const auto all = count();
    if (all == 0)
        return nanoseconds(0);
    const auto rank = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(all)));
    std::uint64_t seen = 0;
    for (std::size_t number = 0; number < buckets; ++number) {
        seen += counts_[number];
        if (seen >= std::max<std::uint64_t>(rank, 1))
            return bound_of(number);
    }
    return bound_of(buckets - 1);
}

latencies& latencies::operator+=(const latencies& other) noexcept
{
    for (std::size_t kind = 0; kind < command_kinds; ++kind)
        all_[kind] += other.all_[kind];
    return *this;
}

latency_histogram latencies::total() const noexcept
{
    latency_histogram sum;
    for (const auto& one : all_)
        sum += one;
    return sum;
}

} // namespace coffer::redis
