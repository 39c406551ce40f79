// SPDX-License-Identifier: BSL-1.0
#include "log.hpp"

#include <cstdio>

namespace catalog {

void log_line(std::string_view where, std::string_view what) noexcept
{
    // One call, because each locks the stream by itself.
    std::fprintf(stderr, "catalog: %.*s: %.*s\n", static_cast<int>(where.size()), where.data(),
                 static_cast<int>(what.size()), what.data());
}

} // namespace catalog
