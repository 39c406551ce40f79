// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/detail/redis_part.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace coffer::redis {

/// An error that the server answered with: a code word and a text.
///
/// What a server repeats of a command's arguments ("… with args beginning with: …") is cut off,
/// and so is what is longer than 512 bytes: it may end up in logs. Bytes that are not printable
/// become '?'.
class error_reply {
public:
    error_reply() = default;
    /// Takes the text of the reply, without its type byte and line end.
    explicit error_reply(std::string_view text);

    /// The first word if it is in capitals, as "WRONGTYPE" or "MOVED"; else empty.
    std::string_view code() const noexcept { return std::string_view(text_).substr(0, word_); }
    /// All of it, with the code.
    const std::string& text() const noexcept { return text_; }
    bool is(std::string_view word) const noexcept { return code() == word; }

    bool operator==(const error_reply&) const = default;

private:
    std::string text_;
    std::size_t word_ = 0;
};

/// The code word of an error reply's text, without making an object of it.
std::string_view error_word(std::string_view text) noexcept;

} // namespace coffer::redis
