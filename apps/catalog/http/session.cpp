// SPDX-License-Identifier: BSL-1.0
#include "http/session.hpp"

#include "http/http_date.hpp"

#include <coffer/net/timer.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <optional>

namespace catalog {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

using parser_type = http::request_parser<http::string_body>;
using message_type = http::response<http::string_body>;

/// The status for a request that cannot be read; 0 if there is nobody to tell.
unsigned status_of(const error_code& failure)
{
    if (failure == http::error::header_limit || failure == http::error::buffer_overflow)
        return 431;
    if (failure == http::error::body_limit)
        return 413;
    if (failure == http::error::end_of_stream || failure == http::error::partial_message)
        return 0;
    return failure.category() == http::make_error_code(http::error::bad_method).category() ? 400
                                                                                           : 0;
}

std::string_view explain(unsigned status)
{
    switch (status) {
    case 431:
        return "the header is too large";
    case 413:
        return "the body is too large";
    case 408:
        return "the request took too long to arrive";
    default:
        return "this is not an HTTP request";
    }
}

message_type to_message(response answer, bool head, bool keep_alive)
{
    message_type message(static_cast<http::status>(answer.status), 11);
    message.set(http::field::server, "coffer-catalog");
    message.set(http::field::date, http_date());
    message.set(http::field::content_type, "application/json");
    for (const auto& [name, value] : answer.headers)
        message.set(name, value);
    message.content_length(answer.body.size());
    if (!head)
        message.body() = std::move(answer.body);
    message.keep_alive(keep_alive);
    return message;
}

class tcp_session final : public session, public std::enable_shared_from_this<tcp_session> {
public:
    tcp_session(asio::ip::tcp::socket socket, request_handler handle, http_limits bounds,
                log_function log)
        : bounds_(bounds), handle_(std::move(handle)), log_(std::move(log)),
          socket_(std::move(socket)), timer_(socket_.get_executor(), time_),
          buffer_(bounds.header_bytes + 4096)
    {}

    void start(std::shared_ptr<void> mine)
    {
        auto self = shared_from_this();
        // The signal is in this object, so the completion handler keeps it until the slot is
        // unused.
        auto ended = [self, mine = std::move(mine)](std::exception_ptr failure) {
            self->report(failure);
        };
        asio::co_spawn(socket_.get_executor(), run(self),
                       asio::bind_cancellation_slot(signal_.slot(), std::move(ended)));
    }

    void finish() override
    {
        asio::post(socket_.get_executor(), [self = shared_from_this()] {
            self->finishing_ = true;
            if (self->idle_)
                self->socket_.cancel(self->ignored_);
        });
    }

    void abort() override
    {
        asio::post(socket_.get_executor(), [self = shared_from_this()] {
            self->finishing_ = true;
            self->socket_.close(self->ignored_);
            self->signal_.emit(asio::cancellation_type::terminal);
        });
    }

private:
    using self_ptr = std::shared_ptr<tcp_session>;
    // What the next step failed with; each step goes on only if the one before did not.
    static auto into(error_code& failure)
    {
        return asio::redirect_error(asio::use_awaitable, failure);
    }

    void report(const std::exception_ptr& failure) const
    {
        try {
            if (failure)
                std::rethrow_exception(failure);
        } catch (const boost::system::system_error& known) {
            if (known.code() != asio::error::operation_aborted)
                log_("connection", known.what());
        } catch (const std::exception& unknown) {
            log_("connection", unknown.what());
        }
    }

    static asio::awaitable<void> run(self_ptr self)
    {
        self->socket_.set_option(asio::ip::tcp::no_delay(true), self->ignored_);
        bool more = true;
        while (more)
            more = co_await self->exchange();
        self->timer_.cancel();
        self->socket_.shutdown(asio::ip::tcp::socket::shutdown_both, self->ignored_);
    }

    /// From now on the client may take so long; then what waits for it fails.
    void allow(std::chrono::milliseconds most)
    {
        timed_out_ = false;
        give_up_after(most);
    }

    void give_up_after(std::chrono::milliseconds most)
    {
        timer_.start(coffer::later(time_.now(), most), [weak = weak_from_this()] {
            if (const auto self = weak.lock())
                self->give_up();
        });
    }

    // Again and again: between two steps of one operation there is nothing to cancel.
    void give_up()
    {
        timed_out_ = true;
        socket_.cancel(ignored_);
        give_up_after(std::chrono::milliseconds(50));
    }

    /// One request and its answer. False: the connection is done.
    asio::awaitable<bool> exchange()
    {
        const bool begun = co_await first_byte();
        if (!begun)
            co_return false;
        parser_.emplace();
        parser_->header_limit(bounds_.header_bytes);
        parser_->body_limit(bounds_.body_bytes);
        const error_code failure = co_await read();
        if (failure) {
            co_await refuse(timed_out_ ? 408 : status_of(failure));
            co_return false;
        }
        co_return co_await answer();
    }

    asio::awaitable<bool> first_byte()
    {
        if (buffer_.size() != 0) // the client did not wait for the answer before this one
            co_return true;
        if (finishing_)
            co_return false;
        error_code failure;
        idle_ = true;
        allow(bounds_.idle);
        const auto size = co_await socket_.async_read_some(buffer_.prepare(4096), into(failure));
        idle_ = false;
        buffer_.commit(size);
        co_return !failure;
    }

    asio::awaitable<error_code> read()
    {
        error_code failure;
        allow(bounds_.header);
        co_await http::async_read_header(socket_, buffer_, *parser_, into(failure));
        if (failure)
            co_return failure;
        // Where such a body ends cannot be known: what follows must not be taken for a request.
        const bool encoded = parser_->get().count(http::field::transfer_encoding) != 0;
        if (encoded && !parser_->chunked())
            co_return http::error::bad_transfer_encoding;
        allow(bounds_.body);
        if (beast::iequals(parser_->get()[http::field::expect], "100-continue")) {
            static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
            co_await asio::async_write(socket_, asio::buffer(go_on), into(failure));
        }
        if (!failure)
            co_await http::async_read(socket_, buffer_, *parser_, into(failure));
        co_return failure;
    }

    asio::awaitable<bool> answer()
    {
        auto message = parser_->release();
        const bool head = message.method() == http::verb::head;
        const bool keep_alive = message.keep_alive();
        auto where = target::parse(message.target());
        if (!where) {
            co_return co_await write(error_response(400, "this is not a path"), head, keep_alive);
        }
        request asked(message.method_string(), *std::move(where), std::move(message.body()));
        timer_.cancel(); // what the handler waits for has limits of its own
        auto given = co_await handle_(std::move(asked));
        co_return co_await write(std::move(given), head, keep_alive);
    }

    /// Whether another request may follow.
    asio::awaitable<bool> write(response given, bool head, bool keep_alive)
    {
        error_code failure;
        keep_alive = keep_alive && !given.last && !finishing_;
        auto message = to_message(std::move(given), head, keep_alive);
        allow(bounds_.writing);
        if (head) {
            http::response_serializer<http::string_body> header(message);
            co_await http::async_write_header(socket_, header, into(failure));
        } else {
            co_await http::async_write(socket_, message, into(failure));
        }
        co_return keep_alive && !failure;
    }

    /// Says why, and reads on a little: closing before the client has sent all would drop the
    /// answer.
    asio::awaitable<void> refuse(unsigned status)
    {
        if (status == 0)
            co_return;
        co_await write(error_response(status, explain(status)), false, false);
        socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored_);
        allow(bounds_.lingering);
        error_code failure;
        for (std::size_t drained = 0; !failure && drained < (1u << 20);) {
            buffer_.clear();
            drained += co_await socket_.async_read_some(buffer_.prepare(4096), into(failure));
        }
    }

    const http_limits bounds_;
    const request_handler handle_;
    const log_function log_;
    const coffer::clock time_;
    // All below belongs to the strand.
    asio::ip::tcp::socket socket_;
    coffer::timer timer_; // runs while the client is waited for
    beast::flat_buffer buffer_;
    std::optional<parser_type> parser_;
    asio::cancellation_signal signal_;
    bool idle_ = false;      // waits for the first byte of a request
    bool finishing_ = false; // no request after this one
    bool timed_out_ = false; // the client took longer than it is allowed to
    error_code ignored_;
};

} // namespace

std::shared_ptr<session> start_session(asio::ip::tcp::socket socket, request_handler handle,
                                       http_limits bounds, log_function log,
                                       std::shared_ptr<void> mine)
{
    auto one =
        std::make_shared<tcp_session>(std::move(socket), std::move(handle), bounds, std::move(log));
    one->start(std::move(mine));
    return one;
}

} // namespace catalog
