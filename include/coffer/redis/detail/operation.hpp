// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/clock.hpp>
#include <coffer/redis/reply_view.hpp>
#include <coffer/redis/request.hpp>

#include <boost/system/error_code.hpp>

#include <cstdint>

namespace coffer::redis::detail {

/// What became of an operation, or of a part of one.
enum class verdict : std::uint8_t {
    reply,           ///< one reply of several; more calls follow
    answered,        ///< the last reply, or the only one
    cancelled,       ///< by `multiplexer::cancel`
    timed_out,       ///< its deadline passed
    connection_lost, ///< and it must not be sent again
    closed,          ///< the client was closed
};

/// `operation_aborted`, `errc::timeout`, …; success for a reply.
boost::system::error_code code_of(verdict how) noexcept;

class multiplexer;

/// A request on its way, in memory of whoever waits for it.
///
/// Completes exactly once after an admitted `multiplexer::submit`: with any verdict but `reply`.
/// It is out of the multiplexer's hands by then, so the call may destroy it or submit it again.
class operation {
public:
    /// The view is of the reply, or null for the other verdicts; valid until the call returns.
    using completion = void (*)(operation*, verdict, const reply_view&);

    explicit operation(completion done, const request* sends = nullptr) noexcept
        : complete(done), what(sends)
    {}
    operation(const operation&) = delete;
    operation& operator=(const operation&) = delete;
    ~operation() = default;

    const completion complete;
    /// What is sent; stays as it is until the operation has completed.
    const request* what;
    /// Ends it with `timed_out` within 10 ms after.
    clock::steady_time deadline = clock::steady_time::max();
    /// When it was asked for, by whoever wants its latency counted.
    clock::steady_time began{};

    /// How many replies it has got since it was last sent, with the one that `complete` is called
    /// with. Begins anew if the request is sent again after a lost connection.
    std::uint32_t replies() const noexcept { return replies_; }
    /// How often it was sent.
    std::uint32_t attempts() const noexcept { return attempts_; }
    /// On a failure: true if the server may have carried it out.
    bool maybe_executed() const noexcept { return maybe_executed_; }
    /// True from an admitted `submit` until it completes.
    bool pending() const noexcept { return state_ != state::idle; }

private:
    friend class multiplexer;
    friend class operation_queue;
    friend class deadline_wheel;

    enum class state : std::uint8_t {
        idle,
        queued,
        sent,   // in the ring: written, or about to be
        ending, // only its completion is left to be called
    };

    operation* next_ = nullptr;        // in a queue
    operation* previous_ = nullptr;    // in a queue
    operation* wheel_next_ = nullptr;  // in a bucket of the wheel
    operation** wheel_link_ = nullptr; // what points here from the bucket; null: in none
    std::uint64_t tick_ = 0;           // when it is due
    std::uint64_t sequence_ = 0;       // its slot in the ring
    std::uint32_t replies_ = 0;
    std::uint32_t attempts_ = 0;
    state state_ = state::idle;
    verdict ending_ = verdict::answered; // while `ending`
    bool maybe_executed_ = false;
    bool handshake_ = false;
};

} // namespace coffer::redis::detail
