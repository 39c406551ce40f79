// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/crc32c.hpp>
#include <coffer/core/envelope.hpp>

#include "core/little_endian.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

// What must hold for any bytes at all. The fuzzer feeds it, and a unit test feeds it the corpus.
namespace fuzz {

inline constexpr coffer::clock::wall_time now{std::chrono::sys_days(std::chrono::May / 4 / 2026)};

inline void require(bool holds, const char* what)
{
    if (holds)
        return;
    std::fprintf(stderr, "envelope: %s\n", what);
    std::abort();
}

// A key with that text; any will do, as the envelope holds nothing but the text.
inline coffer::storage_key key_of(const std::string& text)
{
    const std::size_t second = text.rfind(':');
    if (second == std::string::npos || second == 0)
        return {};
    const std::size_t first = text.rfind(':', second - 1);
    if (first == std::string::npos)
        return {};
    return {text.substr(0, first), text.substr(first + 1, second - first - 1),
            text.substr(second + 1)};
}

inline coffer::envelope reader()
{
    return coffer::envelope(coffer::envelope_options().max_payload(std::size_t{1} << 20));
}

inline coffer::envelope sealed_reader()
{
    coffer::keyring keys;
    keys.add(1, "0123456789abcdef0123456789abcdef").add(2, "fedcba9876543210fedcba9876543210");
    return coffer::envelope(
        coffer::envelope_options().max_payload(std::size_t{1} << 20).seal(keys));
}

// What was read, written again, is read as the same.
inline void survives(const coffer::envelope& by, const coffer::storage_key& key,
                     const coffer::decoded_entry& once)
{
    const auto twice = by.decode(by.encode(key, once.value, now, once.marks), key, now);
    require(twice.has_value(), "what was read cannot be written and read again");
    require(twice->value.payload == once.value.payload, "another payload");
    require(twice->value.tags == once.value.tags, "other tags");
    require(twice->value.validator == once.value.validator, "another validator");
    require(twice->value.version == once.value.version, "another version");
    require(twice->value.grace == once.value.grace, "another grace");
    require(twice->value.cost == once.value.cost, "another cost");
    require(twice->value.schema == once.value.schema, "another schema");
    require(twice->value.codec == once.value.codec, "another codec");
    require(twice->marks == once.marks, "other marks");
    require(twice->value.is_fresh() == once.value.is_fresh(), "another freshness");
}

inline void read(const coffer::envelope& by, std::string_view bytes)
{
    const auto info = coffer::envelope::inspect(bytes, now);
    const coffer::storage_key key = info ? key_of(info->key) : coffer::storage_key();
    const auto found = by.decode(bytes, key, now);
    if (!found)
        return;
    require(info.has_value(), "read, but not fit to be inspected");
    require(found->value.payload.size() == info->payload_size, "the payload is not as declared");
    require(found->value.payload.size() <= std::size_t{1} << 20, "the payload exceeds the limit");
    survives(by, key, *found);
}

inline void envelope(std::string_view bytes)
{
    static const coffer::envelope plain = reader();
    static const coffer::envelope sealed = sealed_reader();
    read(plain, bytes);
    read(sealed, bytes);
    if (bytes.size() < 4)
        return;
    // Past the checksum, which no fuzzer guesses.
    std::string summed(bytes.substr(0, bytes.size() - 4));
    coffer::detail::append_le(summed, coffer::crc32c(summed));
    read(plain, summed);
    read(sealed, summed);
}

} // namespace fuzz
