// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "redis/client/client_core.hpp"

namespace coffer::redis::detail {

/// Reads any number of answers, none of which may be an error.
class all_answers {
public:
    using result = void;

    decode_status take(std::size_t, const reply_view& reply)
    {
        return reply.is_error() ? decode_status::refused(reply.text()) : decode_status();
    }
    void finish() && noexcept {}
};

/// Subscribes the mailbox. Runs on the client's executor.
asio::awaitable<void> join_channels(std::shared_ptr<client_core> core, std::shared_ptr<mailbox> box,
                                    call_terms terms);

} // namespace coffer::redis::detail
