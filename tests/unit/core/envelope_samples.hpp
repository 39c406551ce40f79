// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/codec.hpp>
#include <coffer/core/crc32c.hpp>
#include <coffer/core/envelope.hpp>

#include "core/little_endian.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

// Entries, keys and moments that the tests of envelopes share, and ways to write what `envelope`
// itself never would.
namespace samples {

using namespace std::chrono_literals;
using coffer::envelope_fault;

inline constexpr coffer::clock::wall_time now{std::chrono::sys_days(std::chrono::May / 4 / 2026) +
                                              12h + 34min + 56s + 789ms};

inline coffer::storage_key key()
{
    return {"coffer:v:acme:web", "product@1", "42"};
}

inline coffer::entry plain()
{
    coffer::entry value("hello, coffer");
    value.codec = coffer::codec_id::raw;
    value.schema = 0x1122334455667788;
    value.lifetime = 5min;
    value.cost = 1500us;
    return value;
}

inline coffer::entry full()
{
    coffer::entry value = plain();
    value.payload = std::string("bytes \0 of any kind \xff", 21);
    value.grace = 1h;
    value.version = 0xFEDCBA9876543210;
    value.validator = "W/\"33a64df5\"";
    value.tags = {"site:eu", "", std::string("a\0b", 3)};
    return value;
}

inline coffer::envelope_marks marks()
{
    coffer::envelope_marks all;
    all.tag_sequences = {7, 0, ~std::uint64_t{0}};
    all.space_sequence = 41;
    all.indices = {"by-price", ""};
    all.pool_version = 3;
    return all;
}

// Text that compresses well.
inline coffer::entry wordy()
{
    coffer::entry value = plain();
    value.payload.clear();
    for (int i = 0; i < 40; ++i)
        value.payload += "{\"id\":" + std::to_string(i) + ",\"name\":\"product\"}";
    return value;
}

inline coffer::keyring keys()
{
    coffer::keyring all;
    all.add(1, "0123456789abcdef0123456789abcdef").add(2, "fedcba9876543210fedcba9876543210");
    return all;
}

inline coffer::envelope plain_envelope()
{
    return {};
}

inline coffer::envelope compressing_envelope()
{
    return coffer::envelope(coffer::envelope_options().compress_above(1));
}

inline coffer::envelope sealing_envelope()
{
    return coffer::envelope(coffer::envelope_options().seal(keys()));
}

// ---- damage

inline constexpr std::size_t at_version = 4;
inline constexpr std::size_t at_flags = 5;
inline constexpr std::size_t at_created = 16;
inline constexpr std::size_t at_deadline = 24;
inline constexpr std::size_t at_grace = 32;
inline constexpr std::size_t at_cost = 40;
inline constexpr std::size_t at_key_size = 48;
inline constexpr std::size_t at_fields_size = 52;
inline constexpr std::size_t at_body_size = 56;
inline constexpr std::size_t at_payload_size = 60;
inline constexpr std::size_t at_key = 64;

// Gives changed bytes a right checksum, as someone would who wants to be read.
inline std::string resummed(std::string bytes)
{
    bytes.resize(bytes.size() - 4);
    coffer::detail::append_le(bytes, coffer::crc32c(bytes));
    return bytes;
}

template <class T>
std::string with(std::string bytes, std::size_t at, T value)
{
    coffer::detail::store_le(bytes.data() + at, value);
    return resummed(std::move(bytes));
}

inline std::string flipped(std::string bytes, std::size_t bit)
{
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ 1 << bit % 8);
    return bytes;
}

inline std::string field(std::uint16_t head, std::string_view content)
{
    std::string bytes;
    coffer::detail::append_le(bytes, head);
    coffer::detail::append_le(bytes, static_cast<std::uint32_t>(content.size()));
    return bytes.append(content);
}

// The envelope with other bytes where its fields are.
inline std::string with_fields(std::string bytes, std::string_view fields)
{
    using coffer::detail::load_le;
    const std::size_t from = at_key + load_le<std::uint32_t>(bytes.data() + at_key_size);
    bytes.replace(from, load_le<std::uint32_t>(bytes.data() + at_fields_size), fields);
    return with(std::move(bytes), at_fields_size, static_cast<std::uint32_t>(fields.size()));
}

} // namespace samples
