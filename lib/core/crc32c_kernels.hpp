// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__x86_64__) && defined(__GNUC__)
#define COFFER_CRC32C_SSE42 1
#else
#define COFFER_CRC32C_SSE42 0
#endif

namespace coffer::detail {

// Both take and return the raw register: the inversions before and after are crc32c()'s.
using crc32c_kernel = std::uint32_t (*)(std::uint32_t state, const char* bytes, std::size_t size);

std::uint32_t crc32c_tables(std::uint32_t state, const char* bytes, std::size_t size) noexcept;

#if COFFER_CRC32C_SSE42
/// Precondition: the processor has SSE 4.2.
std::uint32_t crc32c_sse42(std::uint32_t state, const char* bytes, std::size_t size) noexcept;
#endif

/// The fastest kernel that this processor can run.
crc32c_kernel best_crc32c_kernel() noexcept;

} // namespace coffer::detail
