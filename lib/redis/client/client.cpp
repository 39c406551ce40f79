// SPDX-License-Identifier: BSL-1.0
#include <coffer/redis/client.hpp>

#include "redis/client/at_home.hpp"
#include "redis/client/joining.hpp"
#include "redis/client/tracker.hpp"

#include <coffer/core/errc.hpp>
#include <coffer/redis/session.hpp>

#include <boost/asio/post.hpp>

#include <stdexcept>

namespace coffer::redis {

namespace {

using detail::at_home;

asio::awaitable<void> wait_until_up(std::shared_ptr<detail::link> link)
{
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    while (!link->up()) {
        const auto next = link->next_attempt();
        co_await next->over.wait();
        if (next->failure)
            throw error(*next->failure);
    }
}

std::vector<std::shared_ptr<detail::link>> telling_links(detail::client_core& core)
{
    std::vector<std::shared_ptr<detail::link>> all;
    for (const detail::tracker* one : core.tracking().trackers())
        if (one->on())
            all.push_back(one->on());
    return all;
}

asio::awaitable<void> wait_until_told(std::shared_ptr<detail::client_core> core)
{
    const auto all = telling_links(*core);
    for (const auto& each : all) {
        auto waiting = wait_until_up(each);
        co_await std::move(waiting);
    }
}

/// Until a router knows where its nodes are: it has asked one of them.
asio::awaitable<void> wait_until_known(std::shared_ptr<detail::client_core> core)
{
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    const auto& router = core->router();
    while (router->primaries().empty()) {
        auto over = router->next_refresh().wait();
        co_await std::move(over);
        if (core->closed())
            throw error(errc::closed);
        if (router->last_failure())
            throw error(*router->last_failure());
    }
}

asio::awaitable<void> wait_until_up(std::shared_ptr<detail::client_core> core)
{
    if (core->closed())
        throw error(errc::closed);
    auto waiting =
        core->direct() ? wait_until_up(core->direct()->first_link()) : wait_until_known(core);
    co_await std::move(waiting);
}

asio::awaitable<void> close_all(std::shared_ptr<detail::client_core> core)
{
    core->close();
    co_await core->tasks().close();
}

asio::awaitable<void> ask_all_trackers(detail::call_route route, call_terms terms)
{
    const auto all = telling_links(*route.core);
    for (const auto& each : all) {
        if (!each->up())
            continue; // observers have heard of that
        route.session = each;
        try {
            auto asking =
                detail::run_call(route, request("PING"), terms, detail::one_reply<void>());
            co_await std::move(asking);
        } catch (const error& known) {
            if (known.code() != errc::connection_lost)
                throw;
        }
    }
}

asio::awaitable<client_stats> stats_of(std::shared_ptr<detail::client_core> core)
{
    co_return core->stats();
}

/// The route to the node that has a key, or to any one that takes writes.
asio::awaitable<detail::call_route> find_node(detail::call_route route,
                                              std::optional<std::string> key, call_terms terms)
{
    using kind = detail::request_slot::kind;
    auto& core = *route.core;
    route.at = core.direct();
    detail::destination wanted;
    if (key)
        wanted.where = {kind::one, detail::hash_slot(*key)};
    const auto until = detail::deadline_of(core, request(), terms);
    while (!route.at && !core.closed()) {
        route.at = core.router()->choose(wanted);
        if (route.at)
            break;
        core.router()->refresh(nullptr);
        auto waiting = core.router()->next_refresh().wait_until(core.values().clock, until);
        const bool in_time = co_await std::move(waiting);
        if (!in_time)
            throw error(errc::timeout, error_details().note("no node is known"));
    }
    co_return route;
}

/// All nodes that take writes, once they are known.
asio::awaitable<std::vector<std::shared_ptr<detail::node>>> primaries_of(detail::call_route route,
                                                                         call_terms terms)
{
    const auto router = route.core->router();
    auto finding = find_node(std::move(route), std::nullopt, terms);
    const auto first = co_await std::move(finding);
    if (router)
        co_return router->primaries();
    std::vector<std::shared_ptr<detail::node>> all{first.at};
    co_return all;
}

/// The route with a connection of its own.
asio::awaitable<detail::call_route> lend(detail::call_route route, std::optional<std::string> key,
                                         call_terms terms)
{
    auto finding = find_node(std::move(route), std::move(key), terms);
    route = co_await std::move(finding);
    if (route.core->closed())
        throw error(errc::closed);
    route.session = route.at->lend();
    if (!route.session)
        throw error(errc::overloaded, error_details().note("too many connections of their own"));
    co_return route;
}

} // namespace

client::client(asio::any_io_executor executor, const config& from)
    : route_{detail::client_core::make(std::move(executor), from), nullptr, nullptr}
{}

void client::check(const request& one, std::size_t commands) const
{
    const auto refuse = [&](const std::string& why) {
        throw std::invalid_argument("coffer: redis::client: " + std::string(one.name()) + ": " +
                                    why);
    };
    if (one.empty())
        throw std::invalid_argument("coffer: redis::client: a request without any command");
    if (one.commands() != commands)
        refuse("a request of " + std::to_string(one.commands()) + " commands where " +
               std::to_string(commands) +
               " are expected; for several, use batch() with as many "
               "types, or with one type for all");
    if (one.is_open())
        refuse("the request ends inside of a transaction; end it with exec()");
    if (!route_.session && one.flags().has_any(subscribes))
        refuse("it turns its connection into one for messages; use subscribe()");
    if (!route_.session && one.flags().has_any(connection_state) && !one.is_transaction())
        refuse("it changes its connection, which others share; use session()");
}

request client::as_transaction(const request& several)
{
    if (several.is_transaction())
        throw std::invalid_argument("coffer: redis::client::transaction: MULTI and EXEC are added "
                                    "by it; give it the commands alone");
    request whole;
    whole.multi();
    for (std::size_t at = 0; at < several.commands(); ++at) {
        auto words = several.arguments(at);
        const auto name = words.front();
        words.erase(words.begin());
        whole.add(name, words);
    }
    whole.exec();
    return whole;
}

client client::with(call_terms terms) const
{
    if (terms.reading() == read_policy::replica &&
        route_.core->values().topology == topology::single)
        throw std::invalid_argument("coffer: redis::client(\"" + describe() +
                                    "\").with(read_from(replica)): this is one server; name its "
                                    "replicas as well: redis://leader,replica");
    client other(*this);
    other.terms_ = terms;
    return other;
}

asio::awaitable<void> client::load(script what) const
{
    auto loading = [](client self, script wanted) -> asio::awaitable<void> {
        auto finding = primaries_of(self.route_, self.terms_);
        const auto nodes = co_await std::move(finding);
        for (const auto& each : nodes) {
            self.route_.at = each;
            if (detail::knows_script(self.route_, wanted))
                continue;
            auto sent = self.exec<void>("SCRIPT", "LOAD", wanted.text());
            co_await std::move(sent);
            detail::learn_script(self.route_, wanted);
        }
    };
    return at_home(route_.core, loading(*this, std::move(what)));
}

asio::awaitable<std::map<std::string, client>> client::primaries() const
{
    return [](client self) -> asio::awaitable<std::map<std::string, client>> {
        auto finding = at_home(self.route_.core, primaries_of(self.route_, self.terms_));
        const auto nodes = co_await std::move(finding);
        std::map<std::string, client> all;
        for (const auto& each : nodes) {
            self.route_.at = each;
            all.emplace(each->name(), self);
        }
        co_return all;
    }(*this);
}

asio::awaitable<redis::session> client::session() const
{
    return session_at(std::nullopt);
}

asio::awaitable<redis::session> client::session(std::string key) const
{
    return session_at(std::move(key));
}

asio::awaitable<redis::session> client::session_at(std::optional<std::string> key) const
{
    return [](client self, std::optional<std::string> of) -> asio::awaitable<redis::session> {
        auto lending = at_home(self.route_.core, lend(self.route_, std::move(of), self.terms_));
        self.route_ = co_await std::move(lending);
        co_return redis::session(self);
    }(*this, std::move(key));
}

asio::awaitable<void> client::connect() const
{
    return at_home(route_.core, wait_until_up(route_.core));
}

asio::awaitable<void> client::close() const
{
    return at_home(route_.core, close_all(route_.core));
}

bool client::can_track() const noexcept
{
    return route_.core->values().protocol == protocol::newest;
}

const coffer::clock& client::clock() const noexcept
{
    return route_.core->values().clock;
}

void client::track(std::weak_ptr<key_observer> by, std::chrono::milliseconds silence) const
{
    if (!can_track())
        throw std::invalid_argument("coffer: redis::client::track: with RESP2 servers tell nothing "
                                    "of changes; let the client use protocol::newest");
    asio::post(route_.core->home(), [core = route_.core, by = std::move(by), silence] {
        core->tracking().add(by, silence);
        if (core->direct())
            core->direct()->track(); // else with the first read of each
    });
}

asio::awaitable<void> client::connect_tracked() const
{
    return at_home(route_.core, wait_until_told(route_.core));
}

asio::awaitable<void> client::fence() const
{
    return at_home(route_.core, ask_all_trackers(route_, terms_));
}

asio::awaitable<client_stats> client::stats() const
{
    return at_home(route_.core, stats_of(route_.core));
}

asio::awaitable<subscription> client::subscribe(channels to) const
{
    if (to.names().empty())
        throw std::invalid_argument("coffer: redis::client::subscribe: no channels; name some with "
                                    "redis::channels(...).add(...)");
    auto box = std::make_shared<detail::mailbox>(std::move(to));
    auto joining = [](detail::call_route on, std::shared_ptr<detail::mailbox> mine,
                      call_terms terms) -> asio::awaitable<subscription> {
        subscription made(on.core, mine); // leaves again if anything fails
        auto asked = at_home(on.core, detail::join_channels(on.core, mine, terms));
        co_await std::move(asked);
        co_return std::move(made);
    };
    return joining(route_, std::move(box), terms_);
}

const std::string& client::describe() const noexcept
{
    return route_.core->description();
}

topology client::topology() const noexcept
{
    return route_.core->values().topology;
}

session& session::operator=(session&& other) noexcept
{
    if (this != &other) {
        end();
        on_ = std::move(other.on_);
    }
    return *this;
}

session::~session()
{
    end();
}

void session::end() noexcept
{
    const auto link = on_.route_.session;
    if (!link || link->abandoned())
        return;
    try {
        asio::post(on_.route_.core->home(),
                   [link, to = on_.route_.at] { to->give_back_used(link); });
    } catch (...) { // out of memory: the client closes it
    }
}

} // namespace coffer::redis
