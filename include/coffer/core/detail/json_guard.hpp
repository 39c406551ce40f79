// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <string_view>

/// Looks over stored bytes before nlohmann's parsers see them. These call themselves for every
/// level of nesting, so that a few kilobytes of hostile bytes would overflow the stack.
namespace coffer::detail {

/// How deep arrays and objects may be nested in a value or a key.
inline constexpr std::size_t json_max_depth = 128;

/// True for one complete CBOR item of the kinds that are written here: of definite length, with
/// text as the keys of maps, tags only before bytes, not deeper than allowed. Never recurses or
/// allocates.
bool is_sound_cbor(std::string_view bytes) noexcept;

/// True unless JSON text is nested too deeply; whether it is JSON is for the parser to say.
bool is_shallow_json(std::string_view text) noexcept;

[[noreturn]] void refuse_deep_json();

} // namespace coffer::detail
