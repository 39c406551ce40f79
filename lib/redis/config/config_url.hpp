// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/config.hpp>

#include <string>
#include <string_view>

namespace coffer::redis::detail {

/// Does what the URL says. Errors: as the constructor of `config`.
void apply_url(std::string_view url, config& to, settings& values);

/// The URL that would give these settings, but for the password, functions and the clock.
std::string url_of(const settings& values);

} // namespace coffer::redis::detail
