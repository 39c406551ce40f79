// SPDX-License-Identifier: BSL-1.0
#include "redis/client/client_core.hpp"

#include "redis/config/config_check.hpp"

#include <coffer/core/errc.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include <algorithm>
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

void add(client_stats& all, const link& one)
{
    const wire_stats& wire = one.wire();
    all.submitted += wire.submitted;
    all.answered += wire.answered;
    all.refused += wire.refused;
    all.cancelled += wire.cancelled;
    all.timed_out += wire.timed_out;
    all.lost += wire.lost;
    all.sent_again += wire.sent_again;
    all.replies += wire.replies;
    all.pushes += wire.pushes;
    all.writes += wire.writes;
    all.reads += wire.reads;
    all.bytes_written += wire.bytes_written;
    all.bytes_read += wire.bytes_read;
    all.pings += wire.pings;
    all.connected += one.stats().connected;
    all.connect_failed += one.stats().connect_failed;
    all.connections_lost += one.stats().lost;
    all.connections += one.up();
    all.in_flight += one.in_flight();
    all.queued += one.queued();
    all.queued_bytes += one.queued_bytes();
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

} // namespace

bool is_home(const client_core& core, const asio::any_io_executor& executor) noexcept
{
    return core.home() == executor;
}

const asio::any_io_executor& home_of(const client_core& core) noexcept
{
    return core.home();
}

client_core::client_core(asio::any_io_executor executor, const config& from)
    : home_(serial(std::move(executor))),
      settings_(std::make_shared<const settings>(checked(from).values())),
      description_(from.describe()), tls_(make_tls_context(*settings_)),
      scripts_(std::make_shared<std::unordered_set<std::string>>()),
      hub_(std::make_shared<channel_hub>())
{}

std::shared_ptr<client_core> client_core::make(asio::any_io_executor executor, const config& from)
{
    auto made = std::make_shared<client_core>(std::move(executor), from);
    for (std::size_t count = 0; count < made->settings_->links; ++count) {
        link_role role;
        // A server that comes back may be another one, or have lost its scripts.
        role.on_down = [scripts = made->scripts_] { scripts->clear(); };
        made->shared_.push_back(made->make_link(std::move(role)));
    }
    for (const auto& each : made->shared_)
        asio::post(made->home_, [each] { each->start(); });
    return made;
}

client_core::~client_core()
{
    auto all = links();
    // The context may be gone; its links know.
    if (closed_ || all.front()->abandoned())
        return;
    asio::post(home_, [all = std::move(all), hub = hub_] {
        for (const auto& each : all)
            each->close();
        hub->close();
    });
}

std::vector<std::shared_ptr<link>> client_core::links() const
{
    auto all = shared_;
    all.insert(all.end(), dedicated_.begin(), dedicated_.end());
    if (hub_->on())
        all.push_back(hub_->on());
    return all;
}

channel_hub& client_core::hub()
{
    if (!hub_->on()) {
        hub_->use(make_link(channel_hub::role(hub_)));
        hub_->on()->start();
    }
    return *hub_;
}

std::shared_ptr<link> client_core::make_link(link_role role)
{
    const auto node = settings_->nodes.empty() ? endpoint("", 0) : settings_->nodes.front();
    return link::make(home_, settings_, node, tls_, budget_, std::move(role), tasks_);
}

std::shared_ptr<link>& client_core::next_link() noexcept
{
    if (shared_.size() == 1)
        return shared_.front();
    turn_ = (turn_ + 1) % shared_.size();
    return shared_[turn_];
}

bool client_core::send(call& one)
{
    if (one.route_.session) {
        one.at_ = one.route_.session;
    } else if (one.what->flags().has_any(blocking)) {
        one.at_ = closed_ ? nullptr : lend();
        one.lent_ = one.at_ != nullptr;
    } else {
        one.at_ = next_link();
    }
    if (!one.at_) {
        one.fail(closed_ ? errc::closed : errc::overloaded, one.details());
        return false;
    }
    const auto admitted = one.at_->submit(one);
    if (admitted == multiplexer::admission::admitted)
        return true;
    const bool full = admitted == multiplexer::admission::overloaded;
    one.fail(full      ? errc::overloaded
             : closed_ ? errc::closed
                       : errc::connection_lost,
             one.details());
    return false;
}

std::shared_ptr<link> client_core::lend()
{
    const auto now = settings_->clock.now();
    while (!idle_.empty()) {
        auto [found, since] = std::move(idle_.back());
        idle_.pop_back();
        if (found->up() && now - since < settings_->silence)
            return found;
        found->close();
    }
    std::erase_if(dedicated_, [](const auto& each) { return each->closed(); });
    if (dedicated_.size() >= settings_->max_dedicated)
        return nullptr;
    link_role role;
    role.what = link_role::kind::dedicated;
    auto made = make_link(std::move(role));
    dedicated_.push_back(made);
    made->start();
    return made;
}

void client_core::give_back(std::shared_ptr<link> lent)
{
    // One that still owes an answer is of no use to anybody else.
    if (!closed_ && lent->up() && lent->idle())
        idle_.emplace_back(std::move(lent), settings_->clock.now());
    else
        lent->close();
}

void client_core::close()
{
    if (closed_)
        return;
    closed_ = true;
    const auto keep = shared_from_this();
    idle_.clear();
    for (const auto& each : links())
        each->close();
    hub_->close();
}

client_stats client_core::stats() const
{
    client_stats all;
    for (const auto& each : links())
        add(all, *each);
    return all;
}

} // namespace coffer::redis::detail
