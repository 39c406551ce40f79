// SPDX-License-Identifier: BSL-1.0
#include "demo/demo.hpp"

#include "demo/figures.hpp"
#include "demo/lines.hpp"
#include "io_threads.hpp"
#include "temporary_folder.hpp"

#include <fmt/core.h>

#include <sys/resource.h>

#include <cstdio>

namespace catalog {
namespace {

constexpr std::size_t server_threads = 2;
constexpr std::size_t client_threads = 1;

/// 500 connections have two ends each, and both are here.
void raise_descriptor_limit()
{
    constexpr rlim_t needed = 2048;
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed)
        return;
    limit.rlim_cur = std::min(needed, limit.rlim_max);
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

struct claim {
    const char* name;
    asio::awaitable<line> (*measure)(const stage&);
};

constexpr claim claims[] = {
    {"cold stampede", cold_stampede},   {"warm hits", warm_hits},
    {"commit", committed_writes},       {"rollback", rolled_back_writes},
    {"failing loader", failing_loader}, {"shared cache", shared_cache_line},
    {"shutdown", graceful_shutdown},
};

asio::awaitable<line> measure(const claim& one, const stage& on)
{
    std::string failure;
    try {
        co_return co_await one.measure(on);
    } catch (const std::exception& why) {
        failure = why.what();
    }
    on.gate.disarm();
    co_return line(false, "failed: " + failure);
}

const char* word_for(line::result found)
{
    switch (found) {
    case line::result::holds:
        return "holds";
    case line::result::fails:
        return "FAILS";
    case line::result::not_run:
        return "-";
    }
    return "";
}

/// How many lines there were, and what became of them.
struct tally {
    int held = 0;
    int failed = 0;
};

asio::awaitable<void> run_lines(const stage& on, tally& to)
{
    for (const auto& one : claims) {
        const auto seen = co_await measure(one, on);
        fmt::print("{:<15} {:<6} {}\n", one.name, word_for(seen.found), seen.measured);
        std::fflush(stdout);
        to.held += seen.found == line::result::holds ? 1 : 0;
        to.failed += seen.found == line::result::fails ? 1 : 0;
    }
}

/// Also after a line that failed half-way; a second time it does nothing.
asio::awaitable<void> close(application& server)
{
    co_await server.close(std::chrono::seconds(1));
}

application_options in_folder(const std::filesystem::path& folder, const load_gate& gate,
                              std::atomic<std::size_t>& logged)
{
    service_options reads;
    reads.patience(std::chrono::seconds(25)); // longer than the gate holds a load
    application_options how(folder / "catalog.db");
    how.service(gate.attached(std::move(reads)));
    how.log([&logged](std::string_view, std::string_view) { ++logged; });
    return how;
}

} // namespace

int run_demo()
{
    raise_descriptor_limit();
    const temporary_folder folder;
    std::atomic<std::size_t> logged = 0;
    load_gate gate;
    io_threads server_side(server_threads);
    io_threads client_side(client_threads);
    application server(server_side.executor(), in_folder(folder.path(), gate, logged));
    const stopwatch importing;
    server_side.run(server.open());
    fmt::print(
        "ISO codes imported into SQLite in {} ms; server on 127.0.0.1:{} ({} threads), clients "
        "in the same process ({} thread)\n",
        importing.milliseconds(), server.port(), server_threads, client_threads);

    tally lines;
    const stage on{server, gate, logged, client_side.executor(), folder.path()};
    client_side.run(run_lines(on, lines));
    server_side.run(close(server));
    fmt::print("{} of {} lines hold\n", lines.held, lines.held + lines.failed);
    return lines.failed == 0 ? 0 : 1;
}

} // namespace catalog
