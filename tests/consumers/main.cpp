// SPDX-License-Identifier: BSL-1.0
// A user's program: it sees only what `meson install` puts in place.
#include <coffer/cached.hpp>
#include <coffer/config.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdio>
#include <exception>

namespace asio = boost::asio;

namespace {

int loads = 0;

asio::awaitable<int> square(int number)
{
    ++loads;
    co_return number* number;
}

asio::awaitable<void> ask_twice(int& sum)
{
    auto squares = coffer::cached("square", square, coffer::options());
    const int first = co_await squares(7);
    const int second = co_await squares(7);
    sum = first + second;
}

} // namespace

int main()
{
    int sum = 0;
    std::exception_ptr failure;
    asio::io_context io;
    asio::co_spawn(io, ask_twice(sum), [&](std::exception_ptr error) { failure = error; });
    io.run();
    std::printf("coffer %s: 2 calls, %d load\n", COFFER_VERSION_STRING, loads);
    return !failure && sum == 98 && loads == 1 ? 0 : 1;
}
