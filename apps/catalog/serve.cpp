// SPDX-License-Identifier: BSL-1.0
#include "serve.hpp"

#include "application.hpp"
#include "io_threads.hpp"
#include "temporary_folder.hpp"

#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <csignal>
#include <cstdio>
#include <optional>

namespace catalog {
namespace {

using namespace std::chrono_literals;

constexpr auto grace = 10s; // for requests that have begun when the signal comes

void print_urls(const std::string& address, std::uint16_t port)
{
    const bool six = address.find(':') != address.npos;
    const std::string base =
        "http://" + (six ? '[' + address + ']' : address) + ':' + std::to_string(port);
    for (const char* path : {"/", "/languages/deu", "/languages?q=german", "/countries/AD",
                             "/countries/AD/subdivisions", "/stats"})
        std::printf("%s%s\n", base.c_str(), path);
    std::printf("Ctrl-C stops it.\n");
    std::fflush(stdout);
}

asio::awaitable<void> run(io_threads& io, const serve_arguments& how, std::filesystem::path data,
                          bool& orderly)
{
    // Before the port opens: whoever sees it open may signal at once.
    asio::signal_set signals(io.executor(), SIGINT, SIGTERM);
    application_options options(std::move(data));
    options.address(how.address).port(how.port);
    if (how.cache != "memory")
        options.cache(how.cache);
    application server(io.executor(), std::move(options));
    co_await server.open();
    print_urls(how.address, server.port());
    const int signal = co_await signals.async_wait(asio::use_awaitable);
    std::printf("%s: finishing requests, for at most %d s\n",
                signal == SIGINT ? "SIGINT" : "SIGTERM",
                static_cast<int>(std::chrono::seconds(grace).count()));
    std::fflush(stdout);
    signals.cancel();
    signals.clear(); // from here on a second signal ends the process
    orderly = co_await server.close(grace);
}

} // namespace

int serve(const serve_arguments& how)
{
    std::optional<temporary_folder> scratch;
    std::filesystem::path data = how.data;
    if (data.empty())
        data = scratch.emplace().path() / "catalog.db";
    bool orderly = false;
    io_threads io(how.threads);
    io.run(run(io, how, std::move(data), orderly));
    std::printf(orderly ? "stopped\n" : "stopped; some requests were cut off\n");
    return orderly ? 0 : 1;
}

} // namespace catalog
