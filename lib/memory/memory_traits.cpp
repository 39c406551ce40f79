// SPDX-License-Identifier: BSL-1.0
#include <coffer/memory/detail/memory_traits.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <stdexcept>

namespace coffer::detail {
namespace {

constexpr std::size_t smallest_chunk = 8;
constexpr std::size_t usual_chunk = 64;
constexpr std::size_t largest_chunk = 512;

/// Its even share, and what chance may add to that.
std::size_t share_of(std::size_t entries, std::size_t shards)
{
    if (shards == 1)
        return entries;
    const double even = static_cast<double>(entries) / static_cast<double>(shards);
    return std::min(entries, static_cast<std::size_t>(even + 4 * std::sqrt(even)) + 1);
}

} // namespace

memory_traits traits_of(const memory_options& options, bool weighed)
{
    if (options.weight() != memory_options::no_limit && !weighed)
        throw std::invalid_argument(
            "coffer: memory_options().weight(...) needs a weigher; give one "
            "with memory_hooks().weigher(...), or bound entries(...)");
    memory_traits traits;
    traits.shards = options.shards();
    traits.expected = memory_options::no_limit;
    traits.chunk = usual_chunk;
    if (options.entries() != memory_options::no_limit) {
        traits.expected = share_of(options.entries(), traits.shards);
        traits.chunk =
            std::bit_floor(std::clamp(traits.expected / 16, smallest_chunk, largest_chunk));
    }
    traits.weighed = weighed;
    traits.by_weight = options.weight() != memory_options::no_limit;
    if (options.time_to_idle().is_finite())
        traits.idle = steady_span(options.time_to_idle());
    return traits;
}

clock::steady_time::duration steady_span(ttl span) noexcept
{
    using duration = clock::steady_time::duration;
    if (!span.is_finite() || span.span() > std::chrono::floor<ttl::duration>(duration::max()))
        return duration::max();
    return span.span();
}

clock::steady_time moment_after(const clock& time, ttl span) noexcept
{
    const auto whole = steady_span(span);
    if (whole == clock::steady_time::duration::max())
        return clock::steady_time::max();
    const auto now = time.now();
    return whole > clock::steady_time::max() - now ? clock::steady_time::max() : now + whole;
}

} // namespace coffer::detail
