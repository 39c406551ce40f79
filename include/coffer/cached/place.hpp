// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/key_path.hpp>
#include <coffer/core/tag_markers.hpp>

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
    place(std::string in_tenant, std::string in_space, const std::string& function,
          std::uint32_t version);
    place(const place&) = delete;
    place& operator=(const place&) = delete;

    const std::string tenant;
    const std::string space;     // the namespace
    const key_path path;         // what its keys in a storage begin with
    const std::size_t salt;      // makes one argument list hash differently in each place
    mutable tag_markers markers; // of the near tier and the running loads
};

/// The places of one function, made when first asked for.
///
/// Threads: all members may be called from any thread.
class place_book {
public:
    place_book(std::string function, std::uint32_t version, std::string tenant, std::string space);

    const place& home() const noexcept { return *home_; }
    /// Errors: `errc::overloaded` beyond a million places.
    const place& at(const std::string& tenant, const std::string& space);

private:
    const std::string function_;
    const std::uint32_t version_;
    std::mutex mutex_;
    std::map<std::pair<std::string, std::string>, std::unique_ptr<place>> places_;
    const place* home_;
};

} // namespace coffer::detail
