// SPDX-License-Identifier: BSL-1.0
#include "compression.hpp"

namespace coffer::detail {

bool can_compress() noexcept
{
    return false;
}

bool append_compressed(std::string&, std::string_view, int)
{
    return false;
}

bool append_decompressed(std::string&, std::string_view, std::size_t)
{
    return false;
}

} // namespace coffer::detail
