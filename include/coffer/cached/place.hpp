// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/key_path.hpp>
#include <coffer/core/tag_markers.hpp>
#include <coffer/storage/storage.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace coffer::detail {

/// Where the entries of one function live for one tenant and namespace. Its address is its identity
/// for as long as the function lives.
class place {
public:
    /// `store` may be null: then the markers are the function's own.
    place(std::string in_tenant, std::string in_space, const std::string& function,
          std::uint32_t version, storage* store);
    place(const place&) = delete;
    place& operator=(const place&) = delete;

    const std::string tenant;
    const std::string space; // the namespace
    const key_path path;     // what its keys in a storage begin with
    const std::size_t salt;  // makes one argument list hash differently in each place

    /// Of the near tier and the running loads; shared by all functions in one space of a storage.
    tag_markers& markers() const noexcept { return *markers_; }
    /// Nothing of this place that was captured before is valid any more.
    void clear() const
    {
        const auto now = markers_->next();
        auto was = cleared_.load(std::memory_order_relaxed);
        while (was < now && !cleared_.compare_exchange_weak(was, now, std::memory_order_release)) {
        } // two at a time: the later one counts
    }
    bool was_cleared_since(std::uint64_t captured) const noexcept
    {
        return captured < cleared_.load(std::memory_order_acquire);
    }

private:
    const std::shared_ptr<tag_markers> markers_;
    mutable std::atomic<std::uint64_t> cleared_{0}; // only grows
};

/// The places of one function, made when first asked for.
///
/// Threads: all members may be called from any thread.
class place_book {
public:
    place_book(std::string function, std::uint32_t version, std::string tenant, std::string space,
               storage_ptr store);

    const place& home() const noexcept { return *home_; }
    /// Errors: `errc::overloaded` beyond a million places.
    const place& at(const std::string& tenant, const std::string& space);
    /// Whether nobody ever asked for another place than `home`.
    bool only_home() const;

private:
    const std::string function_;
    const std::uint32_t version_;
    const storage_ptr store_; // may be null
    mutable std::mutex mutex_;
    std::map<std::pair<std::string, std::string>, std::unique_ptr<place>> places_;
    const place* home_;
};

} // namespace coffer::detail
