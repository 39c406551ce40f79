// SPDX-License-Identifier: BSL-1.0
#include <coffer/cached.hpp>

#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {
int loads = 0;
asio::awaitable<std::string> load(std::int64_t id)
{
    ++loads;
    co_return std::to_string(id);
}
} // namespace

TEST_CASE("cached: a call loads once and then hits")
{
    asio::io_context io;
    auto f = coffer::cached("x", load, coffer::options().ttl(5min).allow_concurrent(false));
    std::string got;
    auto body = [&]() -> asio::awaitable<void> {
        got = co_await f(42);
        got += co_await f(42);
        auto a = co_await f.get(43);
        got += a.value();
    };
    asio::co_spawn(io, body, asio::detached);
    io.run();
    CHECK(got == "424243");
    CHECK(loads == 2);
    CHECK(f.stats().hits == 1);
}
