// SPDX-License-Identifier: BSL-1.0
#include <coffer/redis/decode_status.hpp>

#include <coffer/core/errc.hpp>
#include <coffer/redis/error.hpp>

#include <string>

namespace coffer::redis {

std::string_view to_string(reply_kind kind) noexcept
{
    switch (kind) {
    case reply_kind::null:
        return "a null";
    case reply_kind::simple:
        return "a status";
    case reply_kind::error:
        return "an error";
    case reply_kind::integer:
        return "an integer";
    case reply_kind::bulk:
        return "a string";
    case reply_kind::real:
        return "a double";
    case reply_kind::boolean:
        return "a boolean";
    case reply_kind::big_number:
        return "a big number";
    case reply_kind::verbatim:
        return "a verbatim string";
    case reply_kind::array:
        return "an array";
    case reply_kind::set:
        return "a set";
    case reply_kind::map:
        return "a map";
    case reply_kind::push:
        return "a push";
    case reply_kind::attribute:
        return "an attribute";
    }
    return "an unknown reply";
}

boost::system::error_code decode_status::code() const noexcept
{
    switch (what_) {
    case what::fits:
        return {};
    case what::refused:
        return errc::server_refused;
    default:
        return errc::unexpected_reply;
    }
}

void decode_status::raise(std::string_view command) const
{
    throw error(code(), describe(error_details().command(command)));
}

error_details decode_status::describe(error_details known) const
{
    if (what_ == what::refused)
        return std::move(known.reply(error_reply(error_text_)));
    std::string note = what_ == what::mismatch ? "wanted " : "out of range for ";
    note.append(wanted_).append(", got ").append(to_string(got_));
    return std::move(known.note(note));
}

} // namespace coffer::redis
