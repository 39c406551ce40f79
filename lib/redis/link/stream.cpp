// SPDX-License-Identifier: BSL-1.0
#include "redis/link/stream.hpp"

#include <coffer/core/errc.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>

namespace coffer::redis::detail {

using asio::ip::tcp;
using boost::system::error_code;
using boost::system::system_error;

namespace {

int seconds(std::chrono::milliseconds time)
{
    return static_cast<int>(std::max<std::int64_t>(1, time.count() / 1000));
}

void set(tcp::socket& socket, int option, int value)
{
    ::setsockopt(socket.native_handle(), IPPROTO_TCP, option, &value, sizeof value);
}

/// None of these is needed for a connection to work, so a system that lacks one is no error.
void tune(tcp::socket& socket, const settings& to)
{
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    socket.set_option(asio::socket_base::keep_alive(true), ignored);
    set(socket, TCP_KEEPIDLE, seconds(to.silence));
    set(socket, TCP_KEEPINTVL, seconds(to.silence / 3));
    set(socket, TCP_KEEPCNT, 3);
    constexpr std::int64_t most = 1 << 30;
    set(socket, TCP_USER_TIMEOUT, static_cast<int>(std::min(2 * to.silence.count(), most)));
}

asio::awaitable<tcp::socket> connect_tcp(endpoint node)
{
    auto executor = co_await asio::this_coro::executor;
    error_code failed;
    auto quietly = asio::redirect_error(asio::use_awaitable, failed);
    tcp::resolver resolver(executor);
    const auto found =
        co_await resolver.async_resolve(node.host, std::to_string(node.port), quietly);
    if (failed)
        throw system_error(failed, "looking up " + node.host);
    tcp::socket socket(executor);
    for (const auto& each : found) {
        socket = tcp::socket(executor);
        co_await socket.async_connect(each.endpoint(), quietly);
        if (!failed || failed == asio::error::operation_aborted)
            break;
    }
    if (failed)
        throw system_error(failed, "connecting to " + node.text());
    co_return socket;
}

bool is_address(const std::string& name)
{
    error_code failed;
    asio::ip::make_address(name, failed);
    return !failed;
}

/// Sends the name with the first message, and takes only a certificate made for it.
bool expect_name(SSL* native, std::string name)
{
    // As the macro SSL_set_tlsext_host_name does, which casts.
    return ::SSL_ctrl(native, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                      name.data()) == 1 &&
           ::SSL_set1_host(native, name.c_str()) == 1;
}

/// What is wrong with the certificate, in words, if that was it.
std::string tls_complaint(SSL* native, const std::string& name)
{
    const long result = ::SSL_get_verify_result(native);
    const std::string with = "TLS with " + name;
    return result == X509_V_OK ? with : with + ": " + ::X509_verify_cert_error_string(result);
}

} // namespace

asio::awaitable<void> stream::open(std::shared_ptr<stream> self, std::shared_ptr<const settings> to,
                                   endpoint node, tls_context tls)
{
    co_await self->connect(*to, node);
    self->socket_.non_blocking(true);
    if (tls)
        co_await self->greet(*to, node, *tls);
}

asio::awaitable<void> stream::connect(const settings& to, const endpoint& node)
{
    auto executor = socket_.get_executor();
    if (to.by == transport::socket_file) {
        asio::local::stream_protocol::socket file(executor);
        error_code failed;
        auto quietly = asio::redirect_error(asio::use_awaitable, failed);
        const asio::local::stream_protocol::endpoint there(to.socket_file);
        co_await file.async_connect(there, quietly);
        if (failed)
            throw system_error(failed, "connecting to " + to.socket_file);
        socket_ = std::move(file);
        co_return;
    }
    auto connected = co_await connect_tcp(node);
    tune(connected, to);
    const auto protocol = connected.local_endpoint().protocol();
    // Its reads and writes belong to the link's executor, not to the one it was connected on.
    socket_.assign(asio::generic::stream_protocol(protocol), connected.release());
}

asio::awaitable<void> stream::greet(const settings& to, const endpoint& node,
                                    asio::ssl::context& with)
{
    tls_.emplace(socket_, with);
    SSL* const native = tls_->native_handle();
    const std::string name = to.server_name.empty() ? node.host : to.server_name;
    if (is_address(name))
        ::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(native), name.c_str());
    else if (!expect_name(native, name))
        throw system_error(make_error_code(boost::system::errc::not_enough_memory), "TLS");
    error_code failed;
    auto quietly = asio::redirect_error(asio::use_awaitable, failed);
    co_await tls_->async_handshake(asio::ssl::stream_base::client, quietly);
    if (failed)
        throw system_error(failed, tls_complaint(native, name));
}

void stream::close() noexcept
{
    error_code ignored;
    socket_.close(ignored);
}

asio::awaitable<std::size_t> stream::read_some(std::span<char> to, error_code& failed)
{
    auto quietly = asio::redirect_error(asio::use_awaitable, failed);
    const asio::mutable_buffer room(to.data(), to.size());
    return tls_ ? tls_->async_read_some(room, quietly) : socket_.async_read_some(room, quietly);
}

std::size_t stream::write_some(std::span<const std::string_view> pieces, error_code& failed)
{
    refer_to(pieces);
    return socket_.write_some(buffers_, failed);
}

void stream::refer_to(std::span<const std::string_view> pieces)
{
    buffers_.clear();
    for (const auto& each : pieces)
        buffers_.emplace_back(each.data(), each.size());
}

} // namespace coffer::redis::detail
