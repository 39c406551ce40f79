// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>

namespace coffer {

/// The hash of a `memory_cache` unless one is given: `std::hash`, and for strings one that
/// takes anything that converts to `std::string_view`, so that a look-up builds no string.
///
/// The cache mixes what any hash returns, so `std::hash`'s identity for integers is good enough.
template <class K>
struct memory_hash : std::hash<K> {};

template <>
struct memory_hash<std::string> {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept
    {
        return std::hash<std::string_view>()(text);
    }
};

/// The equality that goes with `memory_hash`.
template <class K>
struct memory_equal : std::equal_to<K> {};

template <>
struct memory_equal<std::string> : std::equal_to<> {};

/// What one may look up with: the key type, whatever a transparent hash and equality take,
/// else what converts to the key type (which then builds one).
template <class Q, class K, class Hash, class Equal>
concept transparent_key =
    requires(const Hash& hash, const Equal& equal, const Q& query, const K& key) {
        typename Hash::is_transparent;
        typename Equal::is_transparent;
        { hash(query) } -> std::convertible_to<std::size_t>;
        { equal(key, query) } -> std::convertible_to<bool>;
    };

template <class Q, class K, class Hash, class Equal>
concept lookup_key =
    std::same_as<Q, K> || transparent_key<Q, K, Hash, Equal> || std::convertible_to<const Q&, K>;

namespace detail {

/// Spreads every bit of a hash over all 64 (a weak hash differs in few of them).
constexpr std::uint64_t mix(std::uint64_t bits) noexcept
{
    bits = (bits ^ (bits >> 32)) * 0x9fb21c651e98df25U;
    bits = (bits ^ (bits >> 29)) * 0xd6e8feb86659fd93U;
    return bits ^ (bits >> 32);
}

/// Maps 32 hash bits evenly to 0 .. size-1 by their upper bits, without a division.
constexpr std::uint32_t scale(std::uint32_t hash, std::uint32_t size) noexcept
{
    return static_cast<std::uint32_t>((std::uint64_t(hash) * size) >> 32);
}

} // namespace detail
} // namespace coffer
