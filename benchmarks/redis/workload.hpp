// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/client.hpp>

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace bench_redis {

namespace asio = boost::asio;
namespace redis = coffer::redis;

inline constexpr std::size_t keys = 1'000;
inline constexpr std::size_t value_size = 64;

/// What a run took, for each of its requests.
struct cost {
    double rps = 0;
    double cpu_seconds_per_million = 0;
    double allocations = 0;
};

double now_seconds();
double cpu_seconds();
std::string key(std::size_t number);

enum class kind : std::uint8_t { get, get_new_string, set, get_large, mget };

/// So many requests of one kind by so many coroutines, after a warm-up, all on one connection.
cost run_here(const std::string& url, kind what, std::size_t requests, std::size_t coroutines);
/// GETs by coroutines of another thread than the client's.
cost run_across_threads(const std::string& url, std::size_t requests, std::size_t coroutines);
/// The median of sequential GETs, in microseconds.
double median_latency(const std::string& url, std::size_t requests);
/// What cancelling so many calls that wait for a connection takes, in milliseconds.
struct cancel_cost {
    double stalled; ///< the loop, by the cancelling itself
    double ended;   ///< until all coroutines have ended, each by an exception through its frames
};
cancel_cost cancel_queued(std::size_t count);

/// hiredis with libevent, if it was there at build time; else all zero.
cost run_hiredis(unsigned short port, std::size_t requests, std::size_t at_once);

} // namespace bench_redis
