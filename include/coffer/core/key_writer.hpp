// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

namespace coffer {

namespace detail {
struct key_writer_access;
}

/// Where a `key_encoder` writes the parts of a value that belong to the key.
///
/// Lifetime: refers to the key under construction; keep it no longer than the call.
class key_writer {
public:
    explicit key_writer(std::string& to) noexcept : to_(&to) {}

    /// Adds values of any type that has a key encoder, in this order.
    ///
    /// Each is written with its type and length, so `add("a", "bc")` and `add("ab", "c")` differ,
    /// and so do `add(1)`, `add("1")`, `add(true)` and `add(1.0)`.
    template <class... Values>
    key_writer& add(const Values&... values);

private:
    friend struct detail::key_writer_access;

    std::string* to_;
};

/// For encoders that write words of the grammar themselves.
struct detail::key_writer_access {
    static std::string& text(key_writer& writer) noexcept { return *writer.to_; }
};

} // namespace coffer
