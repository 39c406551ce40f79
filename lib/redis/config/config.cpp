// SPDX-License-Identifier: BSL-1.0
#include <coffer/redis/config.hpp>

#include "redis/config/config_url.hpp"

#include <stdexcept>

namespace coffer::redis {

using std::chrono::milliseconds;

namespace {

[[noreturn]] void refuse(const std::string& what, const std::string& why)
{
    throw std::invalid_argument("coffer: redis::config()." + what + ": " + why);
}

void must_be_positive(const char* name, milliseconds time)
{
    if (time <= milliseconds(0))
        refuse(std::string(name) + '(' + std::to_string(time.count()) + "ms)",
               "the time must be positive");
}

void must_not_be_zero(const char* name, std::size_t count)
{
    if (count == 0)
        refuse(std::string(name) + "(0)", "the bound must be at least 1");
}

void must_be_plain(const char* name, const std::string& text)
{
    for (const char each : text)
        if (each <= ' ' || each > '~')
            refuse(name, "Redis takes no spaces, line ends or letters outside ASCII here");
}

} // namespace

std::string endpoint::text() const
{
    const bool brackets = host.find(':') != std::string::npos;
    return (brackets ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

config::config(std::string_view url)
{
    detail::apply_url(url, *this, values_);
}

config& config::topology(redis::topology which)
{
    values_.topology = which;
    return *this;
}

config& config::nodes(std::vector<endpoint> servers)
{
    if (servers.empty())
        refuse("nodes({})", "name at least one server");
    values_.nodes = std::move(servers);
    if (values_.by == transport::socket_file)
        values_.by = transport::tcp;
    values_.socket_file.clear();
    return *this;
}

config& config::master(std::string name)
{
    must_be_plain("master", name);
    values_.master = std::move(name);
    return *this;
}

config& config::sentinel_credentials(std::string user, std::string password)
{
    values_.sentinel_login = redis::credentials(std::move(user), std::move(password));
    return *this;
}

config& config::sentinel_tls(redis::sentinel_tls how)
{
    values_.sentinel_tls = how;
    return *this;
}

config& config::read_from(read_policy which)
{
    values_.read_from = which;
    return *this;
}

config& config::credentials(std::string user, std::string password)
{
    values_.login = redis::credentials(std::move(user), std::move(password));
    values_.ask_login = nullptr;
    return *this;
}

config& config::credentials(std::function<asio::awaitable<redis::credentials>()> ask)
{
    values_.ask_login = std::move(ask);
    return *this;
}

config& config::database(unsigned number)
{
    values_.database = number;
    return *this;
}

config& config::client_name(std::string name)
{
    must_be_plain("client_name", name);
    values_.client_name = std::move(name);
    return *this;
}

config& config::protocol(redis::protocol which)
{
    values_.protocol = which;
    return *this;
}

config& config::ca_file(std::string path)
{
    values_.ca_file = std::move(path);
    return *this;
}

config& config::certificate(std::string certificate_path, std::string key_path)
{
    if (certificate_path.empty() || key_path.empty())
        refuse("certificate(...)", "it needs both files, the certificate and its key");
    values_.certificate_file = std::move(certificate_path);
    values_.key_file = std::move(key_path);
    return *this;
}

config& config::server_name(std::string name)
{
    values_.server_name = std::move(name);
    return *this;
}

config& config::verification(redis::verification how)
{
    values_.verification = how;
    return *this;
}

config& config::connect_timeout(milliseconds most)
{
    must_be_positive("connect_timeout", most);
    values_.connect_timeout = most;
    return *this;
}

config& config::deadline(std::optional<milliseconds> most)
{
    if (most)
        must_be_positive("deadline", *most);
    values_.deadline = most;
    return *this;
}

config& config::pause(milliseconds first, milliseconds longest)
{
    must_be_positive("pause", first);
    if (longest < first)
        refuse("pause(...)", "the longest pause must not be below the first");
    values_.first_pause = first;
    values_.longest_pause = longest;
    return *this;
}

config& config::silence(milliseconds most)
{
    must_be_positive("silence", most);
    values_.silence = most;
    return *this;
}

config& config::links(std::size_t count)
{
    must_not_be_zero("links", count);
    values_.links = count;
    return *this;
}

config& config::max_dedicated(std::size_t count)
{
    must_not_be_zero("max_dedicated", count);
    values_.max_dedicated = count;
    return *this;
}

config& config::max_in_flight(std::size_t count)
{
    must_not_be_zero("max_in_flight", count);
    values_.max_in_flight = count;
    return *this;
}

config& config::max_queued_bytes(std::size_t bytes)
{
    must_not_be_zero("max_queued_bytes", bytes);
    values_.max_queued_bytes = bytes;
    return *this;
}

config& config::max_offline(std::size_t count)
{
    must_not_be_zero("max_offline", count);
    values_.max_offline = count;
    return *this;
}

config& config::overflow(redis::overflow how)
{
    values_.overflow = how;
    return *this;
}

config& config::max_reply_bytes(std::size_t bytes)
{
    must_not_be_zero("max_reply_bytes", bytes);
    values_.max_reply_bytes = bytes;
    return *this;
}

config& config::clock(coffer::clock time)
{
    values_.clock = std::move(time);
    return *this;
}

config& config::on_event(std::function<void(const connection_event&)> handler)
{
    values_.on_event = std::move(handler);
    return *this;
}

std::string config::describe() const
{
    return detail::url_of(values_);
}

} // namespace coffer::redis
