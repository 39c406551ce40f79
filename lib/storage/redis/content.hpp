// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "storage/redis/marks.hpp"

#include <coffer/core/envelope.hpp>
#include <coffer/storage/lease.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace coffer::detail {

/// Times and durations of the scripts: milliseconds; this one is never.
inline constexpr std::int64_t redis_never = 9'000'000'000'000'000;

/// What an entry's hash holds, as the scripts `get` and `acquire` give it from `q` on.
class redis_content {
public:
    /// Nothing if that is not what a script of ours wrote.
    static std::optional<redis_content> read(redis_fields& answer, std::size_t from,
                                             const storage_key& key, const envelope& how);

    /// What a soft bump in the past does to it.
    void age_from(std::int64_t moment);
    bool is_over(std::int64_t now) const noexcept { return over_at_ <= now; }
    stored_entry at(std::int64_t now) &&;

    std::uint64_t captured = 0;
    const std::vector<std::string>& tags() const noexcept { return value_.tags; }

private:
    stored_entry value_;
    std::int64_t born_ = 0;
    std::int64_t fresh_until_ = 0;
    std::int64_t over_at_ = 0;
};

// How things are written as arguments of scripts.
std::string token_text(const lease& of);
/// 20 digits, so that texts compare as numbers do; empty for none.
std::string version_text(const std::optional<std::uint64_t>& version);
/// Milliseconds, -1 for never.
///
/// Errors: `std::invalid_argument` for `inherit`.
std::int64_t lifetime_number(ttl lifetime);
std::int64_t grace_number(std::chrono::milliseconds grace);
/// Tags one after the other, each with its length.
std::string tags_text(const std::vector<std::string>& tags);
/// Nothing for what `tags_text` does not write.
std::optional<std::vector<std::string>> tags_in(std::string_view text);

} // namespace coffer::detail
