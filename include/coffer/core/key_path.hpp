// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/key_encoder.hpp>
#include <coffer/core/storage_key.hpp>

#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace coffer {

/// What kind of thing a storage key names; things of two kinds never meet.
enum class key_kind : std::uint8_t { value, lock, queue, set, index, counter };

/// Any bytes as printable ASCII without `: @ % { }`, blanks, quotes, or the wildcards of a store.
///
/// Letters, digits and `! # $ & ( ) + , - . / ; < = > _ |` stay as they are, all else is `%` and
/// two upper-case hex digits. Where more than half of the bytes would need that, as in binary text,
/// it is
/// `~` and unpadded base64url instead. So text at most doubles, and binary text grows by a third.
/// Two different texts never become the same, and nothing begins with `#`, which marks a shortened
/// part.
std::string escaped(std::string_view text);

/// The reverse of `escaped`.
///
/// Errors: `errc::not_decodable` for what `escaped` never writes.
boost::system::result<std::string> unescaped(std::string_view text);

/// Builds storage keys: `prefix:kind:tenant:namespace : name@version : id`, each part escaped, so
/// that no two different paths have the same text and no part can forge a separator.
///
///     const auto products = coffer::key_path("product").tenant("acme").version(3);
///     products.args(42).text();          // coffer:value:acme::product@3:i42
///     products.key("a:b").text();        // coffer:value:acme::product@3:a%3Ab
///
/// Errors: an empty name throws `std::invalid_argument`.
class key_path {
public:
    /// The name of a cached function, queue, index and so on: chosen by the user, never guessed.
    explicit key_path(std::string_view name);

    /// What one program's keys begin with on a shared server; "coffer" unless said.
    key_path& prefix(std::string_view text);
    key_path& kind(key_kind what);
    key_path& tenant(std::string_view text);
    key_path& namespace_(std::string_view text);
    /// Another version is another group: it sees nothing of what the older one stored. 1 unless
    /// said.
    key_path& version(std::uint32_t number);
    /// Puts `{text}` before every id, so that a Redis Cluster keeps these keys on one node. No
    /// other text ever brings a brace into a key. Empty: none.
    key_path& hash_tag(std::string_view text);

    const std::string& space() const noexcept { return space_; }
    const std::string& group() const noexcept { return group_; }

    /// The key of an argument list.
    template <class... Args>
    storage_key args(const Args&... values) const
    {
        return key(encode_key(values...));
    }
    /// The key of a user's own text, or of arguments that are encoded already.
    storage_key key(std::string_view id) const;

private:
    void render_space();
    void render_group();

    // Each part is kept escaped.
    std::string prefix_ = "coffer";
    key_kind kind_ = key_kind::value;
    std::string tenant_;
    std::string namespace_text_;
    std::string name_;
    std::uint32_t version_ = 1;
    std::string tag_; // with its braces; empty if none
    std::string space_;
    std::string group_;
};

/// A key whose text has at most `longest` bytes, for stores with a limit.
///
/// An id that is too long becomes `#` and its SHA-256 in base64url, 44 bytes; its hash tag stays,
/// or is shortened in the same way. A group, and then a space, that leaves no room for that becomes
/// one as well. What happens to a space or a group does not depend on the id: all keys of a group
/// stay in one group. The envelope carries the full key, so that a collision would read as a miss.
///
/// Errors: `errc::key_too_large` if even that is too long; 134 bytes always suffice, and 180 with a
/// hash tag.
storage_key shortened(storage_key key, std::size_t longest);

} // namespace coffer
