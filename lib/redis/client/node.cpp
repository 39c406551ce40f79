// SPDX-License-Identifier: BSL-1.0
#include "redis/client/node.hpp"

#include "redis/client/tracker.hpp"

#include <algorithm>

namespace coffer::redis::detail {

std::shared_ptr<node> node::make(const link_parts& parts, const endpoint& at)
{
    auto made = std::make_shared<node>(parts, at);
    for (std::size_t count = 0; count < parts.values->links; ++count) {
        link_role role;
        role.on_down = [weak = std::weak_ptr(made)] {
            if (const auto self = weak.lock())
                self->lost();
        };
        made->shared_.push_back(made->make_link(std::move(role)));
    }
    return made;
}

/// A server that comes back may be another one, or have lost its scripts.
void node::lost()
{
    scripts_.clear();
    latency_.forget();
    if (lost_)
        lost_();
}

void node::start()
{
    for (const auto& each : shared_)
        each->start();
}

void node::close()
{
    closed_ = true;
    const auto keep = shared_from_this();
    idle_.clear();
    renewing_.clear();
    if (tracker_)
        tracker_->close();
    for (const auto& each : links())
        each->close();
    forget_closed();
}

// What they have done stays in the figures.
void node::forget_closed()
{
    for (const auto& each : dedicated_)
        if (each->closed())
            past_ += stats_of(*each);
    std::erase_if(dedicated_, [](const auto& each) { return each->closed(); });
}

client_stats node::stats() const
{
    client_stats all = past_;
    for (const auto& each : links())
        all += stats_of(*each);
    return all;
}

bool node::up() const noexcept
{
    return std::any_of(shared_.begin(), shared_.end(), [](const auto& each) { return each->up(); });
}

std::vector<std::shared_ptr<link>> node::links() const
{
    auto all = shared_;
    all.insert(all.end(), dedicated_.begin(), dedicated_.end());
    if (tracker_ && tracker_->on())
        all.push_back(tracker_->on());
    return all;
}

std::shared_ptr<link> node::make_link(link_role role) const
{
    role.waits = parts_.waits;
    role.serves = parts_.serves;
    return link::make(parts_.home, parts_.values, at_, parts_.tls, parts_.budget, std::move(role),
                      parts_.tasks);
}

void node::track()
{
    if (closed_ || (tracker_ && !tracker_->closed()) || !parts_.tracking->wanted())
        return;
    tracker_ = tracker::start(*this, parts_.tracking, parts_.home, parts_.values->clock);
}

const std::shared_ptr<link>& node::tracked(tracked_reads& report)
{
    track();
    if (tracker_ && tracker_->usable())
        return tracker_->on();
    report.miss();
    return shared();
}

std::shared_ptr<link> node::lend()
{
    if (closed_)
        return nullptr;
    const auto now = parts_.values->clock.now();
    while (!idle_.empty()) {
        auto [found, since] = std::move(idle_.back());
        idle_.pop_back();
        if (found->up() && now - since < parts_.values->silence)
            return found;
        found->close();
    }
    if (dedicated_.size() >= parts_.values->max_dedicated && !renewing_.empty())
        renewing_.front()->close(); // rather than to wait for it
    forget_closed();
    if (dedicated_.size() >= parts_.values->max_dedicated)
        return nullptr;
    link_role role;
    role.what = link_role::kind::dedicated;
    auto made = make_link(std::move(role));
    dedicated_.push_back(made);
    made->start();
    return made;
}

void node::give_back(std::shared_ptr<link> lent)
{
    // One that still owes an answer is of no use to anybody else.
    if (!closed_ && lent->up() && lent->idle())
        idle_.emplace_back(std::move(lent), parts_.values->clock.now());
    else
        lent->close();
}

void node::give_back_used(const std::shared_ptr<link>& lent)
{
    if (closed_ || !lent->up() || !lent->idle())
        return lent->close();
    renewing_.push_back(lent);
    lent->renew([weak = weak_from_this(), lent](bool good) {
        const auto self = weak.lock();
        if (self)
            std::erase(self->renewing_, lent);
        if (self && good)
            self->give_back(lent);
        else
            lent->close();
    });
}

} // namespace coffer::redis::detail
