// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "redis/client/exchange.hpp"

#include <coffer/core/errc.hpp>
#include <coffer/redis/detail/script_call.hpp>

#include <string>
#include <utility>
#include <vector>

namespace coffer::redis::detail {

/// What one node is sent in one round of an exchange.
class exchange::unit final : public call {
public:
    unit(exchange& of, std::shared_ptr<node> at, bool asks)
        : call(&unit::completed, route_, of.what_, of.terms_), of_(of),
          route_{of.route_.core, nullptr, std::move(at), of.route_.tracked}, asks_(asks)
    {}

    const std::shared_ptr<node>& at() const noexcept { return route_.at; }
    bool asks() const noexcept { return asks_; }
    const std::vector<part*>& parts() const noexcept { return parts_; }

    void add(part& one) { parts_.push_back(&one); }
    /// After the last part.
    void write();
    /// False if it could not even be sent.
    bool start(clock::steady_time until)
    {
        deadline = until;
        for (part* const each : parts_) {
            sent_before(each->attempts);
            of_.parts_.sent(*each);
        }
        return send();
    }
    void leave() { cancel(); }

    /// After its end, before anything may go.
    void settle();
    void resume(parked_handler& who) const { wake(who); }

    /// True if it failed because its node is out of reach, or has been let go of.
    bool lost() const { return failure() && failure()->code() == errc::connection_lost; }
    bool timed_out() const { return failure() && failure()->code() == errc::timeout; }
    std::string why() const { return failure()->details().note(); }
    /// Throws what it failed with, if it did.
    void raise_failure() const
    {
        if (failed())
            raise();
    }
    /// Calls `visit` for what was refused.
    template <class Visit>
    void for_refused(Visit visit) const
    {
        for (const auto* some : {&parts_, &split_off_})
            for (part* const each : *some)
                if (!each->done && each->refused != refusal::none)
                    visit(*each);
    }

private:
    static void completed(operation* of, verdict how, const reply_view& reply);
    void take(const reply_view& reply);

    exchange& of_;
    const call_route route_;
    const bool asks_;
    std::vector<part*> parts_;
    std::size_t turn_ = 0;         // the part that the next reply is for
    std::vector<part*> split_off_; // of the parts, because they were refused
    request own_;                  // unless it is the caller's
};

} // namespace coffer::redis::detail
