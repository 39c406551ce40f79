// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/tag_markers.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <typeindex>
#include <utility>

namespace coffer {

/// What the users of one storage handle in this process agree on.
///
/// Threads: all members may be called from any thread.
class storage_notes {
public:
    storage_notes() = default;
    storage_notes(const storage_notes&) = delete;
    storage_notes& operator=(const storage_notes&) = delete;

    /// Notes that `group` (`name@version`) holds values of a function of this type and schema.
    /// Another function of the same type and schema shares the entries.
    ///
    /// Errors: `std::invalid_argument` if the group holds something else.
    void claim(const std::string& group, std::type_index signature, std::uint64_t schema);

    /// The markers that the near tiers over one space share: a tag bumped by one is bumped for all.
    std::shared_ptr<tag_markers> markers(const std::string& space);

private:
    std::mutex mutex_;
    std::map<std::string, std::pair<std::type_index, std::uint64_t>> claims_;
    std::map<std::string, std::weak_ptr<tag_markers>> markers_;
};

} // namespace coffer
