// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "application.hpp"
#include "demo/crowd.hpp"
#include "demo/figures.hpp"
#include "demo/load_gate.hpp"
#include "http/client.hpp"
#include "io_threads.hpp"
#include "temporary_folder.hpp"

#include <coffer/net/background.hpp>

#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace catalog_test {

using namespace catalog;
using namespace std::chrono_literals;

inline void write_file(const std::filesystem::path& file, std::string_view text)
{
    std::ofstream(file, std::ios::binary) << text;
}

/// A few of the real records, in the layout of the real files.
inline std::filesystem::path small_iso_codes(const std::filesystem::path& folder)
{
    write_file(folder / "iso_639-3.json", R"({"639-3": [
        {"alpha_2": "de", "alpha_3": "deu", "bibliographic": "ger", "name": "German", "scope": "I", "type": "L"},
        {"alpha_3": "gmh", "inverted_name": "German, Middle High",
         "name": "Middle High German", "scope": "I", "type": "H"},
        {"alpha_3": "nds", "common_name": "Low German", "name": "Low German", "scope": "I", "type": "L"},
        {"alpha_3": "lat", "name": "Latin", "scope": "I", "type": "A"},
        {"alpha_3": "qaa", "name": "100%_sure\\", "scope": "S", "type": "S"}]})");
    write_file(folder / "iso_3166-1.json", R"({"3166-1": [
        {"alpha_2": "AD", "alpha_3": "AND", "flag": "\ud83c\udde6\ud83c\udde9", "name": "Andorra", "numeric": "020",
         "official_name": "Principality of Andorra"},
        {"alpha_2": "AQ", "alpha_3": "ATA", "name": "Antarctica", "numeric": "010"},
        {"alpha_2": "AZ", "alpha_3": "AZE", "name": "Azerbaijan", "numeric": "031"}]})");
    write_file(folder / "iso_3166-2.json", R"({"3166-2": [
        {"code": "AD-02", "name": "Canillo", "type": "Parish"},
        {"code": "AD-03", "name": "Encamp", "type": "Parish"},
        {"code": "AZ-NX", "name": "Naxçıvan", "type": "Autonomous republic"},
        {"code": "AZ-BAB", "name": "Babək", "parent": "NX", "type": "Rayon"},
        {"code": "AZ-CUL", "name": "Culfa", "parent": "AZ-NX", "type": "Rayon"}]})");
    return folder;
}

template <class T>
asio::awaitable<void> keep(asio::awaitable<T> work, std::optional<T>& to)
{
    T value = co_await std::move(work);
    to.emplace(std::move(value));
}

/// What the coroutine gives, run on these threads to its end.
template <class T>
T run(io_threads& io, asio::awaitable<T> work)
{
    std::optional<T> result;
    io.run(keep(std::move(work), result));
    return *std::move(result);
}

/// The answers of so many clients who ask at once.
inline asio::awaitable<std::vector<reply>> ask_at_once(asio::any_io_executor executor,
                                                       std::uint16_t port, std::size_t count,
                                                       std::string target)
{
    crowd all(executor, count);
    co_await all.connect(port);
    co_return co_await all.ask(std::move(target));
}

/// The real server on a free port, over a small database, and a client that is connected to it.
class running_catalog {
public:
    explicit running_catalog(http_limits bounds = {}, service_options reads = {})
        : io(2), server(io.executor(), options(bounds, std::move(reads))), client(io.executor())
    {
        io.run(server.open());
        io.run(client.connect(server.port()));
    }
    ~running_catalog()
    {
        try {
            stop();
        } catch (const std::exception& failure) {
            FAIL_CHECK(failure.what());
        }
    }

    bool stop() { return run(io, server.close(10s)); }

    reply send(std::string method, std::string target, std::string body = {})
    {
        return run(io, client.send(std::move(method), std::move(target), std::move(body)));
    }
    reply get(std::string target) { return run(io, client.get(std::move(target))); }

    std::vector<reply> ask(std::size_t count, std::string target)
    {
        return run(io, ask_at_once(io.executor(), server.port(), count, std::move(target)));
    }

    /// What a cached function did.
    function_figures figures(std::string_view name) const
    {
        return of_function(server.figures(), name);
    }
    std::uint64_t queries(std::string_view name) const { return figures(name).queries; }

    temporary_folder folder;
    load_gate gate;
    std::atomic<std::size_t> logged = 0;
    io_threads io;
    application server;
    http_client client;

private:
    application_options options(http_limits bounds, service_options reads)
    {
        application_options how(folder.path() / "catalog.db");
        how.iso_codes(small_iso_codes(folder.path())).limits(bounds);
        how.service(gate.attached(std::move(reads)));
        how.log([this](std::string_view, std::string_view) { ++logged; });
        return how;
    }
};

/// A server that was told to stop while the test goes on.
class stopping {
public:
    stopping(running_catalog& on, std::chrono::milliseconds bound) : on_(on)
    {
        tasks_.start(on.io.executor(), close(on.server, bound, orderly_));
    }

    /// Whether every request could finish.
    bool orderly()
    {
        on_.io.run(tasks_.close());
        return orderly_.value();
    }

private:
    static asio::awaitable<void> close(application& server, std::chrono::milliseconds bound,
                                       std::optional<bool>& to)
    {
        to = co_await server.close(bound);
    }

    running_catalog& on_;
    std::optional<bool> orderly_;
    coffer::background tasks_;
};

/// A connection on which one sends what one likes.
class raw_connection {
public:
    explicit raw_connection(std::uint16_t port) : socket_(io_)
    {
        socket_.connect({asio::ip::address_v4::loopback(), port});
    }

    raw_connection& write(std::string_view bytes)
    {
        boost::system::error_code ignored; // the server may have closed: `read` shows what it said
        asio::write(socket_, asio::buffer(bytes), ignored);
        return *this;
    }
    /// All that comes until the server closes.
    std::string read()
    {
        std::string got;
        boost::system::error_code failure;
        asio::read(socket_, asio::dynamic_buffer(got), failure);
        return got;
    }
    /// What comes until `mark` has come, or the server closes.
    std::string read_until(std::string_view mark)
    {
        boost::system::error_code failure;
        const auto size = asio::read_until(socket_, asio::dynamic_buffer(buffer_), mark, failure);
        std::string got = buffer_.substr(0, failure ? buffer_.size() : size);
        buffer_.erase(0, got.size());
        return got;
    }

private:
    asio::io_context io_;
    asio::ip::tcp::socket socket_;
    std::string buffer_;
};

inline bool contains(std::string_view text, std::string_view part)
{
    return text.find(part) != text.npos;
}

/// Whether it is the answer `status` of an error, in JSON that says why.
inline bool is_error(const reply& got, unsigned status)
{
    return got.status == status && got.header("Content-Type") == "application/json" &&
           contains(got.body, "\"error\":\"") &&
           contains(got.body, "\"status\":" + std::to_string(status));
}

} // namespace catalog_test
