// SPDX-License-Identifier: BSL-1.0
#include "http/client.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <algorithm>

namespace catalog {

namespace beast = boost::beast;
namespace http = beast::http;

std::string_view reply::header(std::string_view name) const
{
    const auto found = std::find_if(headers.begin(), headers.end(), [name](const auto& one) {
        return beast::iequals(one.first, beast::string_view(name.data(), name.size()));
    });
    return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

class http_client::core {
public:
    core(asio::any_io_executor executor, std::chrono::milliseconds patience)
        : stream_(std::move(executor)), patience_(patience)
    {}

    static asio::awaitable<void> connect(std::shared_ptr<core> self, std::uint16_t port)
    {
        const asio::ip::tcp::endpoint to(asio::ip::address_v4::loopback(), port);
        self->stream_.expires_after(self->patience_);
        co_await self->stream_.async_connect(to, asio::use_awaitable);
        self->stream_.socket().set_option(asio::ip::tcp::no_delay(true));
    }

    static asio::awaitable<reply> send(std::shared_ptr<core> self, std::string method,
                                       std::string target, std::string body)
    {
        http::request<http::string_body> message;
        message.version(11);
        message.method_string(method);
        message.target(target);
        message.set(http::field::host, "localhost");
        message.body() = std::move(body);
        message.prepare_payload();
        self->stream_.expires_after(self->patience_);
        co_await http::async_write(self->stream_, message, asio::use_awaitable);

        http::response_parser<http::string_body> parser;
        parser.skip(method == "HEAD");
        parser.body_limit(64u << 20);
        co_await http::async_read(self->stream_, self->buffer_, parser, asio::use_awaitable);
        co_return to_reply(parser.release());
    }

private:
    static reply to_reply(http::response<http::string_body> message)
    {
        reply got;
        got.status = message.result_int();
        got.keep_alive = message.keep_alive();
        for (const auto& field : message)
            got.headers.emplace_back(field.name_string(), field.value());
        got.body = std::move(message.body());
        return got;
    }

    beast::tcp_stream stream_;
    beast::flat_buffer buffer_;
    const std::chrono::milliseconds patience_;
};

http_client::http_client(asio::any_io_executor executor, std::chrono::milliseconds patience)
    : core_(std::make_shared<core>(std::move(executor), patience))
{}

http_client::http_client(http_client&&) noexcept = default;
http_client& http_client::operator=(http_client&&) noexcept = default;
http_client::~http_client() = default;

asio::awaitable<void> http_client::connect(std::uint16_t port)
{
    return core::connect(core_, port);
}

asio::awaitable<reply> http_client::get(std::string target)
{
    return core::send(core_, "GET", std::move(target), {});
}

asio::awaitable<reply> http_client::send(std::string method, std::string target, std::string body)
{
    return core::send(core_, std::move(method), std::move(target), std::move(body));
}

} // namespace catalog
