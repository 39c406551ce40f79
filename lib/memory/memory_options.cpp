// SPDX-License-Identifier: BSL-1.0
#include <coffer/memory/memory_options.hpp>

#include <algorithm>
#include <bit>
#include <stdexcept>
#include <thread>

namespace coffer {
namespace {

// A shard that holds less than this gains nothing from being one: its eviction sees too little.
constexpr std::size_t entries_per_shard = 2048;
constexpr std::size_t weight_per_shard = std::size_t(1) << 20;
constexpr std::size_t most_shards = 1024;

} // namespace

memory_options& memory_options::entries(std::size_t limit) &
{
    entries_ = limit;
    return *this;
}

memory_options& memory_options::weight(std::size_t limit) &
{
    weight_ = limit;
    return *this;
}

memory_options& memory_options::ttl(coffer::ttl lifetime) &
{
    if (lifetime.is_inherit())
        throw std::invalid_argument("coffer: memory_options().ttl(...) is the default itself; give "
                                    "a duration or coffer::never");
    ttl_ = lifetime;
    return *this;
}

memory_options& memory_options::time_to_idle(coffer::ttl idle) &
{
    if (idle.is_inherit() || idle.is_zero())
        throw std::invalid_argument("coffer: memory_options().time_to_idle(...) needs a positive "
                                    "duration or coffer::never");
    idle_ = idle;
    return *this;
}

memory_options& memory_options::clock(coffer::clock source) &
{
    clock_ = std::move(source);
    return *this;
}

memory_options& memory_options::shards(std::size_t count) &
{
    if (!std::has_single_bit(count) || count > most_shards)
        throw std::invalid_argument("coffer: memory_options().shards(...) needs a power of two "
                                    "from 1 to 1024; leave it out to let the cache choose");
    shards_ = count;
    return *this;
}

std::size_t memory_options::entries() const noexcept
{
    return entries_.value_or(weight_ ? no_limit : default_entries);
}

std::size_t memory_options::shards() const noexcept
{
    if (shards_ != 0)
        return shards_;
    const std::size_t processors = std::max(1U, std::thread::hardware_concurrency());
    std::size_t most = std::min<std::size_t>(4 * processors, 256);
    if (entries_ || !weight_)
        most = std::min(most, entries() / entries_per_shard);
    if (weight_)
        most = std::min(most, *weight_ / weight_per_shard);
    return std::bit_floor(std::max<std::size_t>(most, 1));
}

} // namespace coffer
