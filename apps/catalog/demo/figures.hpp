// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "service.hpp"

#include <coffer/core/clock.hpp>

#include <cstdint>
#include <string_view>

namespace catalog {

/// The figures of one function; it must be there.
const function_figures& of_function(const service_figures& all, std::string_view name);

/// How many queries the loads of that function sent meanwhile, outside of transactions.
std::uint64_t queries_since(const service_figures& before, const service_figures& now,
                            std::string_view function);

class stopwatch {
public:
    stopwatch() : from_(time_.now()) {}
    std::int64_t milliseconds() const
    {
        return std::chrono::duration_cast<std::chrono::milliseconds>(time_.now() - from_).count();
    }

private:
    coffer::clock time_;
    coffer::clock::steady_time from_;
};

} // namespace catalog
