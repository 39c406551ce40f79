// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/clock.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace coffer {

/// Which entries of one namespace were invalidated as a group, decided by sequence numbers.
///
/// Whoever stores something captures `sequence()` before loading it. An entry is valid if that
/// number is not older than the last bump of any of its tags. So a bump costs the same however many
/// entries it hits, and hits loads that are still running too.
///
/// Threads: all members may be called from any thread.
/// Cost: `judge` of an entry without tags, or when nothing was bumped since its capture, is one
/// atomic load. With tags and after a bump it takes a lock and a look-up for each tag.
class tag_markers {
public:
    /// Of more than `limit` tags the markers are forgotten, which invalidates tagged entries that
    /// were captured before: an absent marker is never a permission.
    explicit tag_markers(std::size_t limit = 100'000) : limit_(limit) {}

    std::uint64_t sequence() const noexcept { return sequence_.load(std::memory_order_acquire); }

    /// Entries with this tag that were captured before are never valid again.
    void bump(const std::string& tag);
    /// Entries with this tag that were captured before are stale since `now`.
    void expire(const std::string& tag, clock::steady_time now);
    /// A new sequence number, larger than whatever was captured before.
    std::uint64_t next();

    enum class verdict : std::uint8_t { valid, stale, invalid };
    verdict judge(std::uint64_t captured, const std::vector<std::string>& tags) const
    {
        return since(captured, tags).first;
    }
    /// The same, with the moment since which it is stale, of the last `expire` of each tag.
    std::pair<verdict, clock::steady_time> since(std::uint64_t captured,
                                                 const std::vector<std::string>& tags) const;

private:
    struct marker {
        std::uint64_t hard = 0;
        std::uint64_t soft = 0;
        clock::steady_time soft_at{};
    };
    marker& marked(const std::string& tag);

    // Written under the mutex, after the marker: who reads the new number and then takes the mutex
    // finds the marker.
    std::atomic<std::uint64_t> sequence_{1};
    mutable std::mutex mutex_;
    std::uint64_t forgotten_ = 0; // captured below, and tagged: invalid
    std::unordered_map<std::string, marker> markers_;
    const std::size_t limit_;
};

} // namespace coffer
