// SPDX-License-Identifier: BSL-1.0
#include "http/server.hpp"

#include "http/session.hpp"

#include <coffer/core/clock.hpp>
#include <coffer/core/errc.hpp>
#include <coffer/net/as_result.hpp>
#include <coffer/net/background.hpp>
#include <coffer/net/timer.hpp>
#include <coffer/net/with_deadline.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <mutex>
#include <vector>

namespace catalog {
namespace {

using asio::ip::tcp;
using boost::system::error_code;

asio::awaitable<response> answer_busy(request)
{
    auto busy = error_response(503, "too many connections; try again");
    busy.headers.emplace_back("Retry-After", "1");
    busy.last = true;
    co_return busy;
}

} // namespace

class server::core : public std::enable_shared_from_this<core> {
public:
    core(asio::any_io_executor executor, request_handler handle, http_limits bounds,
         log_function log)
        : bounds_(bounds), handle_(std::move(handle)), log_(std::move(log)),
          executor_(std::move(executor)), acceptor_(asio::make_strand(executor_))
    {}

    std::uint16_t listen(const std::string& address, std::uint16_t port)
    {
        const tcp::endpoint at(asio::ip::make_address(address), port);
        acceptor_.open(at.protocol());
        acceptor_.set_option(tcp::acceptor::reuse_address(true));
        acceptor_.bind(at);
        acceptor_.listen();
        const auto bound = acceptor_.local_endpoint().port();
        work_.start(acceptor_.get_executor(), accept(shared_from_this()));
        return bound;
    }

    static asio::awaitable<bool> stop(std::shared_ptr<core> self, std::chrono::milliseconds bound)
    {
        self->close_door();
        self->each(&session::finish);
        const coffer::clock time;
        const coffer::background waiting;
        auto ending = coffer::with_deadline(self->work_.close(), time,
                                            coffer::later(time.now(), bound), waiting);
        const auto ended = co_await coffer::as_result(std::move(ending));
        if (ended.has_error() && ended.error() != coffer::errc::timeout)
            throw boost::system::system_error(ended.error());
        if (ended.has_error()) {
            self->each(&session::abort);
            co_await self->work_.close();
        }
        co_await waiting.close();
        co_return ended.has_value();
    }

    counts count() const
    {
        const std::lock_guard lock(mutex_);
        counts now = counts_;
        now.connections = open_;
        return now;
    }

private:
    using session_list = std::vector<std::weak_ptr<session>>;

    /// What a connection holds until it is closed.
    class seat {
    public:
        seat(std::shared_ptr<core> of, coffer::background::place place)
            : of_(std::move(of)), place_(std::move(place))
        {
            const std::lock_guard lock(of_->mutex_);
            ++of_->open_;
        }
        seat(const seat&) = delete;
        seat& operator=(const seat&) = delete;
        ~seat()
        {
            const std::lock_guard lock(of_->mutex_);
            --of_->open_;
        }

    private:
        std::shared_ptr<core> of_;
        coffer::background::place place_; // let go last: then `stop` may go on
    };

    static asio::awaitable<void> accept(std::shared_ptr<core> self)
    {
        while (self->acceptor_.is_open()) {
            error_code failure;
            auto strand = asio::make_strand(self->executor_);
            tcp::socket socket = co_await self->acceptor_.async_accept(
                strand, asio::redirect_error(asio::use_awaitable, failure));
            if (!failure)
                self->welcome(std::move(socket));
            else if (self->acceptor_.is_open())
                co_await self->pause(failure);
        }
    }

    /// Out of descriptors, most likely; some will be free again.
    asio::awaitable<void> pause(error_code failure) const
    {
        log_("accept", failure.message());
        const coffer::clock time;
        const auto soon = coffer::later(time.now(), std::chrono::milliseconds(50));
        co_await coffer::sleep_until(time, soon);
    }

    void welcome(tcp::socket socket)
    {
        const std::lock_guard lock(door_);
        if (stopping_)
            return;
        const auto open = count().connections;
        const bool busy = open >= bounds_.connections;
        note(busy);
        if (open >= 2 * bounds_.connections)
            return;
        auto mine = std::make_shared<seat>(shared_from_this(), work_.enter());
        remember(start_session(std::move(socket), busy ? answer_busy : handle_, bounds_, log_,
                               std::move(mine)));
    }

    void note(bool refused)
    {
        const std::lock_guard lock(mutex_);
        ++counts_.accepted;
        counts_.refused += refused ? 1 : 0;
    }

    void remember(const std::shared_ptr<session>& one)
    {
        if (sessions_.size() >= 64 && sessions_.size() >= 2 * count().connections)
            std::erase_if(sessions_, [](const auto& old) { return old.expired(); });
        sessions_.push_back(one);
    }

    void close_door()
    {
        const std::lock_guard lock(door_);
        if (std::exchange(stopping_, true))
            return;
        asio::post(acceptor_.get_executor(), [self = shared_from_this()] {
            error_code ignored;
            self->acceptor_.close(ignored);
        });
    }

    void each(void (session::*act)())
    {
        const std::lock_guard lock(door_);
        for (const auto& one : sessions_)
            if (const auto alive = one.lock())
                ((*alive).*act)();
    }

    const http_limits bounds_;
    const request_handler handle_;
    const log_function log_;
    const asio::any_io_executor executor_;
    const coffer::background work_; // the acceptor and the connections
    tcp::acceptor acceptor_;        // belongs to its strand
    std::mutex door_;               // taken before `mutex_`
    bool stopping_ = false;         // guarded by door_
    session_list sessions_;         // guarded by door_; some have ended
    mutable std::mutex mutex_;
    counts counts_;          // guarded by mutex_
    std::uint64_t open_ = 0; // guarded by mutex_
};

server::server(asio::any_io_executor executor, request_handler handle, http_limits bounds,
               log_function log)
    : core_(std::make_shared<core>(std::move(executor), std::move(handle), bounds, std::move(log)))
{}

std::uint16_t server::listen(const std::string& address, std::uint16_t port)
{
    return core_->listen(address, port);
}

asio::awaitable<bool> server::stop(std::chrono::milliseconds bound)
{
    return core::stop(core_, bound);
}

server::counts server::count() const
{
    return core_->count();
}

} // namespace catalog
