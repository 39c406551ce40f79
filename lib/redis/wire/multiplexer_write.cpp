// SPDX-License-Identifier: BSL-1.0
#include <redis/wire/multiplexer.hpp>

#include <boost/assert.hpp>

namespace coffer::redis::detail {
namespace {

bool leaves_channels(const request& what) noexcept
{
    return what.name().find_first_of("nN") <= 2; // UNSUBSCRIBE, with or without a letter before
}

} // namespace

bool multiplexer::wants_write() const noexcept
{
    if (!output_.empty() || (!opening_.empty() && phase_ != phase::closed))
        return true;
    return phase_ == phase::ready && !queue_.empty() && has_room_for(*queue_.front());
}

// A request with more commands than the window goes alone.
bool multiplexer::has_room_for(const operation& one) const noexcept
{
    return in_flight_ == 0 || in_flight_ + one.what->commands() <= window_;
}

std::span<const std::string_view> multiplexer::output(time now)
{
    if (output_.empty())
        fill(now);
    return output_.views();
}

void multiplexer::fill(time now)
{
    if (phase_ != phase::ready && phase_ != phase::handshake)
        return;
    output_.clear();
    while (!opening_.empty())
        send(opening_.pop_front(), now);
    if (phase_ == phase::ready) {
        while (!queue_.empty() && output_.size() < options_.write_batch &&
               has_room_for(*queue_.front()))
            send(queue_.pop_front(), now);
        if (replaying_ && queue_.empty()) {
            replaying_ = false;
            window_ = options_.max_in_flight;
        }
    }
    output_.seal();
    stats_.writes += !output_.empty();
}

void multiplexer::send(operation& one, time now)
{
    const request& what = *one.what;
    if (what.is_contiguous()) [[likely]]
        output_.append(what.bytes());
    else
        what.pieces([this](std::string_view bytes) { output_.append(bytes); });
    put_out_ += what.size();

    if (in_flight_ == 0)
        busy_since_ = now;
    const auto commands = static_cast<std::uint32_t>(what.commands());
    const command_flags flags = what.flags();
    const bool blocks = flags.has(blocking);
    const bool pushed = flags.has(subscribes);
    one.sequence_ = flight_.push_back(
        {&one, put_out_, commands, blocks, pushed, pushed && leaves_channels(what)});
    one.state_ = operation::state::sent;
    ++one.attempts_;
    in_flight_ += commands;
    blocking_ += blocks;
}

void multiplexer::written(std::size_t count)
{
    output_.written(count);
    written_ += count;
    stats_.bytes_written += count;
}

} // namespace coffer::redis::detail
