// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/error.hpp>
#include <coffer/redis/reply_kind.hpp>

#include <boost/system/error_code.hpp>

#include <cstdint>
#include <string_view>

namespace coffer::redis {

/// How the decoding of one reply went.
///
/// Lifetime: the text of a server's error refers to the reply.
class [[nodiscard]] decode_status {
public:
    /// It fits.
    decode_status() = default;
    /// A reply of this kind is not `wanted`, which names what the type takes.
    static decode_status mismatch(reply_kind got, const char* wanted) noexcept
    {
        return {what::mismatch, got, wanted, {}};
    }
    /// The kind is right, the value is out of the type's range.
    static decode_status out_of_range(reply_kind got, const char* wanted) noexcept
    {
        return {what::out_of_range, got, wanted, {}};
    }
    /// There is an error of the server where a value is wanted.
    static decode_status refused(std::string_view text) noexcept
    {
        return {what::refused, reply_kind::error, "", text};
    }

    bool ok() const noexcept { return what_ == what::fits; }
    explicit operator bool() const noexcept { return ok(); }
    bool is_refused() const noexcept { return what_ == what::refused; }
    bool is_out_of_range() const noexcept { return what_ == what::out_of_range; }
    /// The text of the server's error, if it is one.
    std::string_view error_text() const noexcept { return error_text_; }

    /// `errc::server_refused`, `errc::unexpected_reply`, or success.
    boost::system::error_code code() const noexcept;
    /// What is known of the failure, with what it adds: the server's words, or what did not fit.
    error_details describe(error_details known = {}) const;
    /// Throws `redis::error`. Precondition: not `ok()`.
    [[noreturn]] void raise(std::string_view command = {}) const;

private:
    enum class what : std::uint8_t { fits, mismatch, out_of_range, refused };

    decode_status(what how, reply_kind got, const char* wanted, std::string_view text) noexcept
        : error_text_(text), wanted_(wanted), what_(how), got_(got)
    {}

    std::string_view error_text_;
    const char* wanted_ = "";
    what what_ = what::fits;
    reply_kind got_ = reply_kind::null;
};

} // namespace coffer::redis
