// SPDX-License-Identifier: BSL-1.0
#include "demo/server_process.hpp"

#include <charconv>
#include <stdexcept>

namespace catalog {
namespace {

/// The number after the last colon of `http://127.0.0.1:8080/`.
std::uint16_t port_in(const std::string& line)
{
    const auto at = line.rfind(':');
    std::uint16_t port = 0;
    if (at != line.npos)
        std::from_chars(line.data() + at + 1, line.data() + line.size(), port);
    if (port == 0)
        throw std::runtime_error("no port in: " + line);
    return port;
}

} // namespace

std::filesystem::path redis_process::program()
{
    auto found = find_program("redis-server");
    return found.empty() ? find_program("redis-check-rdb") : found;
}

redis_process::redis_process(asio::any_io_executor executor, const std::filesystem::path& folder)
    : socket_(folder / "redis.sock"),
      process_(std::move(executor), program(),
               {"redis-server", "--port", "0", "--unixsocket", socket_, "--unixsocketperm", "700",
                "--dir", folder, "--save", "", "--appendonly", "no"})
{}

asio::awaitable<void> redis_process::open()
{
    co_await process_.line_with("eady to accept connections");
}

server_process::server_process(asio::any_io_executor executor, const std::filesystem::path& program,
                               const std::filesystem::path& data, const std::string& cache)
    : process_(std::move(executor), program,
               {"catalog", "serve", "--port", "0", "--data", data, "--cache", cache})
{}

asio::awaitable<void> server_process::open()
{
    const std::string line = co_await process_.line_with("http://");
    port_ = port_in(line);
}

} // namespace catalog
