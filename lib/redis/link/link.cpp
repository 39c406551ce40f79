// SPDX-License-Identifier: BSL-1.0
#include "redis/link/link.hpp"

#include "redis/link/greeting.hpp"
#include "redis/link/link_service.hpp"

#include <coffer/core/errc.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

namespace coffer::redis::detail {

using boost::system::error_code;

namespace {

wire_options wire_options_of(const settings& from, const link_role& role)
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
    to.waits_for_connection = role.waits;
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
      wire_(wire_options_of(*settings_, role_), role_.pushes, budget_.get()),
      backoff_(settings_->first_pause, settings_->longest_pause),
      timer_(std::in_place, executor_, settings_->clock), attempt_(std::make_shared<attempt>())
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
    timer_->cancel();
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
    timer_.reset(); // what is left of us may outlive the context, and Asio's objects may not
    stream_.reset();
    if (role_.on_gone)
        role_.on_gone();
    role_.on_gone = nullptr;
    role_.on_up = nullptr; // they may own whoever owns us
    role_.on_down = nullptr;
}

multiplexer::admission link::submit(operation& added)
{
    if (pausing_ && !role_.waits)
        return multiplexer::admission::closed; // until the next attempt
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

void link::watch()
{
    const auto next = wire_.next_wakeup();
    if (next >= watched_ || closed_)
        return;
    watched_ = next;
    timer_->start(next, [weak = weak_from_this()] {
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
