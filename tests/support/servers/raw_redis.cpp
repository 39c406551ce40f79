// SPDX-License-Identifier: BSL-1.0
#include "support/servers/raw_redis.hpp"

#include <cstring>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace support {

raw_redis::raw_redis(const std::filesystem::path& socket_file, int seconds)
    : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, socket_file.c_str(), sizeof address.sun_path - 1);
    const timeval limit{seconds, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        ::close(fd_);
        throw std::runtime_error("no Redis at " + socket_file.string());
    }
}

raw_redis::~raw_redis()
{
    ::close(fd_);
}

std::vector<std::string> raw_redis::ask(const std::vector<std::string>& command)
{
    std::string sent = "*" + std::to_string(command.size()) + "\r\n";
    for (const auto& word : command)
        sent += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
    for (std::size_t from = 0; from < sent.size();) {
        const auto count = ::send(fd_, sent.data() + from, sent.size() - from, MSG_NOSIGNAL);
        if (count <= 0)
            throw std::runtime_error("a Redis does not listen");
        from += static_cast<std::size_t>(count);
    }
    std::vector<std::string> all;
    read_into(all);
    return all;
}

void raw_redis::read_into(std::vector<std::string>& all)
{
    const std::string head = line();
    const std::string rest = head.substr(1);
    if (head[0] == '-')
        throw std::runtime_error("a Redis refuses: " + rest);
    if (head[0] == '*') {
        for (int left = std::stoi(rest); left > 0; --left)
            read_into(all);
    } else if (head[0] == '$' && rest != "-1") {
        all.push_back(bytes(std::stoul(rest)));
        bytes(2);
    } else {
        all.push_back(head[0] == '$' ? std::string() : rest);
    }
}

std::string raw_redis::line()
{
    auto end = read_.find("\r\n");
    for (; end == read_.npos; end = read_.find("\r\n"))
        more();
    std::string found = bytes(end);
    bytes(2);
    if (found.empty())
        throw std::runtime_error("a Redis says something else than RESP");
    return found;
}

std::string raw_redis::bytes(std::size_t count)
{
    while (read_.size() < count)
        more();
    std::string found = read_.substr(0, count);
    read_.erase(0, count);
    return found;
}

void raw_redis::more()
{
    char room[16 * 1024];
    const auto count = ::recv(fd_, room, sizeof room, 0);
    if (count <= 0)
        throw std::runtime_error("a Redis does not answer");
    read_.append(room, static_cast<std::size_t>(count));
}

} // namespace support
