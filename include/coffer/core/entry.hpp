// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/ttl.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace coffer {

/// An encoded value and all that is known of it: what a fill or put hands to a storage.
class entry {
public:
    entry() = default;
    explicit entry(std::string bytes) : payload(std::move(bytes)) {}

    std::string payload;                  ///< the value as its codec wrote it
    std::uint16_t codec = 0;              ///< which codec; see `codec_id`
    std::uint64_t schema = 0;             ///< which shape of value; another one reads as a miss
    ttl lifetime = never;                 ///< fresh for so long; never `inherit`
    std::chrono::milliseconds grace{0};   ///< how long after that it may be served as stale
    std::chrono::microseconds cost{0};    ///< what it took to compute
    std::optional<std::uint64_t> version; ///< the source's version, where the loader knows it
    std::string validator;                ///< e.g. an ETag; empty if none
    std::vector<std::string> tags;
};

/// An entry as a storage returns it: with its age.
class stored_entry : public entry {
public:
    std::chrono::milliseconds age{0};
    /// Time until it turns stale; zero or less if it is stale; absent if it never does.
    std::optional<std::chrono::milliseconds> fresh_for;

    bool is_fresh() const noexcept { return !fresh_for || fresh_for->count() > 0; }
};

} // namespace coffer
