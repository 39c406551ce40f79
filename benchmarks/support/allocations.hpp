// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

namespace bench {

/// Allocations of this program so far, of every kind: `operator new`, and `aligned_alloc`, from
/// which Asio takes its recycled blocks, coroutine frames among them.
std::uint64_t allocations() noexcept;
/// Bytes in use now, as the allocator rounds them.
std::uint64_t bytes_in_use() noexcept;

} // namespace bench
