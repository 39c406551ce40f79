// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/settings.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace coffer::redis::detail {

using tls_context = std::shared_ptr<asio::ssl::context>;

/// What TLS needs, read once; null without TLS.
///
/// Errors: `std::invalid_argument` for a file that cannot be used.
tls_context make_tls_context(const settings& from);

/// The bytes of one connection: TCP, TLS over it, or a socket file.
class stream {
public:
    using socket = asio::generic::stream_protocol::socket;

    explicit stream(asio::any_io_executor executor) : socket_(std::move(executor)) {}

    /// Finds the node, connects, and greets it if it speaks TLS.
    ///
    /// Errors: `system_error`; what was being done, and to whom, is in its text.
    static asio::awaitable<void> open(std::shared_ptr<stream> self,
                                      std::shared_ptr<const settings> to, endpoint node,
                                      tls_context tls);

    bool secure() const noexcept { return tls_.has_value(); }
    /// Ends what is being read and written.
    void close() noexcept;

    /// At least one byte.
    asio::awaitable<std::size_t> read_some(std::span<char> to, boost::system::error_code& failed);
    /// As much as fits now. Precondition: not `secure()`.
    std::size_t write_some(std::span<const std::string_view> pieces,
                           boost::system::error_code& failed);
    /// Calls `done(error)` when more may fit.
    template <class Handler>
    void when_writable(Handler done)
    {
        socket_.async_wait(socket::wait_write, std::move(done));
    }
    /// Writes all of it and calls `done(error, size)`. Precondition: `secure()`.
    template <class Handler>
    void write(std::span<const std::string_view> pieces, Handler done);

private:
    asio::awaitable<void> connect(const settings& to, const endpoint& node);
    asio::awaitable<void> greet(const settings& to, const endpoint& node, asio::ssl::context& with);
    void refer_to(std::span<const std::string_view> pieces);

    socket socket_;
    std::optional<asio::ssl::stream<socket&>> tls_;
    std::vector<asio::const_buffer> buffers_; // of the write that goes on
};

} // namespace coffer::redis::detail

#include <boost/asio/write.hpp>

template <class Handler>
void coffer::redis::detail::stream::write(std::span<const std::string_view> pieces, Handler done)
{
    refer_to(pieces);
    asio::async_write(*tls_, buffers_, std::move(done));
}
