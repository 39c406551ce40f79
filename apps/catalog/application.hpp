// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "http/limits.hpp"
#include "http/server.hpp"
#include "log.hpp"
#include "service.hpp"
#include "statistics.hpp"

#include <coffer/redis/config.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace catalog {

/// How an `application` is put together. A builder.
class application_options {
public:
    /// The database. Made and filled if it is not there.
    explicit application_options(std::filesystem::path data) : data_(std::move(data)) {}

    application_options& address(std::string where)
    {
        address_ = std::move(where);
        return *this;
    }
    /// 0 (the default): a free one.
    application_options& port(std::uint16_t number)
    {
        port_ = number;
        return *this;
    }
    application_options& iso_codes(std::filesystem::path folder)
    {
        iso_codes_ = std::move(folder);
        return *this;
    }
    application_options& limits(http_limits bounds)
    {
        limits_ = bounds;
        return *this;
    }
    application_options& service(service_options how)
    {
        service_ = std::move(how);
        return *this;
    }

    /// A Redis server that all processes with the same database may share, instead of the memory of
    /// this one. Errors: those of `coffer::redis::config`, where it is made of a URL.
    application_options& cache(coffer::redis::config server)
    {
        cache_ = std::move(server);
        return *this;
    }

    application_options& log(log_function to)
    {
        log_ = std::move(to);
        return *this;
    }

    const std::filesystem::path& data() const noexcept { return data_; }
    const std::string& address() const noexcept { return address_; }
    std::uint16_t port() const noexcept { return port_; }
    const std::filesystem::path& iso_codes() const noexcept { return iso_codes_; }
    const http_limits& limits() const noexcept { return limits_; }
    const service_options& service() const noexcept { return service_; }
    const std::optional<coffer::redis::config>& cache() const noexcept { return cache_; }
    const log_function& log() const noexcept { return log_; }

private:
    std::filesystem::path data_;
    std::string address_ = "127.0.0.1";
    std::uint16_t port_ = 0;
    std::filesystem::path iso_codes_;
    http_limits limits_;
    service_options service_;
    std::optional<coffer::redis::config> cache_; // absent: in memory
    log_function log_ = log_line;
};

/// The whole server: database, cached functions, HTTP.
///
/// Threads: every member may be called from any thread once `open` has returned.
///
/// Lifetime: it outlives what its members return.
class application {
public:
    application(asio::any_io_executor executor, application_options how);
    ~application();

    /// Fills the database if it is empty, and starts to listen.
    ///
    /// Errors: those of `import_once`, and of the network.
    asio::awaitable<void> open();

    // What follows is for a server that has been opened.
    std::uint16_t port() const noexcept;
    service_figures figures() const;
    server::counts connections() const;

    /// Accepts no more, lets requests finish for at most `bound`, then closes caches and database.
    /// Returns whether every request could finish. Idempotent.
    asio::awaitable<bool> close(std::chrono::milliseconds bound);

private:
    class core;
    std::shared_ptr<core> core_;
};

} // namespace catalog
