// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/clock.hpp>
#include <coffer/redis/detail/operation.hpp>

#include <redis/resp/reply_scanner.hpp>
#include <redis/wire/deadline_wheel.hpp>
#include <redis/wire/flight_ring.hpp>
#include <redis/wire/input_buffer.hpp>
#include <redis/wire/operation_queue.hpp>
#include <redis/wire/output_buffer.hpp>
#include <redis/wire/retry_budget.hpp>
#include <redis/wire/wire_options.hpp>
#include <redis/wire/wire_stats.hpp>

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace coffer::redis::detail {

/// Hears of pushes, in wire order among the replies, from within `multiplexer::received`.
struct push_sink {
    void (*call)(void* context, const reply_view& push) = nullptr;
    void* context = nullptr;
};

/// Many requests over one connection, without the connection: bytes and times come as arguments.
///
/// Requests wait in a queue, are written in batches, and are answered in the order in which they
/// were written. Whoever owns the socket
///
/// - says `connected`, sends what the handshake needs by `submit_handshake`, and says `ready`;
/// - asks `output()` for what is to be written, and reports by `written()`;
/// - reads into `prepare()` and reports by `received()`;
/// - calls `tick()` at `next_wakeup()`;
/// - says `connection_lost` when it is, and connects anew.
///
/// Completions are called from within all of these. They may call `submit`, `cancel` and `close`,
/// and nothing else. Belongs to one executor.
///
/// Lost connections: what was never wholly written is sent on the next one. What was is sent
/// again if it is `read_only` or `idempotent`, as long as its attempts and the budget last;
/// otherwise it fails, and `maybe_executed()` says so. A request is sent again as a whole.
class multiplexer {
public:
    using time = clock::steady_time;

    enum class admission : std::uint8_t { admitted, overloaded, closed };
    enum class read_state : std::uint8_t {
        drained, ///< read on
        more,    ///< call `resume` once others have had their turn
        broken,  ///< `fault()` says why; drop the connection
    };
    enum class health : std::uint8_t {
        good,
        dead, ///< nothing came for too long: drop the connection
    };

    explicit multiplexer(const wire_options& options, push_sink pushes = {},
                         retry_budget* budget = nullptr);
    multiplexer(const multiplexer&) = delete;
    multiplexer& operator=(const multiplexer&) = delete;
    /// Precondition: closed, or nothing pending.
    ~multiplexer();

    // Operations.

    /// Queues an operation. One that is not admitted is left as it was and does not complete.
    [[nodiscard]] admission submit(operation& added);
    /// Queues an operation of the handshake, before all others. It fails with the connection.
    void submit_handshake(operation& added);
    /// Completes a pending operation with `cancelled`. One that is written leaves a gap, which
    /// swallows its replies.
    void cancel(operation& leaving);
    /// Completes all with `closed`, for good.
    void close();

    // The connection.

    void connected(time now);
    /// The handshake is over: what waits in the queue may go.
    void ready();
    /// Decides on all that is in flight. What is to be sent again is at the front of the queue.
    void connection_lost();
    /// It could not be made: only of interest to what does not wait for the next one.
    void connection_failed();

    // Reading.

    /// Where to read to; never empty.
    std::span<char> prepare();
    read_state received(std::size_t count, time now);
    /// Goes on after `read_state::more`.
    read_state resume();
    boost::system::error_code fault() const noexcept { return fault_; }
    /// An error that the server sent unasked before it hung up, as "max number of clients reached".
    const std::string& farewell() const noexcept { return farewell_; }

    // Writing.

    /// True if `output()` would have something.
    bool wants_write() const noexcept;
    /// What to write now, in order; empty if there is nothing. Valid, and unchanged, until
    /// `written`; but gathered bytes only until the next call of anything else.
    std::span<const std::string_view> output(time now);
    void written(std::size_t count);

    // Time.

    /// When `tick` wants to be called next; may come sooner than before after a `submit`.
    time next_wakeup() const noexcept;
    /// Ends what is past its deadline, and sends a PING if the connection has been silent.
    health tick(time now);

    /// RESP2 only: from now on arrays that speak of channels are pushes. Ends with the connection.
    void messages_are_arrays(bool so) noexcept { messages_are_arrays_ = so; }

    const wire_stats& stats() const noexcept { return stats_; }
    std::size_t queued() const noexcept { return queue_.size(); }
    std::size_t queued_bytes() const noexcept { return queue_.bytes(); }
    /// Commands written, or about to be, that are not answered; those of cancelled operations too.
    std::size_t in_flight() const noexcept { return in_flight_; }

private:
    enum class phase : std::uint8_t { offline, handshake, ready, closed };
    using slot = flight_ring::slot;

    bool is_full(const operation& added) const noexcept;
    void enqueue(operation_queue& queue, operation& added);
    void leave_flight(operation& one);
    void end(operation& one, verdict how);
    void end_all(operation_queue& queue, verdict how) noexcept;
    void call_ending();

    bool has_room_for(const operation& one) const noexcept;
    void fill(time now);
    void send(operation& one, time now);

    read_state deliver_all();
    bool deliver(const reply_view& reply);
    bool deliver_reply(const reply_view& reply);
    bool deliver_push(const reply_view& push);
    bool count_reply(slot& front) noexcept;
    void notify(const reply_view& push);
    bool is_message(const reply_view& reply) const noexcept;
    bool unsolicited(const reply_view& reply);

    bool may_send_again(const operation& one, bool wholly_written) noexcept;
    void sort_flight(operation_queue& again);

    time silent_since() const noexcept;
    health judge_silence(time now) noexcept;
    health probe_silence(time now);
    void send_ping();
    static void pong(operation* ping, verdict, const reply_view&);

    const wire_options options_;
    const push_sink pushes_;
    retry_budget* const budget_; // null: no bound

    operation_queue queue_;
    operation_queue opening_; // of the handshake
    operation_queue ending_;  // completions that are due
    flight_ring flight_;
    deadline_wheel deadlines_;
    input_buffer input_;
    output_buffer output_;
    reply_scanner scanner_;

    std::uint64_t put_out_ = 0; // bytes handed to the output on this connection
    std::uint64_t written_ = 0; // of them, written
    std::size_t in_flight_ = 0; // commands
    std::size_t blocking_ = 0;  // slots in flight that may be silent
    std::size_t window_;        // commands that may be in flight
    time last_read_{};          // or connected
    time busy_since_{};         // when something was first awaited, after nothing was
    phase phase_ = phase::offline;
    bool replaying_ = false;
    bool messages_are_arrays_ = false;

    const request ping_request_{"PING"};
    operation ping_{pong, &ping_request_};
    boost::system::error_code fault_;
    std::string farewell_;
    wire_stats stats_;
};

} // namespace coffer::redis::detail
