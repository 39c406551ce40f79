// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <compare>
#include <string>

namespace coffer {

/// Where an entry lives: `space : group : id`. Each part is already escaped (`coffer::escaped`),
/// so no two different keys have the same text.
class storage_key {
public:
    storage_key() = default;
    storage_key(std::string in_space, std::string in_group, std::string with_id)
        : space(std::move(in_space)), group(std::move(in_group)), id(std::move(with_id))
    {}

    /// `prefix:kind:tenant:namespace`: what shares tags and their sequences, and is cleared as one.
    std::string space;
    /// `name@version` of a cached function; may be empty. Can be cleared by itself.
    std::string group;
    /// The encoded arguments, or a user's key.
    std::string id;

    /// All three parts, as a store that knows only flat names sees them.
    std::string text() const { return space + ':' + group + ':' + id; }

    friend auto operator<=>(const storage_key&, const storage_key&) = default;
};

} // namespace coffer
