// SPDX-License-Identifier: BSL-1.0
#include "redis/link/greeting.hpp"

#include <coffer/core/errc.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace coffer::redis::detail {

using boost::system::error_code;
using boost::system::system_error;

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

void link::wake_writer()
{
    if (write_blocked_)
        return watch(); // what cannot be written yet has a deadline nevertheless
    if (reading_ || flush_posted_)
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
        // Once closed, the multiplexer knows nothing of what was being written.
        if (self->stream_ != through || self->closed_)
            return;
        self->write_blocked_ = false;
        if (failed)
            return self->drop(failed, "writing");
        self->wire_.written(count);
        self->flush();
    };
    stream_->write(pieces, std::move(go_on));
}

} // namespace coffer::redis::detail
