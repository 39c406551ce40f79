// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include <functional>
#include <future>
#include <string>
#include <thread>

namespace support {

namespace asio = boost::asio;
using asio::ip::tcp;

/// A listening socket of 127.0.0.1 with a thread of its own.
class loopback_listener {
public:
    loopback_listener()
        : io(1), acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
          port(acceptor.local_endpoint().port())
    {}

    /// Runs `serve`, a coroutine that accepts.
    void start(asio::awaitable<void> serve)
    {
        asio::co_spawn(io, std::move(serve), asio::detached);
        thread_ = std::thread([this] { io.run(); });
    }

    /// Runs a function on the thread, and waits for it.
    template <class Function>
    auto on_thread(Function function) const
    {
        std::packaged_task<decltype(function())()> task(std::move(function));
        auto result = task.get_future();
        asio::post(io, std::move(task));
        return result.get();
    }

    void stop()
    {
        io.stop();
        if (thread_.joinable())
            thread_.join();
    }

    std::string url(const std::string& rest) const
    {
        return "redis://127.0.0.1:" + std::to_string(port) + rest;
    }

    mutable asio::io_context io;
    tcp::acceptor acceptor;
    const unsigned short port;

private:
    std::thread thread_;
};

} // namespace support
