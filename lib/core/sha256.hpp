// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <string_view>

namespace coffer::detail {

/// The 32 bytes of the SHA-256 digest.
std::string sha256(std::string_view bytes);

} // namespace coffer::detail
