// SPDX-License-Identifier: BSL-1.0
#include "redis/link/link.hpp"

#include "redis/link/greeting.hpp"
#include "redis/link/link_service.hpp"

#include <coffer/core/errc.hpp>
#include <coffer/net/with_deadline.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <random>

namespace coffer::redis::detail {

using boost::system::error_code;
using boost::system::system_error;

namespace {

wire_options wire_options_of(const settings& from)
{
    wire_options to;
    to.replies.bulk = from.max_reply_bytes;
    to.replies.total = std::max(to.replies.total, from.max_reply_bytes);
    to.max_in_flight = from.max_in_flight;
    to.max_queued_bytes = from.max_queued_bytes;
    to.max_queued_offline = from.max_offline;
    to.wait_when_full = from.overflow == redis::overflow::wait;
    if (from.by == transport::tls)
        to.gather_above = wire_options::never_gather;
    to.ping_after = from.silence;
    return to;
}

std::string name_of(const settings& from, const endpoint& node)
{
    return from.by == transport::socket_file ? from.socket_file : node.text();
}

} // namespace

link::link(asio::any_io_executor executor, std::shared_ptr<const settings> from, endpoint node,
           tls_context tls, std::shared_ptr<retry_budget> budget, link_role role, background owner)
    : executor_(std::move(executor)), settings_(std::move(from)), node_(std::move(node)),
      name_(name_of(*settings_, node_)), tls_(std::move(tls)), role_(std::move(role)),
      budget_(std::move(budget)), tasks_(std::move(owner)),
      wire_(wire_options_of(*settings_), role_.pushes, budget_.get()),
      backoff_(settings_->first_pause, settings_->longest_pause, std::random_device()()),
      timer_(executor_, settings_->clock), attempt_(std::make_shared<attempt>())
{}

link::~link()
{
    wire_.close(); // of what is pending nothing is left but gaps: operations keep the client alive
}

std::shared_ptr<link> link::make(asio::any_io_executor executor,
                                 std::shared_ptr<const settings> from, endpoint node,
                                 tls_context tls, std::shared_ptr<retry_budget> budget,
                                 link_role role, background owner)
{
    auto made = std::make_shared<link>(executor, std::move(from), std::move(node), std::move(tls),
                                       std::move(budget), std::move(role), std::move(owner));
    link_service::of(executor).add(*made);
    return made;
}

void link::start()
{
    if (closed_)
        return;
    // The signal lives here and the coroutine keeps us, until its completion has been called.
    auto ended = [self = shared_from_this(), place = tasks_.enter()](std::exception_ptr) {};
    asio::co_spawn(executor_, run(shared_from_this()),
                   asio::bind_cancellation_slot(stop_.slot(), std::move(ended)));
}

void link::close()
{
    if (closed_)
        return;
    closed_ = true;
    up_ = false;
    timer_.cancel();
    wire_.close();
    attempt_->failure.emplace(errc::closed, error_details().node(name_));
    attempt_->over.set();
    if (stream_)
        stream_->close();
    stop_.emit(asio::cancellation_type::terminal);
}

void link::abandon() noexcept
{
    abandoned_ = true;
    closed_ = true;
    wire_.close();
}

multiplexer::admission link::submit(operation& added)
{
    const auto admitted = wire_.submit(added);
    if (admitted != multiplexer::admission::admitted)
        return admitted;
    if (up_)
        wake_writer();
    else
        watch();
    return admitted;
}

void link::cancel(operation& leaving)
{
    wire_.cancel(leaving);
}

void link::drop(error_code why, std::string text)
{
    if (!stream_ || dropped_)
        return;
    dropped_.emplace(why, error_details().node(name_).note(text));
    stream_->close(); // the reader ends, and does what is to be done
}

// ---- Connecting
// ----------------------------------------------------------------------------------

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
    greeting_ = std::make_unique<greeting>(*settings_, known, until);
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
    co_await sleep_until(settings_->clock, until);
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

// ---- Reading
// -------------------------------------------------------------------------------------

/// Throws why an attempt failed; returns when a connection that was up is lost.
asio::awaitable<void> link::read_until_lost()
{
    error_code failed;
    std::string what;
    for (;;) {
        const auto room = wire_.prepare();
        auto some = stream_->read_some(room, failed);
        const std::size_t count = co_await std::move(some);
        now_known_ = false;
        if (dropped_ || closed_)
            break;
        if (failed) {
            what = wire_.farewell().empty() ? "reading" : wire_.farewell();
            break;
        }
        const bool good = co_await take(count);
        if (!good)
            break;
    }
    if (closed_)
        throw system_error(asio::error::operation_aborted);
    if (!dropped_ && greeting_ && !greeting_->said().refused().empty())
        refuse_greeting(); // before it hung up
    error why = dropped_ ? *dropped_
                         : error(wire_.fault() ? wire_.fault() : failed,
                                 error_details().node(name_).note(what));
    if (!up_)
        throw why;
    ++stats_.lost;
    last_failure_ = why.what();
    backoff_.succeeded();
    tell(connection_event::kind::lost, last_failure_);
}

asio::awaitable<bool> link::take(std::size_t count)
{
    reading_ = true;
    auto state = wire_.received(count, now());
    reading_ = false;
    while (state == multiplexer::read_state::more) {
        flush();
        co_await asio::post(executor_, asio::use_awaitable); // others have their turn
        if (dropped_ || closed_)
            co_return false;
        reading_ = true;
        state = wire_.resume();
        reading_ = false;
    }
    go_on_greeting();
    if (state == multiplexer::read_state::broken || dropped_ || closed_)
        co_return false;
    flush();
    co_return true;
}

// ---- Writing
// -------------------------------------------------------------------------------------

void link::wake_writer()
{
    if (reading_ || flush_posted_ || write_blocked_)
        return;
    flush_posted_ = true;
    asio::post(executor_, [self = shared_from_this()] {
        self->flush_posted_ = false;
        self->flush();
    });
}

void link::flush()
{
    if (stream_ && !dropped_ && !write_blocked_) {
        if (stream_->secure())
            flush_secure();
        else
            flush_plain();
    }
    watch();
    now_known_ = false;
}

void link::flush_plain()
{
    while (wire_.wants_write()) {
        const auto pieces = wire_.output(now());
        if (pieces.empty())
            return;
        error_code failed;
        const std::size_t count = stream_->write_some(pieces, failed);
        if (count > 0)
            wire_.written(count);
        if (failed == asio::error::would_block || failed == asio::error::try_again) {
            write_blocked_ = true;
            auto go_on = [self = shared_from_this(), through = stream_](error_code) {
                if (self->stream_ != through)
                    return;
                self->write_blocked_ = false;
                self->flush();
            };
            return stream_->when_writable(std::move(go_on));
        }
        if (failed)
            return drop(failed, "writing");
    }
}

void link::flush_secure()
{
    if (!wire_.wants_write())
        return;
    const auto pieces = wire_.output(now());
    if (pieces.empty())
        return;
    write_blocked_ = true;
    auto go_on = [self = shared_from_this(), through = stream_](error_code failed,
                                                                std::size_t count) {
        if (self->stream_ != through)
            return;
        self->write_blocked_ = false;
        if (failed)
            return self->drop(failed, "writing");
        self->wire_.written(count);
        self->flush();
    };
    stream_->write(pieces, std::move(go_on));
}

// ---- Time
// ----------------------------------------------------------------------------------------

void link::watch()
{
    const auto next = wire_.next_wakeup();
    if (next >= watched_ || closed_)
        return;
    watched_ = next;
    timer_.start(next, [weak = weak_from_this()] {
        if (auto self = weak.lock())
            self->tick();
    });
}

void link::tick()
{
    if (closed_)
        return;
    watched_ = time::max();
    now_known_ = false;
    if (wire_.tick(now()) == multiplexer::health::dead)
        drop(errc::timeout, "no sign of life");
    go_on_greeting();
    if (!closed_)
        flush();
}

} // namespace coffer::redis::detail
