// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/error_reply.hpp>
#include <coffer/redis/reply_view.hpp>
#include <coffer/redis/request.hpp>
#include <coffer/redis/settings.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace coffer::redis::detail {

/// What is said on a new connection before anything else, and what the answers mean. Without I/O.
///
/// First all that RESP3 needs in one go, `HELLO 3` at its head. Only if the server does not know
/// HELLO or the protocol, the same again in the words of RESP2.
class handshake {
public:
    enum class step : std::uint8_t {
        again,  ///< what `sends()` is now comes next
        done,   ///< the connection may be used
        failed, ///< `failure()` says why
    };

    enum class occasion : std::uint8_t {
        first,    ///< the connection is new
        again,    ///< it was used, and is to forget all that it was told
        tracking, ///< it is new, and is to tell when what is read over it changes: RESP3 only
    };

    /// Which part of a cluster's data it is to serve.
    enum class duty : std::uint8_t {
        owned,  ///< that of which it is the master
        copied, ///< also that of its master, to be read
    };

    handshake(const settings& from, credentials login, occasion why = occasion::first,
              duty serves = duty::owned);

    /// Never empty: what comes next.
    const request& sends() const noexcept { return request_; }
    /// The answers to `sends()`, one after the other.
    void take(const reply_view& reply);
    /// After the last of them.
    step next();

    bool resp3() const noexcept { return resp3_; }
    /// The server's refusal, and the command that it refused.
    const error_reply& failure() const noexcept { return failure_; }
    const std::string& refused() const noexcept { return refused_; }

private:
    /// What follows if a command is refused.
    enum class gravity : std::uint8_t { none, fails, fails_if_allowed, says_resp2 };

    void say_resp3();
    void say_resp2();
    void say_the_rest();

    const settings& settings_;
    const credentials login_;
    const occasion why_;
    const duty duty_;
    request request_;
    std::vector<gravity> gravity_; // of each command in request_
    std::size_t replies_ = 0;
    bool resp3_;
    bool unknown_hello_ = false;
    error_reply failure_;
    std::string refused_;
};

} // namespace coffer::redis::detail
