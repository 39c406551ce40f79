// SPDX-License-Identifier: BSL-1.0
#include "redis/client/client_core.hpp"

#include "redis/client/cluster_router.hpp"
#include "redis/client/leader_router.hpp"
#include "redis/config/config_check.hpp"
#include "redis/sentinel/sentinel_finder.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include <algorithm>
#include <stdexcept>

namespace coffer::redis::detail {

namespace {

/// How long a node may end what goes on there, after it was last named.
constexpr std::chrono::milliseconds grace{5'000};

/// The threads of a pool would run us all at once.
asio::any_io_executor serial(asio::any_io_executor executor)
{
    if (executor.target<asio::thread_pool::executor_type>())
        return asio::make_strand(std::move(executor));
    return executor;
}

/// Errors: `std::invalid_argument`.
const config& checked(const config& from)
{
    if (const auto wrong = contradiction_in(from.values()); !wrong.empty())
        throw std::invalid_argument("coffer: redis::client(\"" + from.describe() + "\"): " + wrong);
    return from;
}

link_parts parts_of(asio::any_io_executor executor, const config& from)
{
    auto values = std::make_shared<const settings>(checked(from).values());
    auto tls = make_tls_context(*values);
    const bool alone = values->topology == topology::single;
    return {serial(std::move(executor)),      std::move(values), std::move(tls),
            std::make_shared<retry_budget>(), background(),      alone};
}

/// Where there are several servers.
std::shared_ptr<router> router_of(client_core& owner, const link_parts& parts)
{
    if (owner.values().topology == topology::cluster)
        return cluster_router::make(owner);
    if (owner.values().topology == topology::sentinel)
        return leader_router::make(owner, leader_by_sentinels(parts));
    return leader_router::make(owner, leader_of_list(owner.values().nodes));
}

} // namespace

passage passage_of(const call_route& route, const asio::any_io_executor& executor) noexcept
{
    if (route.core->home() != executor)
        return passage::elsewhere;
    const bool known = route.session || route.at || route.core->direct();
    return known ? passage::direct : passage::routed;
}

const asio::any_io_executor& home_of(const client_core& core) noexcept
{
    return core.home();
}

clock::steady_time deadline_of(const client_core& core, const request& what, call_terms terms)
{
    using kind = call_terms::kind;
    const bool waits = what.flags().has_any(blocking); // as long as its own arguments say
    if (terms.deadline_kind() == kind::own)
        return later(core.now(), terms.limit());
    const auto& usual = core.values().deadline;
    if (terms.deadline_kind() == kind::usual && !waits && usual)
        return later(core.now(), *usual);
    return clock::steady_time::max();
}

client_core::client_core(asio::any_io_executor executor, const config& from)
    : parts_(parts_of(std::move(executor), from)), description_(from.describe())
{}

std::shared_ptr<client_core> client_core::make(asio::any_io_executor executor, const config& from)
{
    auto made = std::make_shared<client_core>(std::move(executor), from);
    const settings& values = made->values();
    const auto at = values.nodes.empty() ? endpoint("", 0) : values.nodes.front();
    const auto first = node::make(made->parts_, at);
    made->witness_ = first->first_link();
    if (values.topology != topology::single) {
        made->router_ = router_of(*made, made->parts_);
        made->routed_ = std::make_shared<routed_channels>(*made);
        made->router_->start();
        return made;
    }
    made->direct_ = first;
    made->nodes_.emplace(node_key(at.text(), handshake::duty::owned), first);
    asio::post(made->home(), [first] { first->start(); });
    return made;
}

client_core::~client_core()
{
    // The context may be gone; its links know.
    if (closed_ || !witness_ || gone())
        return;
    asio::post(home(), [nodes = std::move(nodes_), routing = std::move(router_), hub = hub_,
                        routed = std::move(routed_), closing = closing_] {
        closing.set();
        if (routed)
            routed->close();
        if (routing)
            routing->close();
        for (const auto& [name, each] : nodes)
            each->close();
        hub->close();
    });
}

std::shared_ptr<node> client_core::node_at(const endpoint& at, handshake::duty serves)
{
    auto& found = nodes_[{at.text(), serves}];
    if (!found || found->closed()) {
        auto parts = parts_;
        parts.serves = serves;
        found = node::make(parts, at);
        if (closed_)
            found->close();
        else
            found->start();
    }
    return found;
}

void client_core::keep_only(const std::vector<endpoint>& named)
{
    named_.clear();
    for (const auto& each : named)
        named_.insert(each.text());
    std::vector<node_key> unnamed;
    for (const auto& [key, each] : nodes_)
        if (!named_.contains(key.first))
            unnamed.push_back(key);
    if (unnamed.empty() || sweeping_ || closed_)
        return;
    sweeping_ = true;
    tasks().start(home(), sweep(weak_from_this(), std::move(unnamed), closing_, values().clock));
}

asio::awaitable<void> client_core::sweep(std::weak_ptr<client_core> weak,
                                         std::vector<node_key> unnamed, event closing, clock time)
{
    auto waiting = closing.wait_until(time, later(time.now(), grace));
    const bool ends = co_await std::move(waiting);
    const auto self = weak.lock();
    if (ends || !self)
        co_return;
    self->sweeping_ = false;
    for (const auto& key : unnamed) {
        auto leaving = self->nodes_.extract(key);
        if (!leaving)
            continue;
        if (self->named_.contains(key.first)) {
            self->nodes_.insert(std::move(leaving));
            continue;
        }
        leaving.mapped()->close();
        self->past_ += leaving.mapped()->stats();
    }
}

std::vector<std::shared_ptr<node>> client_core::nodes() const
{
    std::vector<std::shared_ptr<node>> all;
    for (const auto& [key, each] : nodes_)
        all.push_back(each);
    return all;
}

void client_core::leave_channels(const std::shared_ptr<mailbox>& box)
{
    if (routed_)
        routed_->leave(box);
    else
        hub_->leave(box);
}

channel_hub& client_core::hub()
{
    if (!hub_->on()) {
        hub_->use(direct_->make_link(channel_hub::role(hub_)));
        hub_->on()->start();
    }
    return *hub_;
}

void client_core::close()
{
    if (closed_)
        return;
    closed_ = true;
    closing_.set();
    const auto keep = shared_from_this();
    if (router_)
        router_->close();
    if (routed_)
        routed_->close();
    for (const auto& [name, each] : nodes_)
        each->close();
    hub_->close();
}

void client_core::tell(connection_event::kind what, const std::string& node) const noexcept
{
    if (!values().on_event)
        return;
    connection_event seen;
    seen.what = what;
    seen.node = node;
    values().on_event(seen);
}

client_stats client_core::stats() const
{
    client_stats all = past_;
    all.redirected = redirected_;
    for (const auto& [name, each] : nodes_)
        all += each->stats();
    if (hub_->on())
        all += stats_of(*hub_->on());
    if (routed_)
        for (const auto& each : routed_->links())
            all += stats_of(*each);
    return all;
}

} // namespace coffer::redis::detail
