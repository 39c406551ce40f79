// SPDX-License-Identifier: BSL-1.0
#include <coffer/storage/operation.hpp>

#include <cstddef>

namespace coffer {

const char* name_of(storage_operation what) noexcept
{
    static constexpr const char* names[] = {
        "get",      "acquire",       "renew",      "fill",     "abandon",
        "put",      "put_if_absent", "invalidate", "touch",    "increment",
        "get_many", "acquire_many",  "fill_many",  "put_many", "invalidate_many",
        "bump",     "clear",         "hold",       "release",  "scan",
        "close"};
    return names[static_cast<std::size_t>(what)];
}

} // namespace coffer
