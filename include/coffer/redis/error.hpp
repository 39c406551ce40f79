// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/error_reply.hpp>

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <string>
#include <string_view>

namespace coffer::redis {

/// What is known about an operation that failed. Holds no argument of the command.
class error_details {
public:
    error_details& command(std::string_view name) { return command_ = name, *this; }
    error_details& node(std::string_view address) { return node_ = address, *this; }
    error_details& attempts(unsigned count) { return attempts_ = count, *this; }
    error_details& maybe_executed(bool so) { return maybe_executed_ = so, *this; }
    error_details& reply(error_reply answer) { return reply_ = std::move(answer), *this; }
    /// What did not fit, for `errc::unexpected_reply`.
    error_details& note(std::string_view text) { return note_ = text, *this; }

    const std::string& command() const noexcept { return command_; }
    const std::string& node() const noexcept { return node_; }
    unsigned attempts() const noexcept { return attempts_; }
    bool maybe_executed() const noexcept { return maybe_executed_; }
    const error_reply& reply() const noexcept { return reply_; }
    const std::string& note() const noexcept { return note_; }

private:
    std::string command_;
    std::string node_;
    std::string note_;
    error_reply reply_;
    unsigned attempts_ = 0;
    bool maybe_executed_ = false;
};

/// An operation of the Redis client that failed.
///
/// `code()` is `errc::server_refused` with the server's words in `reply()`,
/// `errc::unexpected_reply` if a reply does not fit the type asked for, `errc::connection_lost`,
/// `errc::timeout`, `errc::overloaded`, `errc::closed`, a `protocol_fault`, or an error of the
/// system.
class error : public boost::system::system_error {
public:
    explicit error(boost::system::error_code code, error_details details = {});
    /// `errc::server_refused`.
    explicit error(error_reply answer);

    /// What the server answered; empty unless `code()` is `errc::server_refused`.
    const error_reply& reply() const noexcept { return details_.reply(); }
    /// The command's name without its arguments, as "GET"; empty if not known.
    const std::string& command() const noexcept { return details_.command(); }
    /// The server that was asked, as "host:port"; empty if there was none.
    const std::string& node() const noexcept { return details_.node(); }
    /// How often the command was sent.
    unsigned attempts() const noexcept { return details_.attempts(); }
    /// True if the server may have carried the command out although this is an error: it was sent
    /// and its answer did not arrive.
    bool maybe_executed() const noexcept { return details_.maybe_executed(); }
    const error_details& details() const noexcept { return details_; }

private:
    error_details details_;
};

} // namespace coffer::redis
