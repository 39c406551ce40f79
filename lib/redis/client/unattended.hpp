// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "redis/link/link.hpp"

#include <coffer/redis/request.hpp>

#include <memory>
#include <utility>

namespace coffer::redis::detail {

/// A request whose answer nobody waits for.
class unattended final : public operation {
public:
    static void send(link& through, request what)
    {
        auto made = std::make_unique<unattended>(std::move(what));
        if (through.submit(*made) == multiplexer::admission::admitted)
            made.release(); // NOLINT: deletes itself when it completes
    }

    explicit unattended(request sends) : operation(&completed), request_(std::move(sends))
    {
        what = &request_;
    }

private:
    static void completed(operation* of, verdict how, const reply_view&)
    {
        if (how != verdict::reply)
            delete static_cast<unattended*>(of);
    }

    const request request_;
};

} // namespace coffer::redis::detail
