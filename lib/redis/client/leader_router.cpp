// SPDX-License-Identifier: BSL-1.0
#include "redis/client/leader_router.hpp"

#include "redis/client/client_core.hpp"
#include "redis/client/reader_choice.hpp"
#include "redis/client/until_up.hpp"

#include <coffer/core/errc.hpp>

#include <boost/asio/error.hpp>

#include <algorithm>

namespace coffer::redis::detail {

using namespace std::chrono_literals;

namespace {

constexpr auto poll_every = 10s;
/// For replicas to connect, before their readers are told that there is none.
constexpr auto patience = 1s;

} // namespace

std::shared_ptr<leader_router> leader_router::make(client_core& owner,
                                                   std::unique_ptr<leader_finder> by)
{
    // The round needs the router, which needs what runs the round.
    auto late = std::make_shared<std::weak_ptr<leader_router>>();
    auto round = [late, core = owner.weak_from_this()] { return find(*late, core); };
    auto asks = std::make_shared<refresher>(owner.values().clock, std::move(round),
                                            refresh_pace(poll_every));
    auto made = std::make_shared<leader_router>(owner, std::move(by), std::move(asks));
    *late = made;
    return made;
}

leader_router::leader_router(client_core& owner, std::unique_ptr<leader_finder> by,
                             std::shared_ptr<refresher> asks)
    : owner_(owner), by_(std::move(by)), refresher_(std::move(asks))
{}

void leader_router::start()
{
    by_->start([asks = std::weak_ptr(refresher_)] {
        if (const auto alive = asks.lock())
            alive->want(true);
    });
    refresher_->start(owner_.home(), owner_.tasks());
}

void leader_router::close()
{
    probe_.end();
    refresher_->close();
    by_->close();
}

asio::awaitable<refreshed> leader_router::find(std::weak_ptr<leader_router> weak,
                                               std::weak_ptr<client_core> owner)
{
    const auto core = owner.lock();
    const auto self = weak.lock();
    if (!core || !self)
        throw error(errc::closed);
    auto finding = self->by_->find(core);
    const auto now = co_await std::move(finding);
    if (core->closed())
        throw error(errc::closed);
    const auto what = self->adopt(now);
    auto meeting = meet(self->replicas_, core->values().clock);
    co_await std::move(meeting);
    co_return what;
}

refreshed leader_router::adopt(const leader_finder::found& now)
{
    const bool same = sure_ && leader_->at() == now.leader;
    // At once, so that nothing is sent to it when it comes back as another.
    const bool other = !leader_ || !(leader_->at() == now.leader);
    if (leader_ && other)
        leader_->close();
    leader_ = owner_.node_at(now.leader);
    if (other)
        owner_.tell(connection_event::kind::found_leader, now.leader.text());
    sure_ = true;
    watch();
    lack_.reset();
    auto named = now.replicas;
    std::erase(named, now.leader);
    use_replicas(named);
    named.push_back(now.leader);
    owner_.keep_only(named);
    if (!same)
        owner_.routed()->look_again();
    return same ? refreshed::same : refreshed::changed;
}

void leader_router::use_replicas(const std::vector<endpoint>& at)
{
    replicas_.clear();
    if (replicas_wanted_)
        for (const auto& each : at)
            replicas_.push_back(owner_.node_at(each));
}

/// A connection that is lost may come back to a server that was replaced meanwhile.
void leader_router::watch()
{
    leader_->when_lost([weak = weak_from_this(), which = leader_.get()] {
        const auto self = weak.lock();
        if (!self || self->leader_.get() != which)
            return;
        self->sure_ = false;
        self->refresher_->want(true);
    });
}

/// So that those who asked for a replica find one, if there is one.
asio::awaitable<void> leader_router::meet(std::vector<std::shared_ptr<node>> replicas, clock time)
{
    const auto moment = later(time.now(), patience);
    const auto any_up = [&replicas] {
        return std::any_of(replicas.begin(), replicas.end(),
                           [](const auto& each) { return each->up(); });
    };
    for (const auto& each : replicas) {
        if (any_up())
            break;
        if (!each->first_link()->last_failure().empty())
            continue; // it goes on trying by itself
        try {
            auto connecting = until_up(each->first_link(), time, moment);
            co_await std::move(connecting);
        } catch (const error&) {
        }
    }
}

std::shared_ptr<node> leader_router::choose(const destination& wanted)
{
    const auto by = wanted.only_reads ? wanted.from : read_policy::primary;
    if (by == read_policy::primary)
        return sure_leader();
    if (by == read_policy::nearest)
        probe_.begin(owner_);
    const auto found = connects_to_replicas()
                           ? choose_reader(by, sure_leader(), replicas_, chance_)
                           : (by == read_policy::replica ? nullptr : sure_leader());
    if (!found && by == read_policy::replica)
        lack_.emplace(asio::error::host_not_found, error_details().note("no replica is connected"));
    return found;
}

const std::optional<error>& leader_router::last_failure() const noexcept
{
    return refresher_->last_failure() ? refresher_->last_failure() : lack_;
}

/// Not before somebody wants to read from them.
bool leader_router::connects_to_replicas()
{
    if (replicas_wanted_)
        return true;
    replicas_wanted_ = true;
    use_replicas(by_->replicas());
    refresher_->want(true);
    return false;
}

std::shared_ptr<node> leader_router::follow(const redirection&)
{
    return sure_leader(); // only a Cluster redirects
}

std::vector<std::shared_ptr<node>> leader_router::primaries()
{
    if (!sure_)
        return {};
    return {leader_};
}

// A leader that only is slow stays the one; who was lost is it no more already.
void leader_router::refresh(const std::shared_ptr<node>&)
{
    refresher_->want(true);
}

} // namespace coffer::redis::detail
