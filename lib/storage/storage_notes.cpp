// SPDX-License-Identifier: BSL-1.0
#include <coffer/storage/storage_notes.hpp>

#include <stdexcept>

namespace coffer {

void storage_notes::claim(const std::string& group, std::type_index signature, std::uint64_t schema)
{
    const std::lock_guard lock(mutex_);
    const auto [at, fresh] = claims_.try_emplace(group, signature, schema);
    if (!fresh && at->second != std::pair(signature, schema))
        throw std::invalid_argument("coffer: '" + group +
                                    "' is the name of another function in this storage, with other "
                                    "types; choose another name, version or namespace");
}

std::shared_ptr<tag_markers> storage_notes::markers(const std::string& space)
{
    const std::lock_guard lock(mutex_);
    auto& kept = markers_[space];
    auto shared = kept.lock();
    if (!shared) {
        std::erase_if(markers_, [](const auto& one) { return one.second.expired(); });
        shared = std::make_shared<tag_markers>();
        markers_[space] = shared;
    }
    return shared;
}

} // namespace coffer
