// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/envelope.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace coffer::detail {

// The layout of docs/envelope.md: header, key, fields, body, CRC-32C. Numbers are little-endian.

inline constexpr std::string_view envelope_magic = "\xC7"
                                                   "cfr";
inline constexpr std::uint8_t envelope_version = 1;
inline constexpr std::size_t header_size = 64;
inline constexpr std::size_t checksum_size = 4;
inline constexpr std::size_t largest_envelope = std::numeric_limits<std::int32_t>::max();

enum envelope_flag : std::uint8_t { flag_compressed = 1, flag_sealed = 2, flags_known = 3 };

/// As the deadline: there is none.
inline constexpr std::int64_t no_deadline = std::numeric_limits<std::int64_t>::max();

/// No time to live is longer: what `ttl` can hold.
inline constexpr std::int64_t longest_lifetime = std::numeric_limits<std::int64_t>::max() / 2;

struct envelope_header {
    std::uint8_t flags = 0;
    std::uint16_t codec = 0;
    std::uint64_t schema = 0;
    std::int64_t created = 0;  // wall clock, milliseconds since 1970
    std::int64_t deadline = 0; // likewise, or no_deadline
    std::int64_t grace = 0;    // milliseconds after the deadline
    std::int64_t cost = 0;     // microseconds
    std::uint32_t key_size = 0;
    std::uint32_t fields_size = 0;
    std::uint32_t body_size = 0;
    std::uint32_t payload_size = 0; // before compression and sealing
};

/// Writes the first `header_size` bytes of an envelope.
void store_header(char* to, const envelope_header& header) noexcept;

/// An envelope taken apart, without a copy.
struct envelope_parts {
    envelope_header header;
    std::string_view key;
    std::string_view fields;
    std::string_view body;
};

/// Checks all that can be checked without key, clock and seal.
boost::system::result<envelope_parts, envelope_fault> take_apart(std::string_view bytes) noexcept;

/// At least the bytes that `append_fields` will append.
std::size_t fields_bound(const entry& value, const envelope_marks& marks) noexcept;
void append_fields(std::string& to, const entry& value, const envelope_marks& marks);

/// Adds what the fields say to `to`; a fault, if there is one.
std::optional<envelope_fault> read_fields(std::string_view fields, decoded_entry& to);

/// Wall time as an envelope holds it; a clock that is off by ages must not make sums overflow.
inline std::int64_t since_1970(clock::wall_time now) noexcept
{
    return std::clamp<std::int64_t>(now.time_since_epoch().count(), 0, longest_lifetime / 2);
}

/// A sum of which no part is negative; the largest finite deadline if it is too large.
inline std::int64_t capped_sum(std::int64_t a, std::int64_t b) noexcept
{
    return a > no_deadline - 1 - b ? no_deadline - 1 : a + b;
}

/// The size of `key.text()`.
inline std::size_t text_size(const storage_key& key) noexcept
{
    return key.space.size() + key.group.size() + key.id.size() + 2;
}

} // namespace coffer::detail
