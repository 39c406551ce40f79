// SPDX-License-Identifier: BSL-1.0
#include "http/http_date.hpp"

#include <coffer/core/clock.hpp>

#include <array>
#include <ctime>

namespace catalog {

std::string http_date()
{
    const coffer::clock machine;
    const auto since = machine.wall().time_since_epoch();
    const std::time_t seconds = std::chrono::duration_cast<std::chrono::seconds>(since).count();
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    // The program keeps the C locale, whose names of days and months are the ones HTTP wants.
    std::array<char, 40> text{};
    const auto size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return std::string(text.data(), size);
}

} // namespace catalog
