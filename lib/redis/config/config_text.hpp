// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace coffer::redis::detail {

std::optional<std::string> percent_decoded(std::string_view text);
std::string percent_encoded(std::string_view text);

/// A number of digits alone, at most `most`.
std::optional<std::uint64_t> number_of(std::string_view text, std::uint64_t most);
/// `250ms`, `2s`, `1m`.
std::optional<std::chrono::milliseconds> time_of(std::string_view text);
/// `4096`, `64KiB`, `64MiB`, `1GiB`.
std::optional<std::size_t> size_of(std::string_view text);

} // namespace coffer::redis::detail
