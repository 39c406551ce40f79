// SPDX-License-Identifier: BSL-1.0
#include <coffer/redis/detail/call.hpp>

#include "redis/client/client_core.hpp"

#include <coffer/core/errc.hpp>

namespace coffer::redis::detail {

void call::start()
{
    began = route_.core->now();
    deadline = deadline_of(*route_.core, *what, terms_);
    if (!send())
        finish();
}

node& call::target() const
{
    return route_.at ? *route_.at : *route_.core->direct();
}

bool call::send()
{
    if (route_.session) {
        at_ = route_.session;
    } else if (what->flags().has_any(blocking)) {
        at_ = target().lend();
        lent_ = at_ != nullptr;
    } else {
        at_ = route_.tracked ? target().tracked(*route_.tracked) : target().shared();
    }
    const auto admitted = at_ ? at_->submit(*this) : multiplexer::admission::overloaded;
    if (admitted == multiplexer::admission::admitted)
        return true;
    const bool ended = !at_ && target().closed();
    const bool full = admitted == multiplexer::admission::overloaded && !ended;
    fail(full                    ? errc::overloaded
         : route_.core->closed() ? errc::closed
                                 : errc::connection_lost,
         details());
    return false;
}

void call::cancel()
{
    if (!pending())
        return;
    leaving_ = true;
    const auto keep = at_;
    keep->cancel(*this);
}

error_details call::details() const
{
    error_details known;
    known.command(named_.name()).attempts(before_ + attempts()).maybe_executed(maybe_executed());
    if (at_)
        known.node(at_->node_name());
    return known;
}

void call::fail(verdict how)
{
    failed_ = true;
    if (how == verdict::cancelled)
        return; // thousands may be cancelled at once: the error is made by whoever wants it
    auto known = details();
    auto code = code_of(how);
    if (how == verdict::closed && !route_.core->closed())
        code = errc::connection_lost; // a link of its own, which ends with its connection
    if (at_ && !at_->up())
        known.note(at_->last_failure());
    fail(code, std::move(known));
}

void call::fail(const decode_status& why)
{
    if (failed_)
        return;
    try {
        why.raise(named_.name());
    } catch (const error& known) {
        auto all = known.details();
        fail(known.code(), all.node(at_->node_name()).attempts(before_ + attempts()));
    } catch (...) {
        fail_with_current();
    }
}

void call::fail(boost::system::error_code code, error_details known)
{
    failed_ = true;
    failure_ = std::make_unique<error>(code, std::move(known));
}

void call::fail_with_current() noexcept
{
    failed_ = true;
    thrown_ = std::current_exception();
}

void call::raise() const
{
    if (thrown_)
        std::rethrow_exception(thrown_);
    if (failure_)
        throw *failure_;
    throw error(code_of(verdict::cancelled), details());
}

void call::release()
{
    if (lent_ && !at_->abandoned())
        target().give_back(at_);
}

void call::wake(parked_handler& who) const
{
    if (at_ && at_->abandoned())
        who.drop();
    else if (at_ && at_->reading() && !leaving_) [[likely]]
        who.resume();
    else
        who.post();
}

void call::finish()
{
    release();
    wake(handler_);
}

} // namespace coffer::redis::detail
