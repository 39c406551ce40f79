// SPDX-License-Identifier: BSL-1.0
// For programs of their own, because they replace the allocation functions (see meson.build:
// --wrap).
#pragma once

#include <cstddef>

namespace counted {

/// Of every kind, so far. For one thread; tests count between two readings.
extern std::size_t allocations;

} // namespace counted
