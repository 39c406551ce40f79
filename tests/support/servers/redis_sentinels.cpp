// SPDX-License-Identifier: BSL-1.0
#include "support/servers/redis_sentinels.hpp"

#include "support/servers/raw_redis.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace support {

using namespace std::chrono_literals;

namespace {

constexpr auto patience = 30s;
const std::string loopback = "127.0.0.1";

template <class Condition>
void await(const char* what, Condition over)
{
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!over()) {
        if (std::chrono::steady_clock::now() > end)
            throw std::runtime_error(std::string("Sentinels take too long: ") + what);
        std::this_thread::sleep_for(20ms);
    }
}

std::vector<std::string> ask_at(const std::filesystem::path& socket, const std::string& password,
                                const std::vector<std::string>& command)
{
    raw_redis through(socket);
    if (!password.empty())
        through.ask({"AUTH", password});
    return through.ask(command);
}

/// A server that speaks only TLS on its port.
class secure_node : public redis_server {
public:
    secure_node(std::vector<std::string> settings, const certificates& files)
        : redis_server(std::move(settings), false)
    {
        also({"--tls-port", std::to_string(port()), "--tls-replication", "yes", "--tls-cert-file",
              files.server(), "--tls-key-file", files.server_key(), "--tls-ca-cert-file",
              files.authority(), "--tls-auth-clients", "no"});
        start();
    }
};

} // namespace

/// One Sentinel, and the file in which it keeps what it knows.
class redis_sentinels::sentinel {
public:
    sentinel(const sentinels_options& options, unsigned short master, const certificates* files)
        : port_(free_port()), plain_port_(options.tls ? free_port() : port_),
          password_(options.sentinel_password)
    {
        std::ofstream to(folder_ / "sentinel.conf");
        to << "bind 127.0.0.1\nport " << plain_port_ << "\ndir " << folder_.path().string()
           << "\nlogfile " << (folder_ / "sentinel.log").string() << "\nunixsocket "
           << socket().string() << "\nsentinel monitor " << name << ' ' << loopback << ' ' << master
           << " 2\nsentinel down-after-milliseconds " << name << " 1000\nsentinel failover-timeout "
           << name << " 5000\n";
        if (!options.password.empty())
            to << "sentinel auth-pass " << name << ' ' << options.password << '\n';
        if (!password_.empty())
            to << "requirepass " << password_ << "\nsentinel sentinel-pass " << password_ << '\n';
        if (files)
            to << "tls-port " << port_ << "\ntls-replication yes\ntls-auth-clients no\n"
               << "tls-cert-file " << files->server().string() << "\ntls-key-file "
               << files->server_key().string() << "\ntls-ca-cert-file "
               << files->authority().string() << '\n';
        to.close();
        start();
    }

    void start()
    {
        process_.reset();
        std::filesystem::remove(socket());
        process_ = std::make_unique<child_process>(
            redis_program(), "redis-server",
            std::vector<std::string>{folder_ / "sentinel.conf", "--sentinel"},
            folder_ / "output.log");
    }
    std::vector<std::string> ask(const std::vector<std::string>& command) const
    {
        return ask_at(socket(), password_, command);
    }
    /// The answer, or nothing if there is none.
    std::vector<std::string> try_to_ask(const std::vector<std::string>& command) const
    {
        try {
            return ask(command);
        } catch (const std::runtime_error&) {
            if (!process_->running())
                throw std::runtime_error(
                    "a Sentinel has ended: " + tail_of(folder_ / "sentinel.log") +
                    tail_of(folder_ / "output.log"));
            return {};
        }
    }
    bool running() const noexcept { return process_->running() && !stopped_; }
    void kill() noexcept { process_->stop(SIGKILL); }
    void stop(bool so) noexcept
    {
        stopped_ = so;
        process_->send(so ? SIGSTOP : SIGCONT);
    }
    unsigned short port() const noexcept { return port_; }
    unsigned short plain_port() const noexcept { return plain_port_; }

private:
    std::filesystem::path socket() const { return folder_ / "sentinel.sock"; }

    scratch_folder folder_;
    unsigned short port_;
    unsigned short plain_port_;
    std::string password_;
    std::unique_ptr<child_process> process_;
    bool stopped_ = false;
};

redis_sentinels::redis_sentinels(sentinels_options options) : options_(std::move(options))
{
    if (options_.tls) {
        certificates_folder_.emplace();
        files_.emplace(certificates_folder_->path() / "tls");
    }
    for (std::size_t made = 0; made < 3; ++made)
        if (options_.tls)
            nodes_.push_back(std::make_unique<secure_node>(node_settings(made), *files_));
        else
            nodes_.push_back(std::make_unique<redis_server>(node_settings(made)));
    await("replicas", [this] { return is_linked(1) && is_linked(2); });
    for (std::size_t made = 0; made < 3; ++made)
        sentinels_.push_back(
            std::make_unique<sentinel>(options_, nodes_[0]->port(), files_ ? &*files_ : nullptr));
    await_sentinels();
}

redis_sentinels::~redis_sentinels()
{
    for (const auto& each : sentinels_)
        each->kill(); // before they see servers go
}

std::vector<std::string> redis_sentinels::node_settings(std::size_t index) const
{
    std::vector<std::string> all{"--repl-diskless-sync-delay", "0", "--repl-ping-replica-period",
                                 "1"};
    if (index > 0)
        all.insert(all.end(), {"--replicaof", loopback + ' ' + std::to_string(nodes_[0]->port())});
    if (!options_.password.empty())
        all.insert(all.end(),
                   {"--requirepass", options_.password, "--masterauth", options_.password});
    return all;
}

std::string redis_sentinels::url(const std::string& rest) const
{
    std::string all = options_.tls ? "rediss+sentinel://" : "redis+sentinel://";
    if (!options_.password.empty())
        all += ':' + options_.password + '@';
    for (std::size_t at = 0; at < sentinels_.size(); ++at)
        all += (at ? "," : "") + loopback + ':' + std::to_string(sentinel_port(at));
    return all + '/' + name + rest;
}

unsigned short redis_sentinels::sentinel_port(std::size_t index) const
{
    return sentinels_.at(index)->port();
}

unsigned short redis_sentinels::plain_sentinel_port(std::size_t index) const
{
    return sentinels_.at(index)->plain_port();
}

void redis_sentinels::kill_sentinel(std::size_t index) noexcept
{
    sentinels_[index]->kill();
}

void redis_sentinels::restart_sentinel(std::size_t index)
{
    sentinels_.at(index)->start();
    await_sentinels();
}

void redis_sentinels::stop_sentinel(std::size_t index) noexcept
{
    sentinels_[index]->stop(true);
}

void redis_sentinels::resume_sentinel(std::size_t index) noexcept
{
    sentinels_[index]->stop(false);
}

std::vector<std::string> redis_sentinels::ask(std::size_t index,
                                              const std::vector<std::string>& command) const
{
    return ask_at(node(index).socket(), options_.password, command);
}

std::vector<std::string>
redis_sentinels::ask_sentinel(std::size_t index, const std::vector<std::string>& command) const
{
    return sentinels_.at(index)->ask(command);
}

bool redis_sentinels::is_master(std::size_t index) const
{
    return ask(index, {"ROLE"}).at(0) == "master";
}

bool redis_sentinels::is_linked(std::size_t index) const
{
    return ask(index, {"INFO", "replication"}).at(0).find("master_link_status:up") !=
           std::string::npos;
}

std::size_t redis_sentinels::master() const
{
    std::string agreed;
    for (const auto& each : sentinels_) {
        if (!each->running())
            continue;
        const auto address = each->try_to_ask({"SENTINEL", "GET-MASTER-ADDR-BY-NAME", name});
        if (address.size() < 2 || (!agreed.empty() && agreed != address[1]))
            return size();
        agreed = address[1];
    }
    for (std::size_t at = 0; at < size(); ++at)
        if (std::to_string(node(at).port()) == agreed)
            return node(at).answers() && is_master(at) ? at : size();
    return size();
}

std::size_t redis_sentinels::await_new_master(std::size_t before) const
{
    std::size_t now = size();
    await("a fail-over", [&] {
        now = master();
        return now != before && now != size();
    });
    return now;
}

void redis_sentinels::await_replicas() const
{
    await("replicas", [this] {
        const auto leader = master();
        if (leader == size())
            return false;
        for (std::size_t at = 0; at < size(); ++at)
            if (at != leader && node(at).answers() && !is_linked(at))
                return false;
        return true;
    });
}

void redis_sentinels::await_sentinels() const
{
    const std::string wanted = ",slaves=2,sentinels=3";
    await("to know each other", [&] {
        return std::all_of(sentinels_.begin(), sentinels_.end(), [&](const auto& each) {
            if (!each->running())
                return true;
            const auto told = each->try_to_ask({"INFO", "sentinel"});
            return !told.empty() && told[0].find(wanted) != std::string::npos;
        });
    });
}

} // namespace support
