// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "redis/link/handshake.hpp"
#include "redis/link/link.hpp"

#include <functional>
#include <utility>

namespace coffer::redis::detail {

/// The handshake on its way.
class link::greeting final : public operation {
public:
    greeting(const settings& from, credentials login, handshake::occasion why,
             handshake::duty serves, time until)
        : operation(&greeting::completed), said_(from, std::move(login), why, serves)
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

/// A handshake in the midst of a connection's life, after RESET.
class link::renewal final : public operation {
public:
    renewal(link& of, const settings& from, time until, std::function<void(bool)> over)
        : operation(&renewal::completed), of_(of),
          said_(from, from.login, handshake::occasion::again, of.role_.serves),
          over_(std::move(over))
    {
        what = &said_.sends();
        deadline = until;
    }

    /// It could not even be sent.
    void give_up() const { over_(false); }

private:
    static void completed(operation* which, verdict how, const reply_view& reply)
    {
        auto* const self = static_cast<renewal*>(which);
        if (how == verdict::reply || how == verdict::answered)
            self->said_.take(reply);
        if (how == verdict::reply)
            return;
        const auto last = std::move(self->of_.renewal_);
        last->over_(how == verdict::answered && last->said_.next() == handshake::step::done);
    }

    link& of_;
    handshake said_;
    const std::function<void(bool)> over_;
};

} // namespace coffer::redis::detail
