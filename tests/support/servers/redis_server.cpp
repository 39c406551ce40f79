// SPDX-License-Identifier: BSL-1.0
#include "support/servers/redis_server.hpp"

#include <chrono>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

namespace support {

using namespace std::chrono_literals;

std::filesystem::path redis_program()
{
    // Debian has it in `redis-tools`, which comes without a service; `redis-server` of the package
    // of that name is a link to it. It looks at the name that it is called by.
    auto found = find_program("redis-server");
    return found.empty() ? find_program("redis-check-rdb") : found;
}

bool redis_installed()
{
    return !redis_program().empty() && !find_program("redis-cli").empty() &&
           !find_program("openssl").empty();
}

redis_server::redis_server(std::vector<std::string> settings, bool plain)
    : port_(free_port()), plain_(plain), settings_(std::move(settings))
{}

redis_server::redis_server(std::vector<std::string> settings)
    : redis_server(std::move(settings), true)
{
    start();
}

void redis_server::also(std::vector<std::string> settings)
{
    settings_.insert(settings_.end(), settings.begin(), settings.end());
}

std::string redis_server::url(const std::string& rest) const
{
    return "redis://127.0.0.1:" + std::to_string(port_) + rest;
}

void redis_server::kill(int signal) noexcept
{
    if (process_)
        process_->stop(signal);
}

void redis_server::start()
{
    std::vector<std::string> all{"--bind", "127.0.0.1", "--save", "", "--appendonly", "no"};
    const auto add = [&](const char* name, std::string value) {
        all.emplace_back(name);
        all.push_back(std::move(value));
    };
    add("--port", plain_ ? std::to_string(port_) : "0");
    add("--unixsocket", socket());
    add("--unixsocketperm", "700");
    add("--dir", folder_.path());
    add("--logfile", folder_ / "redis.log");
    all.insert(all.end(), settings_.begin(), settings_.end());
    process_.reset();
    std::filesystem::remove(socket());
    process_ = std::make_unique<child_process>(redis_program(), "redis-server", all,
                                               folder_ / "output.log");
    await_answer();
}

void redis_server::await_answer()
{
    for (int tries = 0; tries < 2000 && process_->running(); ++tries) {
        if (answers())
            return;
        std::this_thread::sleep_for(5ms);
    }
    throw std::runtime_error("redis-server does not answer: " + log() +
                             tail_of(folder_ / "output.log"));
}

bool redis_server::answers() const
{
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, socket().c_str(), sizeof address.sun_path - 1);
    const timeval limit{1, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    char answer[8] = {};
    const std::string_view ping = "PING\r\n";
    const bool answered =
        ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
        ::send(fd, ping.data(), ping.size(), MSG_NOSIGNAL) > 0 &&
        ::recv(fd, answer, sizeof answer - 1, 0) > 0;
    ::close(fd);
    // With users, -NOAUTH is an answer as well; -LOADING is not.
    return answered && std::string_view(answer).rfind("-LOAD", 0) != 0;
}

std::string redis_server::cli(std::vector<std::string> command) const
{
    const auto output = folder_ / "cli.log";
    std::filesystem::remove(output);
    std::vector<std::string> all{"-s", socket()};
    all.insert(all.end(), command.begin(), command.end());
    child_process tool("redis-cli", "redis-cli", all, output);
    if (tool.wait(10) != 0)
        throw std::runtime_error("redis-cli failed: " + tail_of(output));
    auto text = tail_of(output, 1 << 20);
    if (!text.empty() && text.back() == '\n')
        text.pop_back();
    return text;
}

redis_tls_server::redis_tls_server(clients admitted, const std::string& names)
    : redis_server({}, false), files_(folder() / "tls", names)
{
    std::ofstream(folder() / "users.acl")
        << "user default off nopass ~* &* +@all\n"
           "user app on >app-secret ~app:* &app:* +@all -@dangerous\n"
           "user admin on >admin-secret ~* &* +@all\n";
    also({"--tls-port", std::to_string(port()), "--tls-cert-file", files_.server(),
          "--tls-key-file", files_.server_key(), "--tls-ca-cert-file", files_.authority(),
          "--tls-auth-clients", admitted == clients::any ? "optional" : "yes", "--aclfile",
          folder() / "users.acl"});
    start();
}

} // namespace support
