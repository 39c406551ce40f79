// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/config.hpp>

#include <string>
#include <string_view>

namespace coffer::redis::detail {

/// A configuration that is being read from a URL.
struct words_target {
    config& builder;
    settings& values; // of the builder
};

/// One option of a URL. Says what is wrong with it; nothing if it was applied.
std::string apply_word(std::string_view name, const std::string& value, words_target to);

/// The options that differ from the defaults, as in a URL.
std::string words_of(const settings& values);

} // namespace coffer::redis::detail
