// SPDX-License-Identifier: BSL-1.0
#include "support/servers/fault_proxy.hpp"

#include "support/servers/loopback.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <deque>
#include <list>
#include <optional>

namespace support {

namespace {

using boost::system::error_code;

/// One connection, and the one to the server that belongs to it.
struct pair_of_sockets {
    pair_of_sockets(tcp::socket accepted, fault plan)
        : client(std::move(accepted)), server(client.get_executor()), what(plan),
          release(client.get_executor())
    {}

    void close()
    {
        error_code ignored;
        client.close(ignored);
        server.close(ignored);
        release.cancel();
    }

    tcp::socket client;
    tcp::socket server;
    fault what;
    bool held = false;
    asio::steady_timer release; // cancelled when `held` ends
};

using pair_ptr = std::shared_ptr<pair_of_sockets>;

struct direction {
    tcp::socket& from;
    tcp::socket& to;
    std::size_t cut;
    std::size_t swallow;
    std::chrono::milliseconds delay;
};

asio::awaitable<void> wait_on(asio::steady_timer& timer)
{
    error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

/// Passes on until the connection ends; `passed` counts.
asio::awaitable<void> pass_on(pair_ptr pair, direction way, std::size_t& passed)
{
    std::vector<char> room(pair->what.piece);
    asio::steady_timer pause(way.from.get_executor());
    std::size_t sent = 0;
    error_code failed;
    auto quietly = asio::redirect_error(asio::use_awaitable, failed);
    while (sent < way.cut) {
        const std::size_t read = co_await way.from.async_read_some(asio::buffer(room), quietly);
        if (failed)
            break;
        if (way.delay.count() > 0) {
            pause.expires_after(way.delay);
            co_await wait_on(pause);
        }
        while (pair->held) {
            pair->release.expires_at(asio::steady_timer::time_point::max());
            co_await wait_on(pair->release);
            if (!way.to.is_open())
                co_return;
        }
        const std::size_t until = std::min(way.cut, way.swallow);
        const std::size_t most = std::min(read, until - std::min(sent, until));
        co_await asio::async_write(way.to, asio::buffer(room, most), quietly);
        if (failed)
            break;
        sent += most;
        passed += most;
    }
    pair->close();
}

} // namespace

class fault_proxy::core : public loopback_listener {
public:
    explicit core(unsigned short to) : server_port(to) {}

    static asio::awaitable<void> accept(core& self)
    {
        for (;;) {
            auto socket = co_await self.acceptor.async_accept(asio::use_awaitable);
            ++self.accepted;
            fault what = self.plan;
            if (!self.next.empty()) {
                what = self.next.front();
                self.next.pop_front();
            }
            if (what.refuse)
                continue; // the socket closes here
            asio::co_spawn(self.io, serve(self, std::move(socket), what), asio::detached);
        }
    }

    static asio::awaitable<void> serve(core& self, tcp::socket socket, fault what)
    {
        auto pair = std::make_shared<pair_of_sockets>(std::move(socket), what);
        error_code failed;
        const tcp::endpoint there(asio::ip::address_v4::loopback(), self.server_port);
        co_await pair->server.async_connect(there,
                                            asio::redirect_error(asio::use_awaitable, failed));
        if (failed)
            co_return pair->close();
        pair->client.set_option(tcp::no_delay(true));
        pair->server.set_option(tcp::no_delay(true));
        self.pairs.push_back(pair);
        const direction up{
            pair->client, pair->server, what.cut_to_server, what.swallow_to_server, {}};
        const direction down{pair->server, pair->client, what.cut_to_client, what.swallow_to_client,
                             what.delay};
        asio::co_spawn(self.io, pass_on(pair, up, self.to_server), asio::detached);
        auto answers = pass_on(pair, down, self.to_client);
        co_await std::move(answers);
        self.pairs.remove(pair);
    }

    const unsigned short server_port;
    // All below: only on the thread.
    fault plan;
    std::deque<fault> next;
    std::list<pair_ptr> pairs;
    std::size_t accepted = 0;
    std::size_t to_client = 0;
    std::size_t to_server = 0;
};

fault_proxy::fault_proxy(unsigned short server_port) : core_(std::make_shared<core>(server_port))
{
    core_->start(core::accept(*core_));
}

fault_proxy::~fault_proxy()
{
    core_->stop();
}

unsigned short fault_proxy::port() const noexcept
{
    return core_->port;
}

std::string fault_proxy::url(const std::string& rest) const
{
    return core_->url(rest);
}

void fault_proxy::plan(fault what)
{
    core_->on_thread([&] { core_->plan = what; });
}

void fault_proxy::plan_next(fault what)
{
    core_->on_thread([&] { core_->next.push_back(what); });
}

void fault_proxy::black_hole()
{
    core_->on_thread([&] {
        for (const auto& pair : core_->pairs)
            pair->held = true;
    });
}

void fault_proxy::restore()
{
    core_->on_thread([&] {
        for (const auto& pair : core_->pairs) {
            pair->held = false;
            pair->release.cancel();
        }
    });
}

void fault_proxy::cut()
{
    core_->on_thread([&] {
        for (const auto& pair : core_->pairs)
            pair->close();
    });
}

std::size_t fault_proxy::accepted() const
{
    return core_->on_thread([&] { return core_->accepted; });
}

std::size_t fault_proxy::open() const
{
    return core_->on_thread([&] { return core_->pairs.size(); });
}

std::size_t fault_proxy::to_client() const
{
    return core_->on_thread([&] { return core_->to_client; });
}

class scripted_peer::core : public loopback_listener {
public:
    core(std::string first, std::function<std::string(std::string_view)> then)
        : greeting(std::move(first)), answer(std::move(then))
    {}

    static asio::awaitable<void> accept(core& self)
    {
        for (;;) {
            auto socket = co_await self.acceptor.async_accept(asio::use_awaitable);
            ++self.accepted;
            asio::co_spawn(self.io, serve(self, std::move(socket)), asio::detached);
        }
    }

    static asio::awaitable<void> serve(core& self, tcp::socket socket)
    {
        error_code failed;
        auto quietly = asio::redirect_error(asio::use_awaitable, failed);
        co_await asio::async_write(socket, asio::buffer(self.greeting), quietly);
        std::array<char, 4096> room;
        while (!failed) {
            const std::size_t read = co_await socket.async_read_some(asio::buffer(room), quietly);
            if (failed)
                break;
            const std::string_view piece(room.data(), read);
            self.heard.append(piece);
            const std::string text = self.answer ? self.answer(piece) : std::string();
            co_await asio::async_write(socket, asio::buffer(text), quietly);
        }
    }

    const std::string greeting;
    const std::function<std::string(std::string_view)> answer;
    // Below: only on the thread.
    std::size_t accepted = 0;
    std::string heard;
};

scripted_peer::scripted_peer(std::string greeting,
                             std::function<std::string(std::string_view)> answer)
    : core_(std::make_shared<core>(std::move(greeting), std::move(answer)))
{
    core_->start(core::accept(*core_));
}

scripted_peer::~scripted_peer()
{
    core_->stop();
}

unsigned short scripted_peer::port() const noexcept
{
    return core_->port;
}

std::string scripted_peer::url(const std::string& rest) const
{
    return core_->url(rest);
}

std::size_t scripted_peer::accepted() const
{
    return core_->on_thread([&] { return core_->accepted; });
}

std::string scripted_peer::heard() const
{
    return core_->on_thread([&] { return core_->heard; });
}

} // namespace support
