// SPDX-License-Identifier: BSL-1.0
#include <redis/wire/multiplexer.hpp>

#include <boost/assert.hpp>

#include <algorithm>

namespace coffer::redis::detail {

void multiplexer::connected(time now)
{
    BOOST_ASSERT(phase_ == phase::offline);
    ++stats_.connections;
    phase_ = phase::handshake;
    put_out_ = written_ = 0;
    last_read_ = now;
    fault_ = {};
    farewell_.clear();
    messages_are_arrays_ = false;
}

void multiplexer::ready()
{
    BOOST_ASSERT(phase_ == phase::handshake);
    phase_ = phase::ready;
    replaying_ = !queue_.empty();
    window_ = options_.max_in_flight;
    if (replaying_)
        window_ = std::clamp<std::size_t>(options_.replay_window, 1, options_.max_in_flight);
}

// What may be sent again goes back to the front of the queue, in its old order.
void multiplexer::connection_lost()
{
    if (phase_ == phase::closed || phase_ == phase::offline)
        return;
    phase_ = phase::offline;
    operation_queue again;
    sort_flight(again);
    in_flight_ = blocking_ = 0;
    output_.clear();
    input_.clear();
    scanner_.reset();
    end_all(opening_, verdict::connection_lost);
    queue_.prepend(again);
    connection_failed();
    call_ending();
}

void multiplexer::connection_failed()
{
    if (options_.waits_for_connection)
        return;
    stats_.lost += queue_.size();
    end_all(queue_, verdict::connection_lost);
    call_ending();
}

void multiplexer::sort_flight(operation_queue& again)
{
    operation_queue failed;
    for (; !flight_.empty(); flight_.pop_front()) {
        const slot& each = flight_.front();
        if (each.owner == nullptr)
            continue;
        operation& one = *each.owner;
        const bool wholly_written = each.end <= written_;
        one.maybe_executed_ |= wholly_written;
        if (!may_send_again(one, wholly_written)) {
            failed.push_back(one);
            continue;
        }
        one.attempts_ -= !wholly_written;
        stats_.sent_again += wholly_written;
        one.replies_ = 0;
        one.state_ = operation::state::queued;
        again.push_back(one);
    }
    stats_.lost += failed.size();
    end_all(failed, verdict::connection_lost);
}

// A command that did not arrive whole cannot have been carried out, nor a transaction without its
// EXEC.
bool multiplexer::may_send_again(const operation& one, bool wholly_written) noexcept
{
    if (one.handshake_ || !options_.waits_for_connection)
        return false;
    if (!wholly_written)
        return true;
    if (!one.what->flags().has_any(read_only | idempotent))
        return false;
    if (one.attempts_ >= options_.max_attempts)
        return false;
    return budget_ == nullptr || budget_->take();
}

multiplexer::time multiplexer::silent_since() const noexcept
{
    return in_flight_ > 0 ? std::max(last_read_, busy_since_) : last_read_;
}

multiplexer::time multiplexer::next_wakeup() const noexcept
{
    const time due = deadlines_.next();
    const bool watched = phase_ == phase::ready || (phase_ == phase::handshake && in_flight_ > 0);
    if (!watched || options_.ping_after.count() == 0 || blocking_ > 0)
        return due;
    return std::min(due, later(silent_since(), options_.ping_after * (in_flight_ > 0 ? 2 : 1)));
}

multiplexer::health multiplexer::tick(time now)
{
    while (operation* const due = deadlines_.pop_due(now)) {
        ++stats_.timed_out;
        end(*due, verdict::timed_out);
    }
    const bool up = phase_ == phase::ready || phase_ == phase::handshake;
    if (!up || options_.ping_after.count() == 0 || blocking_ > 0)
        return health::good;
    return in_flight_ > 0 ? judge_silence(now) : probe_silence(now);
}

// Called far too late, it is this process that was stopped: the answer may be there unread.
multiplexer::health multiplexer::judge_silence(time now) noexcept
{
    const auto silence = now - silent_since();
    if (silence < 2 * options_.ping_after)
        return health::good;
    if (silence < 3 * options_.ping_after)
        return health::dead;
    last_read_ = now - options_.ping_after;
    return health::good;
}

multiplexer::health multiplexer::probe_silence(time now)
{
    if (phase_ == phase::ready && now - last_read_ >= options_.ping_after)
        send_ping();
    return health::good;
}

// Before all others, which are not there as a rule: the connection has been silent.
void multiplexer::send_ping()
{
    if (ping_.pending())
        return;
    ++stats_.pings;
    ping_.handshake_ = true;
    ping_.state_ = operation::state::queued;
    ping_.replies_ = 0;
    opening_.push_back(ping_);
}

void multiplexer::pong(operation*, verdict, const reply_view&)
{}

} // namespace coffer::redis::detail
