// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/clock.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace coffer {

/// What a board knew of one entry when it was asked. A default one holds nowhere.
class coherence_ticket {
public:
    coherence_ticket() = default;

private:
    friend class coherence_board;

    std::uint64_t epoch_ = 0; // those of boards begin at one
    std::uint32_t entry_at_ = 0;
    std::uint32_t space_at_ = 0;
    std::uint32_t entry_ = 0; // changes of that stripe so far
    std::uint32_t space_ = 0;
};

/// Where a storage notes what changes in it, so that near tiers need not ask: a typed copy in this
/// process may be served as long as its ticket holds.
///
/// Changes are counted in stripes, onto which names are hashed. A name that shares a stripe with
/// one that changed costs a look at the storage; it never hides a change.
///
/// Threads: every member may be called from any thread at once. A ticket that is looked at after
/// `changed` has returned, on the same thread or with anything that orders the two, is void.
///
/// Cost: `holds` reads four atomics and a coarse clock. A stripe takes 4 bytes.
class coherence_board {
public:
    static constexpr std::size_t usual_stripes = 65'536;

    /// Nobody trusts it until `trust_until`, by this clock.
    ///
    /// Errors: `std::invalid_argument` if `stripes` is no power of two.
    explicit coherence_board(clock time, std::size_t stripes = usual_stripes);
    coherence_board(const coherence_board&) = delete;
    coherence_board& operator=(const coherence_board&) = delete;

    // For whoever keeps copies.

    /// Of an entry and its space, each by the hash of its name.
    coherence_ticket ticket(std::size_t entry, std::size_t space) const noexcept;
    /// True if the board is trusted, and neither the entry nor its space has changed since.
    bool holds(const coherence_ticket& one) const noexcept
    {
        return one.epoch_ == epoch_.load(std::memory_order_acquire) &&
               one.entry_ == at(one.entry_at_).load(std::memory_order_acquire) &&
               one.space_ == at(one.space_at_).load(std::memory_order_acquire) && trusted();
    }
    bool trusted() const noexcept { return !time_.reached(trusted_until()); }

    // For the storage.

    /// Voids the tickets of a name, by its hash.
    void changed(std::size_t name) noexcept;
    /// Voids all tickets: what changed is not known. O(1).
    void all_changed() noexcept;
    /// Every change that is older than a time in which the storage trusts its silence has been
    /// noted: near tiers may serve until then. Never earlier than it said before.
    void trust_until(clock::steady_time moment) noexcept;
    /// Nobody trusts it until the next `trust_until`. Voids all tickets as well.
    void trust_ends() noexcept;

    /// Names that changed, and how often all tickets were voided, so far.
    std::uint64_t changes() const noexcept { return changes_.load(std::memory_order_relaxed); }
    std::uint64_t epochs() const noexcept { return epoch_.load(std::memory_order_relaxed) - 1; }

private:
    using stripe = std::atomic<std::uint32_t>;

    stripe& at(std::size_t index) const noexcept { return stripes_[index]; }
    clock::steady_time trusted_until() const noexcept
    {
        return clock::steady_time(
            clock::steady_time::duration(trusted_until_.load(std::memory_order_acquire)));
    }

    const clock time_;
    const std::size_t mask_;
    const std::unique_ptr<stripe[]> stripes_;
    // Release and acquire: who sees a new value sees what was changed before it. Only grow, but for
    // the end of trust.
    std::atomic<std::uint64_t> epoch_{1};
    std::atomic<clock::steady_time::rep> trusted_until_;
    std::atomic<std::uint64_t> changes_{0}; // relaxed: only counted
};

} // namespace coffer
