// SPDX-License-Identifier: BSL-1.0
#include "demo/figures.hpp"

#include <stdexcept>
#include <string>

namespace catalog {

const function_figures& of_function(const service_figures& all, std::string_view name)
{
    for (const auto& one : all.functions)
        if (one.name == name)
            return one;
    throw std::logic_error("there is no cached function " + std::string(name));
}

std::uint64_t queries_since(const service_figures& before, const service_figures& now,
                            std::string_view function)
{
    return of_function(now, function).queries - of_function(before, function).queries;
}

} // namespace catalog
