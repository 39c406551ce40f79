// SPDX-License-Identifier: BSL-1.0
#include "redis/client/client_core.hpp"

#include "redis/config/config_check.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include <stdexcept>

namespace coffer::redis::detail {

namespace {

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
    const auto refuse = [&from](const std::string& why) {
        throw std::invalid_argument("coffer: redis::client(\"" + from.describe() + "\"): " + why);
    };
    if (const auto wrong = contradiction_in(from.values()); !wrong.empty())
        refuse(wrong);
    if (from.values().topology == topology::sentinel)
        refuse("Sentinel is not supported; name the master itself: redis://host:port");
    if (from.values().topology == topology::cluster)
        refuse("Redis Cluster is not supported; name a single server: redis://host:port");
    if (from.values().topology == topology::replicas)
        refuse("several hosts (a leader with replicas) are not supported; name one host");
    return from;
}

link_parts parts_of(asio::any_io_executor executor, const config& from)
{
    auto values = std::make_shared<const settings>(checked(from).values());
    auto tls = make_tls_context(*values);
    return {serial(std::move(executor)), std::move(values), std::move(tls),
            std::make_shared<retry_budget>(), background()};
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

client_core::client_core(asio::any_io_executor executor, const config& from)
    : parts_(parts_of(std::move(executor), from)), description_(from.describe())
{}

std::shared_ptr<client_core> client_core::make(asio::any_io_executor executor, const config& from)
{
    auto made = std::make_shared<client_core>(std::move(executor), from);
    const settings& values = made->values();
    const auto at = values.nodes.empty() ? endpoint("", 0) : values.nodes.front();
    made->direct_ = node::make(made->parts_, at);
    made->nodes_.emplace(at.text(), made->direct_);
    made->witness_ = made->direct_->first_link();
    asio::post(made->home(), [first = made->direct_] { first->start(); });
    return made;
}

client_core::~client_core()
{
    // The context may be gone; its links know.
    if (closed_ || !witness_ || gone())
        return;
    asio::post(home(), [nodes = std::move(nodes_), routing = std::move(router_), hub = hub_] {
        if (routing)
            routing->close();
        for (const auto& [name, each] : nodes)
            each->close();
        hub->close();
    });
}

std::shared_ptr<node> client_core::node_at(const endpoint& at)
{
    auto& found = nodes_[at.text()];
    if (!found || found->closed()) {
        found = node::make(parts_, at);
        if (closed_)
            found->close();
        else
            found->start();
    }
    return found;
}

std::vector<std::shared_ptr<link>> client_core::links() const
{
    std::vector<std::shared_ptr<link>> all;
    for (const auto& [name, each] : nodes_) {
        const auto some = each->links();
        all.insert(all.end(), some.begin(), some.end());
    }
    if (hub_->on())
        all.push_back(hub_->on());
    return all;
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
    const auto keep = shared_from_this();
    if (router_)
        router_->close();
    for (const auto& [name, each] : nodes_)
        each->close();
    hub_->close();
}

client_stats client_core::stats() const
{
    client_stats all;
    for (const auto& each : links())
        add_to(all, *each);
    return all;
}

} // namespace coffer::redis::detail
