// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace coffer {

namespace detail {
class secret_key;
}

/// The keys that seal stored entries: AES-256, each known by a number.
///
/// New entries are sealed with the primary key; any key that is still here opens. To rotate, add
/// the new key to every process, then make it primary, and remove the old one once the longest
/// time to live has passed. The nonces are random, so one key may seal at most 2^32 entries
/// (NIST SP 800-38D, 8.3), by all processes together: rotate well before.
///
/// Copies are handles on the same keys, so that a running program can rotate. The bytes are wiped
/// from memory when a key is removed or the last handle goes, and are never printed; wiping the
/// caller's own copy is the caller's.
///
/// Threads: every member may be called from any thread at once.
///
///     coffer::keyring keys;
///     keys.add(1, old_key).add(2, new_key).primary(2);
///     auto options = coffer::envelope_options().seal(keys);
class keyring {
public:
    static constexpr std::size_t key_size = 32;

    keyring();

    /// Adds a key; the first one becomes the primary.
    ///
    /// Errors: `std::invalid_argument` if `key` is not 32 bytes, or the number is taken.
    keyring& add(std::uint32_t id, std::string_view key);

    /// Seals with this key from now on.
    ///
    /// Errors: `std::invalid_argument` if there is no such key.
    keyring& primary(std::uint32_t id);

    /// Forgets a key: what it sealed reads as a miss from now on.
    ///
    /// Errors: `std::invalid_argument` if there is no such key, or it is the primary.
    keyring& remove(std::uint32_t id);

    bool empty() const;
    bool has(std::uint32_t id) const;
    /// The numbers of the keys, never their bytes: `keys 1, 2; primary 2`.
    std::string describe() const;

    /// For the library: a key with its number, or null.
    std::shared_ptr<const detail::secret_key> find(std::uint32_t id) const;
    std::shared_ptr<const detail::secret_key> find_primary() const;

private:
    class core;
    std::shared_ptr<core> core_;
};

} // namespace coffer
