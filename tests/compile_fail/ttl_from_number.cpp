// expect: (no matching function|no matching constructor).*ttl
// SPDX-License-Identifier: BSL-1.0
#include <coffer/core/ttl.hpp>

// Five what? The unit belongs to the type.
coffer::ttl five_of_something(5);
