// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <string>

namespace bench_redis {

/// From the begin of a fill until another client of the server, which waits for it, has the value:
/// the median of so many rounds, in microseconds.
double median_wake(const std::string& url, std::size_t rounds);

} // namespace bench_redis
