// SPDX-License-Identifier: BSL-1.0
#include "redis/link/greeting.hpp"

#include <coffer/core/errc.hpp>
#include <coffer/net/with_deadline.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace coffer::redis::detail {

using boost::system::system_error;

asio::awaitable<void> link::run(std::shared_ptr<link> self)
{
    while (!self->closed_) {
        std::optional<error> failed;
        try {
            co_await self->connect();
            co_await self->read_until_lost();
        } catch (const error& known) {
            failed = known;
        } catch (const system_error& other) {
            const std::string what = other.what();
            failed.emplace(other.code(), error_details().node(self->name_).note(what));
        } catch (const std::exception& other) { // what a callback threw that gives the password
            failed.emplace(errc::storage_failed,
                           error_details().node(self->name_).note(other.what()));
        }
        self->lost();
        if (failed && !self->closed_)
            self->fail_attempt(*failed);
        if (self->closed_ || self->role_.what == link_role::kind::dedicated)
            break;
        co_await self->pause();
    }
    if (!self->closed_)
        self->close();
}

asio::awaitable<credentials> link::login() const
{
    if (settings_->ask_login)
        return settings_->ask_login();
    return [](credentials known) -> asio::awaitable<credentials> {
        co_return known;
    }(settings_->login);
}

asio::awaitable<void> link::connect()
{
    now_known_ = false;
    const auto until = later(now(), settings_->connect_timeout);
    auto asked = login();
    auto who = with_deadline(std::move(asked), settings_->clock, until, background());
    const credentials known = co_await std::move(who);

    auto made = std::make_shared<stream>(executor_);
    auto opened = stream::open(made, settings_, node_, tls_);
    auto opening = with_deadline(std::move(opened), settings_->clock, until, background());
    co_await std::move(opening);

    if (closed_) { // while this was on its way here
        made->close();
        throw error(errc::closed, error_details().node(name_));
    }
    stream_ = std::move(made);
    dropped_.reset();
    now_known_ = false;
    wire_.connected(now());
    const auto why = role_.what == link_role::kind::tracking ? handshake::occasion::tracking
                                                             : handshake::occasion::first;
    greeting_ = std::make_unique<greeting>(*settings_, known, why, role_.serves, until);
    wire_.submit_handshake(*greeting_);
    flush();
}

/// After each read, until the greeting is over: outside of the multiplexer.
void link::go_on_greeting()
{
    if (!greeting_ || greeting_->pending() || dropped_ || closed_)
        return;
    if (greeting_->timed_out())
        return drop(errc::timeout, "no answer to the greeting");
    switch (greeting_->what_next()) {
    case handshake::step::again:
        wire_.submit_handshake(*greeting_);
        break;
    case handshake::step::done:
        become_ready();
        break;
    case handshake::step::failed:
        refuse_greeting();
        break;
    }
}

void link::renew(std::function<void(bool)> over)
{
    // Whoever gives the passwords may take their time, and those may have changed.
    if (settings_->ask_login || !up_)
        return over(false);
    const auto until = later(now(), settings_->connect_timeout);
    renewal_ = std::make_unique<renewal>(*this, *settings_, until, std::move(over));
    const auto keep = shared_from_this();
    if (submit(*renewal_) != multiplexer::admission::admitted) {
        const auto refused = std::move(renewal_);
        refused->give_up();
    }
}

void link::refuse_greeting()
{
    const handshake& said = greeting_->said();
    auto details = error_details().node(name_).command(said.refused());
    dropped_.emplace(errc::server_refused, details.reply(said.failure()));
    stream_->close();
}

void link::become_ready()
{
    resp3_ = greeting_->said().resp3();
    wire_.messages_are_arrays(!resp3_ && role_.what == link_role::kind::channels);
    greeting_.reset();
    up_ = true;
    ++stats_.connected;
    last_failure_.clear();
    wire_.ready();
    tell(connection_event::kind::connected, {});
    auto over = std::exchange(attempt_, std::make_shared<attempt>());
    over->over.set();
    if (role_.on_up)
        role_.on_up();
}

void link::fail_attempt(error why)
{
    ++stats_.connect_failed;
    last_failure_ = why.what();
    wire_.connection_failed();
    tell(connection_event::kind::connect_failed, last_failure_);
    auto over = std::exchange(attempt_, std::make_shared<attempt>());
    over->failure = std::move(why);
    over->over.set();
}

void link::lost()
{
    if (!stream_)
        return;
    stream_->close();
    stream_.reset();
    write_blocked_ = false;
    const bool was_up = std::exchange(up_, false);
    now_known_ = false;
    if (!closed_)
        wire_.connection_lost();
    greeting_.reset(); // after it has completed
    watch();
    if (was_up && role_.on_down && !closed_)
        role_.on_down();
}

asio::awaitable<void> link::pause()
{
    auto until = later(settings_->clock.now(), backoff_.next());
    pausing_ = true;
    co_await sleep_until(settings_->clock, until);
    pausing_ = false;
}

void link::tell(connection_event::kind what, const std::string& reason) const noexcept
{
    if (!settings_->on_event)
        return;
    connection_event seen;
    seen.what = what;
    seen.node = name_;
    seen.reason = reason;
    settings_->on_event(seen);
}

} // namespace coffer::redis::detail
