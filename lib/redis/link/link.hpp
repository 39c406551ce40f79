// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "core/backoff.hpp"
#include "redis/link/handshake.hpp"
#include "redis/link/stream.hpp"
#include "redis/wire/multiplexer.hpp"

#include <coffer/net/background.hpp>
#include <coffer/net/event.hpp>
#include <coffer/net/timer.hpp>
#include <coffer/redis/error.hpp>

#include <boost/asio/cancellation_signal.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace coffer::redis::detail {

/// What a link has done besides its multiplexer's share.
struct link_stats {
    std::uint64_t connected = 0;
    std::uint64_t connect_failed = 0;
    std::uint64_t lost = 0;
};

/// How one attempt to connect ends, for those who wait for it.
class attempt {
public:
    /// Set when it is over; `failure` is written before.
    event over;
    std::optional<error> failure;
};

/// What makes one link differ from another of the same client.
class link_role {
public:
    enum class kind : std::uint8_t {
        shared,    ///< carries whatever comes, and connects for as long as it lives
        dedicated, ///< serves one command or session at a time, and ends with its connection
        channels,  ///< as shared, for subscriptions
        tracking,  ///< as shared, and told of changes of what was read over it
    };

    kind what = kind::shared;
    /// False if what it carries can go elsewhere, and so fails with the connection.
    bool waits = true;
    handshake::duty serves = handshake::duty::owned;
    push_sink pushes;
    /// Called on the executor whenever it may be used, and when it may not any more.
    std::function<void()> on_up;
    std::function<void()> on_down;
    /// Called when the execution context goes: Asio's objects may not outlive it.
    std::function<void()> on_gone;
};

/// One connection to one node, over and over: connects, greets, carries what the multiplexer has,
/// notices when it is dead, and connects again.
///
/// Threads: belongs to its executor, which runs one thing at a time.
///
/// Lifetime: lives until `close`, or with its execution context.
class link : public std::enable_shared_from_this<link> {
public:
    using time = multiplexer::time;

    /// Knows from the beginning when its execution context goes.
    static std::shared_ptr<link> make(asio::any_io_executor executor,
                                      std::shared_ptr<const settings> from, endpoint node,
                                      tls_context tls, std::shared_ptr<retry_budget> budget,
                                      link_role role, background owner);
    link(asio::any_io_executor executor, std::shared_ptr<const settings> from, endpoint node,
         tls_context tls, std::shared_ptr<retry_budget> budget, link_role role, background owner);
    link(const link&) = delete;
    link& operator=(const link&) = delete;
    ~link();

    /// Begins to connect.
    void start();
    /// Ends it for good; what is pending completes with `closed`.
    void close();
    /// As `close`, when the execution context goes: nobody is resumed.
    void abandon() noexcept;
    /// Counts as dead; what follows is as after any loss.
    void drop(boost::system::error_code why, std::string text);

    /// Makes a connection forget what one user told it, as if it were new. `over` hears whether
    /// that was possible; it may close this.
    ///
    /// Precondition: nothing is pending.
    void renew(std::function<void(bool good)> over);

    [[nodiscard]] multiplexer::admission submit(operation& added);
    void cancel(operation& leaving);

    bool up() const noexcept { return up_; }
    bool closed() const noexcept { return closed_; }
    /// True inside of completions that the reader calls.
    bool reading() const noexcept { return reading_; }
    /// True while nothing runs that may be waited for.
    bool idle() const noexcept { return wire_.in_flight() == 0 && wire_.queued() == 0; }
    bool abandoned() const noexcept { return abandoned_; }
    bool resp3() const noexcept { return resp3_; }
    const std::string& node_name() const noexcept { return name_; }
    /// Why it is not connected, as far as is known.
    const std::string& last_failure() const noexcept { return last_failure_; }
    std::shared_ptr<attempt> next_attempt() const noexcept { return attempt_; }
    const wire_stats& wire() const noexcept { return wire_.stats(); }
    std::size_t in_flight() const noexcept { return wire_.in_flight(); }
    std::size_t queued() const noexcept { return wire_.queued(); }
    std::size_t queued_bytes() const noexcept { return wire_.queued_bytes(); }
    const link_stats& stats() const noexcept { return stats_; }

    /// The time of this turn of the loop: read once for all of a reader's batch, or of a flush.
    time now()
    {
        if (!now_known_) {
            now_ = settings_->clock.now();
            now_known_ = reading_ || flush_posted_;
        }
        return now_;
    }

private:
    class greeting;
    class renewal;

    static asio::awaitable<void> run(std::shared_ptr<link> self);
    asio::awaitable<void> connect();
    asio::awaitable<credentials> login() const;
    asio::awaitable<void> read_on();
    asio::awaitable<void> read_until_lost();
    asio::awaitable<bool> take(std::size_t count);
    asio::awaitable<void> pause();

    void go_on_greeting();
    void refuse_greeting();
    void become_ready();
    void fail_attempt(error why);
    void lost();
    void tell(connection_event::kind what, const std::string& reason) const noexcept;

    void wake_writer();
    void flush();
    void flush_plain();
    void flush_secure();
    void watch();
    void tick();

    const asio::any_io_executor executor_;
    const std::shared_ptr<const settings> settings_;
    const endpoint node_;
    const std::string name_;
    const tls_context tls_;
    link_role role_; // without callbacks once the execution context goes
    const std::shared_ptr<retry_budget> budget_;
    const background tasks_; // the client's: it waits for us
    multiplexer wire_;
    coffer::detail::backoff backoff_;
    std::optional<timer> timer_; // empty once the execution context goes
    time watched_ = time::max(); // when timer_ fires
    asio::cancellation_signal stop_;

    std::shared_ptr<stream> stream_; // null while there is none
    std::unique_ptr<greeting> greeting_;
    std::unique_ptr<renewal> renewal_; // null unless one goes on
    std::shared_ptr<attempt> attempt_;
    std::string last_failure_;
    std::optional<error> dropped_; // why this end let go of the connection
    link_stats stats_;

    time now_{};
    bool now_known_ = false; // until the flush that is to come
    bool up_ = false;        // the handshake is over
    bool resp3_ = false;
    bool reading_ = false;       // inside the multiplexer's reader: it flushes afterwards
    bool flush_posted_ = false;  // or waiting for room in the socket
    bool write_blocked_ = false; // until the socket says that it is writable
    bool pausing_ = false;       // after a failed attempt
    bool closed_ = false;
    std::atomic<bool> abandoned_ = false; // read by whoever lets go of the client last
};

} // namespace coffer::redis::detail
