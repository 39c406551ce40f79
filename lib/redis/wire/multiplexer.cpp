// SPDX-License-Identifier: BSL-1.0
#include <redis/wire/multiplexer.hpp>

#include <boost/assert.hpp>

namespace coffer::redis::detail {

multiplexer::multiplexer(const wire_options& options, push_sink pushes, retry_budget* budget)
    : options_(options), pushes_(pushes), budget_(budget), input_(options.read_buffer),
      output_(options.gather_above), scanner_(options.replies), window_(options.max_in_flight)
{}

multiplexer::~multiplexer()
{
    BOOST_ASSERT(queue_.empty() && opening_.empty() && ending_.empty());
}

bool multiplexer::is_full(const operation& added) const noexcept
{
    if (queue_.empty())
        return false;
    if (phase_ != phase::ready && queue_.size() >= options_.max_queued_offline)
        return true;
    return queue_.bytes() + added.what->size() > options_.max_queued_bytes;
}

multiplexer::admission multiplexer::submit(operation& added)
{
    BOOST_ASSERT(!added.pending() && !added.what->empty() && !added.what->is_open());
    if (phase_ == phase::closed)
        return admission::closed;
    const bool may_wait = options_.wait_when_full && added.deadline != time::max();
    if (!may_wait && is_full(added)) [[unlikely]] {
        ++stats_.refused;
        return admission::overloaded;
    }
    added.handshake_ = false;
    enqueue(queue_, added);
    return admission::admitted;
}

void multiplexer::submit_handshake(operation& added)
{
    BOOST_ASSERT(phase_ == phase::handshake && !added.pending());
    added.handshake_ = true;
    enqueue(opening_, added);
}

void multiplexer::enqueue(operation_queue& queue, operation& added)
{
    ++stats_.submitted;
    added.replies_ = added.attempts_ = 0;
    added.maybe_executed_ = false;
    added.state_ = operation::state::queued;
    queue.push_back(added);
    deadlines_.add(added);
}

void multiplexer::cancel(operation& leaving)
{
    using state = operation::state;
    if (leaving.state_ == state::idle || leaving.state_ == state::ending)
        return;
    ++stats_.cancelled;
    end(leaving, verdict::cancelled);
}

// Its slot stays and swallows the replies. They may be on their way already, and if its bytes are
// not all written they will be, so that the stream keeps its order.
void multiplexer::leave_flight(operation& one)
{
    slot& left = flight_.at(one.sequence_);
    left.owner = nullptr;
    one.maybe_executed_ = true;
    if (left.end > written_)
        output_.own();
}

void multiplexer::end(operation& one, verdict how)
{
    if (one.state_ == operation::state::sent)
        leave_flight(one);
    else
        (one.handshake_ ? opening_ : queue_).remove(one);
    deadlines_.remove(one);
    one.state_ = operation::state::idle;
    one.complete(&one, how, reply_view());
}

void multiplexer::end_all(operation_queue& queue, verdict how) noexcept
{
    while (!queue.empty()) {
        operation& one = queue.pop_front();
        deadlines_.remove(one);
        one.state_ = operation::state::ending;
        one.ending_ = how;
        ending_.push_back(one);
    }
}

// Completions may call back in here, and end more.
void multiplexer::call_ending()
{
    while (!ending_.empty()) {
        operation& one = ending_.pop_front();
        one.state_ = operation::state::idle;
        one.complete(&one, one.ending_, reply_view());
    }
}

void multiplexer::close()
{
    if (phase_ == phase::closed)
        return;
    phase_ = phase::closed;
    operation_queue flying;
    for (; !flight_.empty(); flight_.pop_front()) {
        const slot& each = flight_.front();
        if (each.owner == nullptr)
            continue;
        each.owner->maybe_executed_ |= each.end <= written_;
        flying.push_back(*each.owner);
    }
    in_flight_ = blocking_ = 0;
    output_.clear();
    end_all(flying, verdict::closed);
    end_all(opening_, verdict::closed);
    end_all(queue_, verdict::closed);
    call_ending();
}

} // namespace coffer::redis::detail
