// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <exception>
#include <functional>
#include <limits>
#include <memory>

namespace coffer {

namespace asio = boost::asio;

/// Starts coroutines that nobody awaits, and counts them until they end. Copies are handles on the
/// same count. Whoever starts background work owns one of these and closes it.
///
/// Threads: every member may be called from any thread at once.
///
/// Lifetime: the destructor does not wait. Work on an execution context that is destroyed counts
/// as ended.
class background {
public:
    using error_handler = std::function<void(std::exception_ptr)>;

    /// `on_error` hears what the work throws, on the work's executor; it must not throw itself.
    /// Not told about: `operation_aborted`.
    explicit background(error_handler on_error = {},
                        std::size_t limit = std::numeric_limits<std::size_t>::max());

    /// Runs `work` on `executor`, never inside this call.
    ///
    /// Errors: `errc::closed` after `close`, `errc::overloaded` at the limit.
    void start(asio::any_io_executor executor, asio::awaitable<void> work) const;

    /// How many have been started and not ended.
    std::size_t running() const noexcept;

    /// Waits until nothing runs, at some moment.
    ///
    /// Cancellation: `operation_aborted`; the work is not touched.
    asio::awaitable<void> idle() const;
    /// Refuses more work and waits for what runs. Idempotent.
    asio::awaitable<void> close() const;

    /// Counts as one running coroutine while it lives; for work that is started by other means.
    class place;
    /// Errors: as `start`.
    place enter() const;

private:
    class core;
    std::shared_ptr<core> core_;
};

class background::place {
public:
    place(place&& other) noexcept = default;
    place& operator=(place&&) = delete;
    ~place();

    /// Hands an error to the handler of the count.
    void report(std::exception_ptr failure) const noexcept;

private:
    friend class background;
    explicit place(std::shared_ptr<core> of) noexcept : core_(std::move(of)) {}
    std::shared_ptr<core> core_; // null after a move
};

} // namespace coffer
