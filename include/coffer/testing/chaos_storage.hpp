// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/clock.hpp>
#include <coffer/storage/operation.hpp>
#include <coffer/storage/storage.hpp>

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <vector>

namespace coffer::testing {

/// What goes wrong in a `chaos_storage`, and how often. Without any setting nothing does.
///
/// Errors: `std::invalid_argument` for a probability outside 0 to 1, a negative delay, or a
/// shortest delay above the longest.
class chaos {
public:
    /// An operation fails with `errc::storage_failed` and is not carried out.
    chaos& fail(double probability);
    /// An operation is carried out, and fails with `errc::storage_failed` all the same.
    chaos& lose_reply(double probability);
    /// Every operation waits before it is carried out.
    chaos& delay(std::chrono::milliseconds always);
    /// So long as chance will have it.
    chaos& delay(std::chrono::milliseconds shortest, std::chrono::milliseconds longest);
    /// Only these operations; by default all but `close`.
    chaos& only(std::initializer_list<storage_operation> operations);
    /// The same seed gives the same fate to the n-th operation.
    chaos& seed(std::uint64_t number);
    chaos& clock(coffer::clock time);

    double fail() const noexcept { return fail_; }
    double lose_reply() const noexcept { return lose_reply_; }
    std::chrono::milliseconds shortest_delay() const noexcept { return shortest_; }
    std::chrono::milliseconds longest_delay() const noexcept { return longest_; }
    std::uint64_t seed() const noexcept { return seed_; }
    const coffer::clock& clock() const noexcept { return clock_; }
    bool concerns(storage_operation what) const noexcept;

private:
    double fail_ = 0;
    double lose_reply_ = 0;
    std::chrono::milliseconds shortest_{0};
    std::chrono::milliseconds longest_{0};
    std::vector<storage_operation> only_;
    std::uint64_t seed_ = 1;
    coffer::clock clock_;
};

/// A storage that misbehaves by plan, around any other. Copies are handles on the same one.
///
///     chaos_storage flaky(redis, chaos().fail(0.2).delay(50ms).seed(7));
///     auto products = cached("product", load, options().storage(flaky));
class chaos_storage {
public:
    chaos_storage(storage_ptr inner, chaos plan);

    operator storage_ptr() const { return storage_; }
    storage* operator->() const noexcept { return storage_.get(); }

    /// Behaves from now on as it says, and begins the sequence of its seed.
    void plan(chaos next) const;
    /// How many failures and lost replies there were.
    std::size_t injected() const;

private:
    class policy;
    std::shared_ptr<policy> policy_;
    storage_ptr storage_;
};

} // namespace coffer::testing
