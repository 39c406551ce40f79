// SPDX-License-Identifier: BSL-1.0
#include "redis/client/exchange.hpp"

#include "redis/client/exchange_unit.hpp"

#include <coffer/core/errc.hpp>
#include <coffer/core/jitter.hpp>
#include <coffer/net/timer.hpp>

#include <algorithm>

namespace coffer::redis::detail {
namespace {

using std::chrono::milliseconds;

constexpr unsigned most_redirects = 5; // in a row
constexpr unsigned most_losses = 3;
constexpr milliseconds first_pause{10};
constexpr milliseconds longest_pause{500};

} // namespace

exchange::exchange(const call_route& route, const request& what, call_terms terms, reply_sink into,
                   const script* whole)
    : route_(route), core_(*route.core), router_(*core_.router()), what_(what), terms_(terms),
      into_(into), script_(whole), deadline_(deadline_of(core_, what, terms)),
      parts_(what, router_.by_slot()), pause_(first_pause)
{
    if (script_)
        parts_.has_script();
    check(parts_.refuse(into_));
}

exchange::~exchange() = default;

error_details exchange::details() const
{
    error_details known;
    known.command(what_.name()).maybe_executed(maybe_executed_).note(words_);
    if (last_)
        known.node(last_->name());
    unsigned attempts = 0;
    for (const auto& each : parts_.parts())
        attempts = std::max(attempts, each.attempts);
    return known.attempts(attempts);
}

/// For what is answered here, in place of a node.
void exchange::check(const decode_status& status) const
{
    if (status)
        return;
    auto known = details().note("");
    throw error(status.code(), status.describe(std::move(known)));
}

std::shared_ptr<node> exchange::node_for(const part& one)
{
    if (one.refused == refusal::ask)
        return router_.follow(*one.told);
    // What can go anywhere goes with the rest.
    if (one.where.where == request_slot::kind::any && !units_.empty())
        return units_.front()->at();
    const auto from = terms_.reading().value_or(core_.values().read_from);
    // Only what every change goes through can tell of all of them.
    const bool replica_will_do = one.only_reads && !route_.tracked;
    return router_.choose({one.where, replica_will_do, from});
}

exchange::unit& exchange::unit_for(const std::shared_ptr<node>& at, bool asks)
{
    for (const auto& each : units_)
        if (!asks && !each->asks() && each->at() == at)
            return *each;
    units_.push_back(std::make_unique<unit>(*this, at, asks));
    return *units_.back();
}

bool exchange::prepare()
{
    units_.clear();
    pauses_ = unknown_ = false;
    if (parts_.done())
        return false;
    if (core_.closed())
        throw error(errc::closed, details());
    for (auto& each : parts_.parts()) {
        if (each.done)
            continue;
        if (const auto at = node_for(each))
            unit_for(at, each.refused == refusal::ask).add(each);
        else
            unknown_ = true;
    }
    for (const auto& each : units_)
        each->write();
    if (unknown_)
        router_.refresh(nullptr);
    return true;
}

void exchange::send()
{
    pending_ = units_.size();
    for (const auto& each : units_)
        if (!each->start(deadline_))
            --pending_;
    if (pending_ == 0)
        handler_.post();
}

void exchange::cancel()
{
    for (const auto& each : units_)
        each->leave();
}

void exchange::ended(unit& one)
{
    one.settle();
    if (--pending_ == 0)
        one.resume(handler_);
}

void exchange::settle()
{
    for (const auto& each : units_) {
        last_ = each->at();
        if (each->timed_out()) // perhaps it hangs, and has been replaced
            router_.refresh(each->at());
        if (each->lost())
            settle_loss(*each);
        else
            each->raise_failure();
    }
    for (const auto& each : units_)
        each->for_refused([&](part& refused) { settle_refusal(*each, refused); });
}

void exchange::settle_loss(unit& one)
{
    words_ = one.why();
    router_.refresh(one.at());
    pauses_ = true;
    for (part* const each : one.parts()) {
        if (each->done)
            continue;
        parts_.lost(*each);
        if (!one.maybe_executed())
            continue;
        maybe_executed_ = true;
        if (!each->repeatable || ++each->losses >= most_losses || !core_.may_retry())
            one.raise_failure();
    }
}

void exchange::settle_refusal(unit& one, part& refused)
{
    words_ = refused.words;
    switch (refused.refused) {
    case refusal::none:
        break;
    case refusal::moved:
    case refusal::ask:
        return redirect(refused);
    case refusal::again:
        refused.redirects = 0; // its keys are being moved, which ends
        pauses_ = true;
        break;
    case refusal::unfit:
        router_.refresh(one.at());
        pauses_ = true;
        break;
    case refusal::no_script:
        one.at()->forget_script(script_->digest());
        break;
    }
}

void exchange::redirect(part& refused)
{
    if (refused.redirects == most_redirects) {
        const auto remark = " (after " + std::to_string(most_redirects) + " redirections)";
        return check(parts_.give_up(refused, remark, into_));
    }
    ++refused.redirects;
    core_.count_redirect();
    if (refused.refused == refusal::moved)
        router_.follow(*refused.told);
    pauses_ |= refused.redirects > 2; // nodes that do not agree need a moment
}

void exchange::raise_late() const
{
    auto known = details();
    if (known.note().empty())
        known.note(router_.last_failure() ? router_.last_failure()->what() : "no node is known");
    throw error(errc::timeout, std::move(known));
}

asio::awaitable<void> exchange::wait()
{
    const auto now = core_.values().clock.now();
    if (now >= deadline_)
        raise_late();
    try {
        if (unknown_) {
            auto known = router_.next_refresh().wait_until(core_.values().clock, deadline_);
            const bool in_time = co_await std::move(known);
            if (!in_time)
                raise_late();
        }
        const auto pause = jitter().pause(pause_);
        pause_ = std::min(2 * pause_, longest_pause);
        const auto until = std::min(later(now, pause), deadline_);
        auto sleeping = sleep_until(core_.values().clock, until);
        co_await std::move(sleeping);
        if (until == deadline_)
            raise_late();
    } catch (const error&) {
        throw;
    } catch (const boost::system::system_error& cancelled) {
        throw error(cancelled.code(), details());
    }
}

asio::awaitable<void> run_exchange(const call_route& route, const request& what, call_terms terms,
                                   reply_sink into, const script* whole)
{
    exchange all(route, what, terms, into, whole);
    while (all.prepare()) {
        if (all.has_units()) {
            auto begin = [&all](auto&& handler) {
                all.begin(std::forward<decltype(handler)>(handler));
            };
            auto waiting =
                asio::async_initiate<const asio::deferred_t&, void()>(begin, asio::deferred);
            co_await std::move(waiting);
        }
        all.settle();
        if (all.waits()) {
            auto pause = all.wait();
            co_await std::move(pause);
        }
    }
}

} // namespace coffer::redis::detail
