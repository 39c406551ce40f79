// SPDX-License-Identifier: BSL-1.0
#include <coffer/redis/subscription.hpp>

#include "redis/client/joining.hpp"

#include <coffer/core/errc.hpp>

#include <boost/asio/post.hpp>

namespace coffer::redis {

namespace detail {

asio::awaitable<void> join_channels(std::shared_ptr<client_core> core, std::shared_ptr<mailbox> box,
                                    call_terms terms)
{
    if (core->closed())
        throw error(errc::closed);
    if (!core->direct()) {
        auto joining = routed_channels::join(core, box, terms);
        co_await std::move(joining);
        co_return;
    }
    auto& hub = core->hub();
    const auto names = hub.join(box);
    if (!names.empty()) {
        call_route route{core, hub.on(), nullptr};
        auto asked = run_call(route, channel_hub::joining(names), terms, all_answers());
        co_await std::move(asked);
    }
}

} // namespace detail

subscription::subscription(std::shared_ptr<detail::client_core> core,
                           std::shared_ptr<detail::mailbox> box)
    : core_(std::move(core)), box_(std::move(box))
{}

subscription& subscription::operator=(subscription&& other) noexcept
{
    if (this != &other) {
        end();
        core_ = std::move(other.core_);
        box_ = std::move(other.box_);
    }
    return *this;
}

subscription::~subscription()
{
    end();
}

void subscription::end() noexcept
{
    if (!box_)
        return;
    const auto box = std::move(box_);
    if (core_->gone())
        return;
    try {
        asio::post(core_->home(), [core = core_, box] { core->leave_channels(box); });
    } catch (...) { // out of memory: its messages are dropped
    }
}

asio::awaitable<message> subscription::next()
{
    return detail::mailbox::next(box_);
}

std::uint64_t subscription::dropped() const noexcept
{
    return box_->dropped();
}

} // namespace coffer::redis
