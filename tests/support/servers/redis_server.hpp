// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "support/servers/certificates.hpp"
#include "support/servers/child_process.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace support {

/// True if this machine has what the fixtures below start.
bool redis_installed();
/// The program of the server; empty if there is none.
std::filesystem::path redis_program();

/// A real Redis on a free port of 127.0.0.1 and on a socket file, without persistence, that a test
/// owns. Its log is told when it does not start.
class redis_server {
public:
    /// `settings` are as on the command line of Redis: `{"--maxmemory", "1mb"}`.
    explicit redis_server(std::vector<std::string> settings = {});
    ~redis_server() = default;

    unsigned short port() const noexcept { return port_; }
    std::filesystem::path socket() const { return folder_ / "redis.sock"; }
    /// `redis://127.0.0.1:PORT` and what is given after it.
    std::string url(const std::string& rest = {}) const;
    std::string log() const { return tail_of(folder_ / "redis.log"); }

    /// SIGKILL, or another signal that ends it; it can be started again.
    void kill(int signal = SIGKILL) noexcept;
    /// On the same port, with the same settings, and without data.
    void start();
    /// SIGSTOP: connections stay, and nobody answers.
    void pause() noexcept { process_->send(SIGSTOP); }
    void resume() noexcept { process_->send(SIGCONT); }

    /// True if it runs and says something within a second.
    bool answers() const;

    /// What `redis-cli` prints for a command: another client than ours, for tests to look with.
    std::string cli(std::vector<std::string> command) const;

protected:
    redis_server(std::vector<std::string> settings, bool plain);
    const scratch_folder& folder() const noexcept { return folder_; }
    /// Adds settings before the first `start`.
    void also(std::vector<std::string> settings);

private:
    void await_answer();

    scratch_folder folder_;
    unsigned short port_ = 0;
    bool plain_ = true; // speaks without TLS on its port
    std::vector<std::string> settings_;
    std::unique_ptr<child_process> process_;
};

/// A Redis that speaks only TLS on its port, for the users `app` (password `app-secret`, keys
/// `app:*`) and `admin` (`admin-secret`); the default user is off. The socket file is plain.
class redis_tls_server : public redis_server {
public:
    enum class clients { any, with_certificate };

    explicit redis_tls_server(clients admitted = clients::any,
                              const std::string& names = "DNS:localhost,IP:127.0.0.1");

    const certificates& files() const noexcept { return files_; }

private:
    certificates files_;
};

} // namespace support
