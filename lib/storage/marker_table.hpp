// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/clock.hpp>
#include <coffer/storage/lease.hpp>

#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_set>

namespace coffer::detail {

/// What was bumped, and at which sequence: tags, or spaces and groups that were cleared.
///
/// Bounded. The marker bumped longest ago is forgotten first; from then on a name without a marker
/// counts as bumped at the highest sequence ever forgotten. So an absent marker never lets an
/// entry pass that its own marker would have stopped.
class marker_table {
public:
    explicit marker_table(std::size_t most) : most_(most) {}

    /// What the markers of one name say of an entry that captured `sequence` before its load.
    struct verdict {
        bool dead = false;
        bool stale = false;
        clock::steady_time stale_since{}; // if stale: the latest soft bump
    };

    /// Precondition: `sequence` is higher than in any call before.
    void bump(std::string_view space, std::string_view name, invalidation mode,
              std::uint64_t sequence, clock::steady_time now);

    verdict judge(std::string_view space, std::string_view name, std::uint64_t captured) const;

    /// The sequence of the last bump of anything: an entry that captured it needs no judge.
    std::uint64_t latest() const noexcept { return latest_; }
    std::size_t size() const noexcept { return by_name_.size(); }

private:
    struct marker {
        std::string space;
        std::string name;
        std::uint64_t hard = 0; // sequences; zero is never
        std::uint64_t soft = 0;
        clock::steady_time soft_at{};
    };
    using order = std::list<marker>;
    struct name_view {
        std::string_view space;
        std::string_view name;
    };
    static name_view view(const name_view& one) noexcept { return one; }
    static name_view view(order::const_iterator one) noexcept { return {one->space, one->name}; }
    struct hash {
        using is_transparent = void;
        std::size_t operator()(const auto& one) const noexcept;
    };
    struct equal {
        using is_transparent = void;
        bool operator()(const auto& left, const auto& right) const noexcept;
    };

    marker& touch(name_view which);
    void forget_oldest();

    const std::size_t most_;
    std::uint64_t latest_ = 0;
    std::uint64_t forgotten_ = 0; // the highest sequence of a marker that is gone
    order by_age_;                // the one bumped last at the back
    std::unordered_set<order::iterator, hash, equal> by_name_;
};

} // namespace coffer::detail
