// SPDX-License-Identifier: BSL-1.0
#include <coffer/memory/detail/ghost_set.hpp>

#include <coffer/memory/memory_hash.hpp>

#include <algorithm>
#include <new>

namespace coffer::detail {
namespace {

constexpr std::uint32_t epochs = 255;

constexpr std::uint32_t print(std::uint32_t hash) noexcept
{
    return hash << 8; // the upper bits chose the bucket
}

constexpr std::size_t buckets_for(std::size_t window) noexcept
{
    return window / 6 + 1; // 8 places for 6.4 hashes at most: few buckets overflow
}

} // namespace

void ghost_set::add(std::uint32_t hash, std::size_t window) noexcept
{
    if (!fits(window))
        rebuild(window);
    if (buckets_ == 0)
        return;
    tick(window);
    bucket& places = bucket_of(hash);
    // An empty place counts as the oldest.
    const auto place = std::max_element(places.begin(), places.end(),
                                        [this](auto a, auto b) { return age(a) < age(b); });
    *place = print(hash) | epoch_;
}

bool ghost_set::take(std::uint32_t hash) noexcept
{
    if (buckets_ == 0)
        return false;
    for (std::uint32_t& mark : bucket_of(hash)) {
        if ((mark & ~epochs) != print(hash) || age(mark) > epochs_in_window)
            continue;
        mark = 0;
        return true;
    }
    return false;
}

void ghost_set::clear() noexcept
{
    table_.reset();
    buckets_ = 0;
}

ghost_set::bucket& ghost_set::bucket_of(std::uint32_t hash) noexcept
{
    return table_[scale(hash, buckets_)];
}

unsigned ghost_set::age(std::uint32_t mark) const noexcept
{
    const std::uint32_t born = mark & epochs;
    return born == 0 ? epochs + 1 : (epoch_ + epochs - born) % epochs;
}

/// The table keeps its size while the number of entries stays near what it was made for.
bool ghost_set::fits(std::size_t window) const noexcept
{
    const std::size_t wanted = buckets_for(window);
    return wanted <= buckets_ && buckets_ <= 4 * wanted;
}

void ghost_set::rebuild(std::size_t window) noexcept
{
    const std::size_t wanted = buckets_for(window + window / 8);
    table_.reset(new (std::nothrow) bucket[wanted]()); // without memory for hints: no hints
    buckets_ = table_ ? static_cast<std::uint32_t>(wanted) : 0;
    in_epoch_ = 0;
}

void ghost_set::tick(std::size_t window) noexcept
{
    if (++in_epoch_ < window / epochs_in_window)
        return;
    in_epoch_ = 0;
    epoch_ = epoch_ % epochs + 1;
}

} // namespace coffer::detail
