// SPDX-License-Identifier: BSL-1.0
#include "redis/client/tracker.hpp"

#include "redis/client/node.hpp"

namespace coffer::redis::detail {

std::shared_ptr<tracker> tracker::start(const node& at, std::shared_ptr<tracking_hub> hub,
                                        asio::any_io_executor executor, clock clock)
{
    auto made = std::make_shared<tracker>(std::move(hub), std::move(executor), std::move(clock));
    made->hub_->enter(*made);
    made->link_ = at.make_link(role(made));
    made->link_->start();
    return made;
}

tracker::tracker(std::shared_ptr<tracking_hub> hub, asio::any_io_executor executor, clock clock)
    : hub_(std::move(hub)), clock_(clock), timer_(std::in_place, std::move(executor), clock)
{}

link_role tracker::role(const std::shared_ptr<tracker>& self)
{
    link_role made;
    made.what = link_role::kind::tracking;
    made.pushes = push_sink{&tracker::pushed, self.get()};
    made.on_up = [self] { self->beat(); };
    made.on_down = [self] { self->lost(); };
    made.on_gone = [self] { self->timer_.reset(); };
    return made;
}

bool tracker::usable() const
{
    return link_ && link_->up() && proof_ && !clock_.reached(later(*proof_, hub_->silence()));
}

/// Now and then, as long as the connection lasts.
void tracker::beat()
{
    if (closed_ || !timer_)
        return;
    if (!hub_->wanted())
        return close();
    if (!link_->up())
        return; // it begins again with the next connection
    timer_->start(later(clock_.now(), hub_->silence() / 4), [weak = weak_from_this()] {
        if (const auto self = weak.lock())
            self->beat();
    });
    if (beat_.pending())
        return;
    beat_.sent = clock_.now();
    if (link_->submit(beat_) != multiplexer::admission::admitted)
        beat_.sent = {}; // it is full: the next one may fit
}

/// The moment of the question counts, not that of the answer: that may have waited here unread.
void tracker::heartbeat::completed(operation* which, verdict how, const reply_view& reply)
{
    auto& self = static_cast<heartbeat*>(which)->of_;
    if (how != verdict::answered || reply.is_error() || self.closed_)
        return;
    self.proof_ = self.beat_.sent;
    self.hub_->proved();
}

void tracker::lost()
{
    proof_.reset();
    hub_->all_changed();
}

void tracker::pushed(void* context, const reply_view& push)
{
    auto& self = *static_cast<tracker*>(context);
    if (push.size() != 2 || push[0].text() != "invalidate")
        return;
    const reply_view names = push[1];
    if (!names.is_aggregate())
        return self.hub_->all_changed(); // a null: everything was flushed
    for (const reply_view& name : names)
        self.hub_->changed(name.text());
}

void tracker::close()
{
    if (closed_)
        return;
    closed_ = true;
    if (timer_)
        timer_->cancel();
    proof_.reset();
    hub_->leave(*this);
    hub_->all_changed();
    link_->close();
    link_.reset(); // it keeps us
}

} // namespace coffer::redis::detail
