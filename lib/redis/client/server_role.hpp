// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "redis/client/node.hpp"

#include <coffer/redis/detail/call.hpp>

#include <memory>
#include <string>

namespace coffer::redis::detail {

/// What a server says that it is.
class server_role {
public:
    bool is_master() const noexcept { return text == "master"; }

    std::string text; // as ROLE says it: "master", "slave", "sentinel"
};

/// What asks for it; `role_replies` reads the answers.
request role_questions();

/// Reads the answers to ROLE, and to HELLO, which also says it and is allowed to users who must not
/// ask for the other.
class role_replies {
public:
    using result = server_role;

    decode_status take(std::size_t number, const reply_view& reply);
    server_role finish() && { return std::move(role_); }

private:
    server_role role_;
    std::string refusal_;
};

/// Waits until the node is connected, and asks.
///
/// Errors: as `until_up` and those of a call; `moment` ends both.
asio::awaitable<server_role> role_of(std::shared_ptr<client_core> core, std::shared_ptr<node> at,
                                     link::time moment);

} // namespace coffer::redis::detail
