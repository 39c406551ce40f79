// SPDX-License-Identifier: BSL-1.0
#include <coffer/core/envelope_options.hpp>

#include "compression.hpp"

#include <stdexcept>
#include <string>
#include <utility>

namespace coffer {

envelope_options& envelope_options::compress_above(std::size_t bytes)
{
    if (!can_compress())
        throw std::invalid_argument("coffer: envelope_options::compress_above(): this build has no "
                                    "zstd; build with -Dzstd=enabled, or leave the option out");
    compress_above_ = bytes;
    return *this;
}

envelope_options& envelope_options::compression_level(int level)
{
    if (level < 1 || level > 19)
        throw std::invalid_argument("coffer: envelope_options::compression_level(" +
                                    std::to_string(level) + "): use 1 (fastest) to 19 (smallest)");
    level_ = level;
    return *this;
}

envelope_options& envelope_options::seal(keyring keys)
{
    if (keys.empty())
        throw std::invalid_argument("coffer: envelope_options::seal(): the keyring is empty; "
                                    "add() a key first");
    seal_ = std::move(keys);
    return *this;
}

envelope_options& envelope_options::max_payload(std::size_t bytes)
{
    if (bytes == 0 || bytes > largest_payload)
        throw std::invalid_argument("coffer: envelope_options::max_payload(" +
                                    std::to_string(bytes) + "): use 1 to 1073741824 (1 GiB)");
    max_payload_ = bytes;
    return *this;
}

bool envelope_options::can_compress() noexcept
{
    return detail::can_compress();
}

} // namespace coffer
