// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/storage_key.hpp>

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace coffer::detail {

/// The lowest version of each key that may still be stored. Outlives the entries.
///
/// Bounded. A floor that is forgotten lives on as the floor of its whole group, and a group that is
/// forgotten as the floor of everything: versions may then be refused that were good, and none
/// passes that was not.
class floor_table {
public:
    explicit floor_table(std::size_t most) : most_(most) {}

    void raise(const storage_key& key, std::uint64_t to);
    std::optional<std::uint64_t> of(const storage_key& key) const;
    /// May a load that proves `version` be stored? Without a version only if there is no floor.
    bool admits(const storage_key& key, std::optional<std::uint64_t> version) const;

    std::size_t size() const noexcept { return by_key_.size(); }

private:
    using floor = std::optional<std::uint64_t>; // none is below every version
    using order = std::list<storage_key>;
    struct exact {
        std::uint64_t value;
        order::iterator age;
    };
    using group_name = std::pair<std::string, std::string>;

    void forget_oldest();

    const std::size_t most_;
    order by_age_; // the one raised last at the back
    std::map<storage_key, exact> by_key_;
    std::map<group_name, std::uint64_t> by_group_;
    floor everywhere_;
};

} // namespace coffer::detail
