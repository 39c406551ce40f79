// SPDX-License-Identifier: BSL-1.0
#include <coffer/net/with_deadline.hpp>

#include <coffer/core/errc.hpp>
#include <coffer/net/event.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

namespace coffer {
namespace {

using strand = asio::strand<asio::any_io_executor>;

/// What the one who waits and the one who runs have in common.
struct shared_run {
    explicit shared_run(asio::any_io_executor executor) : serial(asio::make_strand(executor)) {}

    strand serial;
    asio::cancellation_signal stop; // emitted in `serial`
    event ended;
    std::exception_ptr failure; // written before `ended`, read after it
};

asio::awaitable<void> run(std::shared_ptr<shared_run> shared, asio::awaitable<void> operation,
                          background::place)
{
    struct end_told { // also when the execution context is destroyed under the operation
        explicit end_told(event of) : ended(std::move(of)) {}
        end_told(const end_told&) = delete;
        end_told& operator=(const end_told&) = delete;
        ~end_told() { ended.set(); }
        event ended;
    };
    const end_told last(shared->ended);
    try {
        co_await std::move(operation);
    } catch (...) {
        shared->failure = std::current_exception();
    }
}

void stop(const std::shared_ptr<shared_run>& shared)
{
    asio::post(shared->serial, [shared] { shared->stop.emit(asio::cancellation_type::terminal); });
}

/// As `event::wait_until`, but whoever gives up the wait stops the operation.
asio::awaitable<bool> wait_or_stop(std::shared_ptr<shared_run> shared, clock time,
                                   clock::steady_time moment)
{
    bool in_time = false;
    try {
        in_time = co_await shared->ended.wait_until(std::move(time), moment);
    } catch (...) {
        stop(shared);
        throw;
    }
    if (!in_time)
        stop(shared);
    co_return in_time;
}

} // namespace

asio::awaitable<void> with_deadline(asio::awaitable<void> operation, clock time,
                                    clock::steady_time moment, background tasks)
{
    if (moment == clock::steady_time::max()) {
        co_await std::move(operation);
        co_return;
    }
    if (time.reached(moment))
        throw boost::system::system_error(errc::timeout);

    auto executor = co_await asio::this_coro::executor;
    auto shared = std::make_shared<shared_run>(executor);
    auto running = run(shared, std::move(operation), tasks.enter());
    // The signal is looked at after the body has ended, up to the completion.
    auto ended = [shared](std::exception_ptr) {};
    asio::co_spawn(shared->serial, std::move(running),
                   asio::bind_cancellation_slot(shared->stop.slot(), std::move(ended)));

    const bool in_time = co_await wait_or_stop(shared, std::move(time), moment);
    if (!in_time)
        throw boost::system::system_error(errc::timeout);
    if (shared->failure)
        std::rethrow_exception(shared->failure);
}

} // namespace coffer
