// SPDX-License-Identifier: BSL-1.0
#include <coffer/redis/client.hpp>

#include "redis/client/at_home.hpp"
#include "redis/client/joining.hpp"

#include <coffer/core/errc.hpp>
#include <coffer/redis/session.hpp>

#include <boost/asio/post.hpp>

#include <stdexcept>

namespace coffer::redis {

namespace {

using detail::at_home;

asio::awaitable<void> wait_until_up(std::shared_ptr<detail::client_core> core)
{
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    const auto link = core->direct()->first_link();
    if (core->closed())
        throw error(errc::closed);
    while (!link->up()) {
        const auto next = link->next_attempt();
        co_await next->over.wait();
        if (next->failure)
            throw error(*next->failure);
    }
}

asio::awaitable<void> close_all(std::shared_ptr<detail::client_core> core)
{
    core->close();
    co_await core->tasks().close();
}

asio::awaitable<client_stats> stats_of(std::shared_ptr<detail::client_core> core)
{
    co_return core->stats();
}

/// The route with a connection of its own.
asio::awaitable<detail::call_route> lend(detail::call_route route)
{
    if (route.core->closed())
        throw error(errc::closed);
    route.at = route.core->direct();
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
        if (detail::knows_script(self.route_, wanted))
            co_return;
        auto sent = self.exec<void>("SCRIPT", "LOAD", wanted.text());
        co_await std::move(sent);
        detail::learn_script(self.route_, wanted);
    };
    return at_home(route_.core, loading(*this, std::move(what)));
}

asio::awaitable<redis::session> client::session() const
{
    return [](client self) -> asio::awaitable<redis::session> {
        auto lending = at_home(self.route_.core, lend(self.route_));
        self.route_ = co_await std::move(lending);
        co_return redis::session(self);
    }(*this);
}

asio::awaitable<void> client::connect() const
{
    return at_home(route_.core, wait_until_up(route_.core));
}

asio::awaitable<void> client::close() const
{
    return at_home(route_.core, close_all(route_.core));
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
