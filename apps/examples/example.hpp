// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <utility>

/// What the examples share: they check what they show.
inline void expect(bool holds, const char* what)
{
    std::printf("%s  %s\n", holds ? "ok  " : "FAIL", what);
    if (!holds)
        std::exit(1);
}

/// Runs a coroutine to its end; what it throws ends the program.
inline void run(boost::asio::awaitable<void> work)
{
    boost::asio::io_context io;
    boost::asio::co_spawn(io, std::move(work), [](std::exception_ptr failed) {
        if (failed)
            std::rethrow_exception(failed);
    });
    io.run();
}
