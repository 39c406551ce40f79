// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "application.hpp"
#include "demo/load_gate.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>

// What the demo claims, one function for each line of its table.
namespace catalog {

/// What the lines work with: the server, and where clients run.
struct stage {
    application& server;
    load_gate& gate;
    std::atomic<std::size_t>& logged; // lines that the server wrote to its log
    asio::any_io_executor clients;
    std::filesystem::path folder; // for whatever a line needs
};

/// One line of the table.
class line {
public:
    line(bool does_hold, std::string text)
        : found(does_hold ? result::holds : result::fails), measured(std::move(text))
    {}
    /// This machine lacks what it takes.
    static line not_run(std::string lacking)
    {
        line made(false, "not run: " + std::move(lacking));
        made.found = result::not_run;
        return made;
    }

    enum class result { holds, fails, not_run };
    result found;
    std::string measured;
};

/// 500 requests at once for a key that nobody asked for before: one load.
asio::awaitable<line> cold_stampede(const stage& on);
/// Requests a second, and the share of them that needed no load.
asio::awaitable<line> warm_hits(const stage& on);
/// No read that starts after the answer to a PUT sees what was before it.
asio::awaitable<line> committed_writes(const stage& on);
/// A write that fails leaves the cache as it is, and nobody sees what it wrote.
asio::awaitable<line> rolled_back_writes(const stage& on);
/// The error of a load reaches all who wait for it, and the next call loads anew.
asio::awaitable<line> failing_loader(const stage& on);
/// Two server processes share what one of them loaded, and what one writes the other sees.
asio::awaitable<line> shared_cache_line(const stage& on);
/// Requests that run are answered, others find nobody. The last line: it stops the server.
asio::awaitable<line> graceful_shutdown(const stage& on);

} // namespace catalog
