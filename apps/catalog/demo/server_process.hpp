// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "demo/child_program.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace catalog {

/// A Redis server of the demo's own: on a socket file in `folder`, nowhere else, and without data
/// on disk.
class redis_process {
public:
    /// Debian has the program in `redis-tools`, which installs no service, as `redis-check-rdb`;
    /// `redis-server` is a link to it. Empty if there is none.
    static std::filesystem::path program();

    redis_process(asio::any_io_executor executor, const std::filesystem::path& folder);

    /// Waits until it answers.
    asio::awaitable<void> open();
    std::string url() const { return "unix://" + socket_.string(); }
    asio::awaitable<int> stop() { return process_.stop(); }

private:
    std::filesystem::path socket_;
    child_program process_;
};

/// `catalog serve` in a process of its own.
class server_process {
public:
    /// `program` is this very program, or another build of it.
    server_process(asio::any_io_executor executor, const std::filesystem::path& program,
                   const std::filesystem::path& data, const std::string& cache);

    /// Waits until it listens.
    asio::awaitable<void> open();
    std::uint16_t port() const noexcept { return port_; }
    /// As SIGTERM does it: requests that run are answered. Returns the exit status.
    asio::awaitable<int> stop() { return process_.stop(); }

private:
    child_program process_;
    std::uint16_t port_ = 0;
};

} // namespace catalog
