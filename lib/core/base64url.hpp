// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace coffer::detail {

/// Base64 of RFC 4648, section 5, without padding.
std::string to_base64url(std::string_view bytes);
/// Absent if it is not base64url, or has left-over bits that are not zero.
std::optional<std::string> from_base64url(std::string_view text);

constexpr std::size_t base64url_size(std::size_t bytes) noexcept
{
    return bytes / 3 * 4 + (bytes % 3 * 4 + 2) / 3;
}

} // namespace coffer::detail
