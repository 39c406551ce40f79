// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string_view>

namespace coffer::redis::detail {

/// True for the first byte of a reply or element.
bool is_type(char type) noexcept;
/// True for a part of a reply of unknown length.
bool is_streamed_part(char type) noexcept;

bool is_integer(std::string_view line) noexcept; // that fits 64 bits
bool is_big_number(std::string_view line) noexcept;
bool is_real(std::string_view line) noexcept;

} // namespace coffer::redis::detail
