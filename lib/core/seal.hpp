// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "secret_key.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace coffer::detail {

// A sealed body: the number of the key (4 bytes), the nonce (12), the encrypted bytes, the tag
// (16). All bytes of the envelope before the encrypted ones are authenticated with them.
constexpr std::size_t seal_head_size = 4 + 12;
constexpr std::size_t seal_tag_size = 16;

/// Appends the key's number and a new random nonce.
void append_seal_head(std::string& to, const secret_key& key);

/// Encrypts what follows the first `from` bytes in place, and appends the tag.
///
/// Precondition: the bytes before `from` end with a head of this key.
void seal_from(std::size_t from, std::string& bytes, const secret_key& key);

/// The number of the key with which a body is sealed.
///
/// Precondition: the body is not shorter than head and tag.
std::uint32_t sealing_key(std::string_view body) noexcept;

/// What was sealed; nothing if it was changed, or sealed by another key.
///
/// Preconditions: `body` is the end of `bytes`, and not shorter than head and tag.
std::optional<std::string> open_seal(std::string_view bytes, std::string_view body,
                                     const secret_key& key);

} // namespace coffer::detail
