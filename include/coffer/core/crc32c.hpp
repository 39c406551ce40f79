// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <string_view>

namespace coffer {

/// The CRC-32C (Castagnoli) of `bytes`; `crc32c("123456789")` is 0xE3069283.
///
/// Pieces may be summed one after the other: `crc32c(b, crc32c(a))` is `crc32c(a + b)`.
///
/// Cost: uses the processor's instruction where it has one (SSE 4.2), else eight tables.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0) noexcept;

} // namespace coffer
