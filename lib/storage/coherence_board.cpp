// SPDX-License-Identifier: BSL-1.0
#include <coffer/storage/coherence_board.hpp>

#include <bit>
#include <limits>
#include <stdexcept>

namespace coffer {
namespace {

constexpr auto never_trusted = std::numeric_limits<clock::steady_time::rep>::min();

std::size_t checked(std::size_t stripes)
{
    if (!std::has_single_bit(stripes) || stripes > std::numeric_limits<std::uint32_t>::max())
        throw std::invalid_argument("coffer: coherence_board(..., stripes): a power of two");
    return stripes;
}

} // namespace

coherence_board::coherence_board(clock time, std::size_t stripes)
    : time_(std::move(time)), mask_(checked(stripes) - 1),
      stripes_(std::make_unique<stripe[]>(stripes)), trusted_until_(never_trusted)
{}

coherence_ticket coherence_board::ticket(std::size_t entry, std::size_t space) const noexcept
{
    coherence_ticket one;
    one.epoch_ = epoch_.load(std::memory_order_acquire);
    one.entry_at_ = static_cast<std::uint32_t>(entry & mask_);
    one.space_at_ = static_cast<std::uint32_t>(space & mask_);
    one.entry_ = at(one.entry_at_).load(std::memory_order_acquire);
    one.space_ = at(one.space_at_).load(std::memory_order_acquire);
    return one;
}

void coherence_board::changed(std::size_t name) noexcept
{
    at(name & mask_).fetch_add(1, std::memory_order_acq_rel);
    changes_.fetch_add(1, std::memory_order_relaxed);
}

void coherence_board::all_changed() noexcept
{
    epoch_.fetch_add(1, std::memory_order_acq_rel);
}

void coherence_board::trust_until(clock::steady_time moment) noexcept
{
    const auto wanted = moment.time_since_epoch().count();
    auto was = trusted_until_.load(std::memory_order_relaxed);
    while (was < wanted &&
           !trusted_until_.compare_exchange_weak(was, wanted, std::memory_order_release)) {
    } // two at a time: the later one counts
}

void coherence_board::trust_ends() noexcept
{
    all_changed();
    trusted_until_.store(never_trusted, std::memory_order_release);
}

} // namespace coffer
