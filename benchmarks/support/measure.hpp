// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "allocations.hpp"

#include <benchmark/benchmark.h>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <string>
#include <utility>

namespace bench {

namespace asio = boost::asio;

/// Runs a coroutine that contains the measured loop to its end, on one thread.
template <class Body>
void in_coroutine(Body body)
{
    asio::io_context io(1);
    asio::co_spawn(io, std::move(body), asio::detached);
    io.run();
}

/// Counts the allocations between its construction and `report`, for each iteration.
class allocation_meter {
public:
    void report(benchmark::State& state) const
    {
        state.counters["allocations"] = benchmark::Counter(
            static_cast<double>(allocations() - before_), benchmark::Counter::kAvgIterations);
    }

private:
    std::uint64_t before_ = allocations();
};

/// Declares a row of the report. The measure is a benchmark's name; so is what it is against, which
/// may be empty. `unit` says of what the benchmark's CPU time (or, if `counter` is given, that
/// counter) is.
class row {
public:
    row(std::string measure, std::string unit, std::string against, std::string counter = {});
};

} // namespace bench
