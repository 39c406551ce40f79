// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/reply_kind.hpp>

#include <cstddef>
#include <string_view>

namespace coffer::redis::detail {

/// The beginning of one item: all of a scalar, or how many elements an aggregate has.
struct reply_token {
    std::string_view text; // of a scalar; a verbatim string's has its format before it
    std::size_t count = 0; // elements of an aggregate; a map has two for each pair
    reply_kind kind = reply_kind::null;
};

/// Walks the bytes of a reply once, from front to back.
///
/// Trusts them: a `reply_scanner` has been over them, so all items are complete and well formed.
class reply_cursor {
public:
    explicit reply_cursor(std::string_view bytes) noexcept
        : at_(bytes.data()), end_(bytes.data() + bytes.size())
    {}

    bool done() const noexcept { return at_ == end_; }
    const char* position() const noexcept { return at_; }
    std::string_view rest() const noexcept { return {at_, static_cast<std::size_t>(end_ - at_)}; }

    /// The next item, past any attributes. The elements of an aggregate come next, unless they are
    /// passed over by `skip`.
    reply_token next() noexcept;
    /// Passes over so many items with all that is in them.
    void skip(std::size_t items) noexcept;

private:
    reply_token read() noexcept;

    const char* at_;
    const char* end_;
};

} // namespace coffer::redis::detail
