// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/storage_key.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace coffer::detail {

/// How entries and spaces are called in the server: `PREFIX:space:group:id` and `PREFIX:@space`.
///
/// The prefix is written without `:`, so no two prefixes have a name in common. No space of an
/// entry begins with `@`. An id that would make the name long is replaced by its SHA-256 after a
/// `#`, with which no id begins otherwise.
class redis_names {
public:
    explicit redis_names(std::string_view prefix);

    std::string space(std::string_view of) const;
    std::string entry(const storage_key& key) const;
    /// Of a channel on which one process is told what it waits for.
    std::string wakes(std::string_view of) const;
    /// True if the name of the entry does not tell the key.
    static bool is_short_for(const storage_key& key);
    /// The key that an entry's name tells, if it is one of this space.
    std::optional<storage_key> key_of(std::string_view name, const std::string& space) const;
    /// The same for a key that is told in another way, as by `storage_key::text()`.
    static std::optional<storage_key> key_from_text(std::string_view text,
                                                    const std::string& space);
    /// For SCAN: the entries of a space, whatever its bytes are.
    std::string pattern(std::string_view space) const;

    /// Longer names are shortened; what space and group take together must leave room for that.
    static constexpr std::size_t longest = 1'024;
    static constexpr std::size_t longest_place = longest - 128;

private:
    std::string prefix_;
};

/// The text with a backslash before each byte that means something in a pattern of Redis.
std::string glob_escaped(std::string_view text);

} // namespace coffer::detail
