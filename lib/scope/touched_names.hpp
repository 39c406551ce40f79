// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "scope/scope_level.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace coffer::detail {

/// Names that a transaction touched, each with the levels that touched it.
class touched_names {
public:
    void add(std::string name, const scope_level& level, std::uint64_t sequence);
    bool contains(std::string_view name) const { return names_.find(name) != names_.end(); }

    /// Gives what `from` touched to `to`.
    void merge(const scope_level& from, const scope_level& to);
    /// Forgets what `level` and everything in it touched.
    void drop(const scope_level& level);
    void clear() noexcept;

private:
    struct hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view name) const noexcept
        {
            return std::hash<std::string_view>()(name);
        }
    };
    using levels = std::vector<const scope_level*>; // never empty, no level twice
    using table = std::unordered_map<std::string, levels, hash, std::equal_to<>>;

    struct record {
        table::value_type* named; // nodes of the table do not move
        const scope_level* level;
        std::uint64_t sequence;
    };

    template <class Change>
    void for_each_since(std::uint64_t begin, Change change);

    table names_;
    std::deque<record> log_; // in order of sequence; one record for each level of each name
};

} // namespace coffer::detail
