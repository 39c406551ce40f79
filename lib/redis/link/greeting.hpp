// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "redis/link/handshake.hpp"
#include "redis/link/link.hpp"

namespace coffer::redis::detail {

/// The handshake on its way.
class link::greeting final : public operation {
public:
    greeting(const settings& from, credentials login, time until)
        : operation(&greeting::completed), said_(from, std::move(login))
    {
        what = &said_.sends();
        deadline = until;
    }

    bool timed_out() const noexcept { return how_ == verdict::timed_out; }
    /// Precondition: it is not pending. Nothing more to say if the connection was lost.
    handshake::step what_next()
    {
        return how_ == verdict::answered ? said_.next() : handshake::step::failed;
    }
    const handshake& said() const noexcept { return said_; }

private:
    static void completed(operation* of, verdict how, const reply_view& reply)
    {
        auto* const self = static_cast<greeting*>(of);
        self->how_ = how;
        if (how == verdict::reply || how == verdict::answered)
            self->said_.take(reply);
    }

    handshake said_;
    verdict how_ = verdict::reply;
};

} // namespace coffer::redis::detail
