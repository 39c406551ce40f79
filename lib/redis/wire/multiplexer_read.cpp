// SPDX-License-Identifier: BSL-1.0
#include <redis/wire/multiplexer.hpp>

#include <coffer/redis/error_reply.hpp>

#include <algorithm>

namespace coffer::redis::detail {
namespace {

/// The first element of a push or of an array that stands for one: what it is about.
std::string_view subject(const reply_view& push) noexcept
{
    return push.empty() ? std::string_view() : push.begin()->text();
}

bool is_one_of(std::string_view word, std::span<const std::string_view> words) noexcept
{
    return std::find(words.begin(), words.end(), word) != words.end();
}

constexpr std::string_view messages[] = {"message", "pmessage", "smessage"};
constexpr std::string_view joins[] = {"subscribe", "psubscribe", "ssubscribe"};
constexpr std::string_view leaves[] = {"unsubscribe", "punsubscribe", "sunsubscribe"};

bool is_channel_word(std::string_view word) noexcept
{
    return is_one_of(word, messages) || is_one_of(word, joins) || is_one_of(word, leaves);
}

} // namespace

std::span<char> multiplexer::prepare()
{
    return input_.prepare(options_.read_size, scanner_.wanted());
}

multiplexer::read_state multiplexer::received(std::size_t count, time now)
{
    input_.commit(count);
    last_read_ = now;
    ++stats_.reads;
    stats_.bytes_read += count;
    return deliver_all();
}

multiplexer::read_state multiplexer::resume()
{
    return deliver_all();
}

// A completion may close all this: then there is nothing more to read.
multiplexer::read_state multiplexer::deliver_all()
{
    for (std::size_t count = 0; phase_ == phase::ready || phase_ == phase::handshake; ++count) {
        const std::string_view bytes = input_.unread();
        if (bytes.empty())
            return read_state::drained;
        if (count == options_.read_burst)
            return read_state::more;
        switch (scanner_.scan(bytes)) {
        case reply_scanner::state::incomplete:
            return read_state::drained;
        case reply_scanner::state::broken:
            fault_ = scanner_.fault();
            return read_state::broken;
        case reply_scanner::state::complete:
            break;
        }
        const reply_view reply = scanner_.view();
        input_.consume(scanner_.size());
        scanner_.reset();
        if (!deliver(reply))
            return read_state::broken;
    }
    return read_state::drained;
}

bool multiplexer::deliver(const reply_view& reply)
{
    if (reply.kind() == reply_kind::push || (messages_are_arrays_ && is_message(reply)))
        return deliver_push(reply);
    return flight_.empty() ? unsolicited(reply) : deliver_reply(reply);
}

bool multiplexer::deliver_reply(const reply_view& reply)
{
    slot& front = flight_.front();
    operation* const owner = front.owner;
    if (front.end > written_) // answered early: what is left of it must not be read from the owner
        output_.own();
    const bool last = count_reply(front);
    if (owner == nullptr) {
        ++stats_.swallowed;
        return true;
    }
    ++owner->replies_;
    if (!last) {
        owner->complete(owner, verdict::reply, reply);
        return true;
    }
    ++stats_.answered;
    if (owner->began != time()) [[likely]] // when it was read: of this turn of the loop
        stats_.latency.add(kind_of(owner->what->flags()), last_read_ - owner->began);
    if (budget_ != nullptr)
        budget_->answered();
    deadlines_.remove(*owner);
    owner->state_ = operation::state::idle;
    owner->complete(owner, verdict::answered, reply);
    return true;
}

// True if it was the last of its slot.
bool multiplexer::count_reply(slot& front) noexcept
{
    ++stats_.replies;
    --in_flight_;
    window_ += replaying_ && window_ < options_.max_in_flight;
    if (--front.left > 0)
        return false;
    blocking_ -= front.blocks;
    flight_.pop_front();
    return true;
}

// A confirmation of a subscription is a push, and at the same time the reply to its command.
bool multiplexer::deliver_push(const reply_view& push)
{
    ++stats_.pushes;
    notify(push);
    if (flight_.empty() || !flight_.front().subscribes)
        return true;
    const auto about = subject(push);
    const bool confirms =
        flight_.front().leaves_channels ? is_one_of(about, leaves) : is_one_of(about, joins);
    return confirms ? deliver_reply(push) : true;
}

void multiplexer::notify(const reply_view& push)
{
    if (pushes_.call != nullptr)
        pushes_.call(pushes_.context, push);
}

bool multiplexer::is_message(const reply_view& reply) const noexcept
{
    return reply.kind() == reply_kind::array && reply.size() >= 3 &&
           is_channel_word(subject(reply));
}

bool multiplexer::unsolicited(const reply_view& reply)
{
    if (reply.is_error())
        farewell_ = error_reply(reply.text()).text();
    fault_ = protocol_fault::unsolicited;
    return false;
}

} // namespace coffer::redis::detail
