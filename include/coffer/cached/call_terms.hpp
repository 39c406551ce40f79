// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>

namespace coffer {

/// One question's own terms: how long it may take, how old its answer may be. Trivially copyable.
/// What changes entries takes no notice of them.
///
///     product p = co_await products.with(within(50ms).fresh(1s))(42);
class call_terms {
public:
    constexpr call_terms() noexcept = default;

    /// The caller waits so long and then gets `errc::timeout`. The load goes on, and is stored. A
    /// value in its grace is served at once, so there is none to fall back on.
    constexpr call_terms within(std::chrono::milliseconds most) const noexcept
    {
        call_terms copy = *this;
        copy.within_ = most.count();
        return copy;
    }
    /// Only an answer that is at most so old. Zero asks for a load.
    constexpr call_terms fresh(std::chrono::milliseconds at_most) const noexcept
    {
        call_terms copy = *this;
        copy.max_age_ = at_most.count();
        return copy;
    }
    /// Loads on a miss, by itself, and stores nothing.
    constexpr call_terms no_store() const noexcept
    {
        call_terms copy = *this;
        copy.store_ = false;
        return copy;
    }

    constexpr bool limited() const noexcept { return within_ != unlimited; }
    constexpr std::chrono::milliseconds time() const noexcept
    {
        return std::chrono::milliseconds(within_);
    }
    constexpr bool any_age() const noexcept { return max_age_ == unlimited; }
    constexpr std::chrono::milliseconds max_age() const noexcept
    {
        return std::chrono::milliseconds(max_age_);
    }
    constexpr bool stores() const noexcept { return store_; }

private:
    static constexpr std::int64_t unlimited = std::numeric_limits<std::int64_t>::max();

    std::int64_t within_ = unlimited;
    std::int64_t max_age_ = unlimited;
    bool store_ = true;
};

/// `call_terms().within(most)`.
constexpr call_terms within(std::chrono::milliseconds most) noexcept
{
    return call_terms().within(most);
}

} // namespace coffer
