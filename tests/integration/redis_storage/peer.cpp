// SPDX-License-Identifier: BSL-1.0
// Another process with the same cached function: peer URL PREFIX get|invalidate|clear KEY
#include <coffer/cached.hpp>
#include <coffer/storage/redis_storage.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdio>
#include <exception>
#include <string>

namespace asio = boost::asio;

namespace {

asio::awaitable<std::string> load(int key)
{
    co_return std::to_string(key) + "=peer";
}

asio::awaitable<void> work(std::string url, std::string prefix, std::string verb, std::string key)
{
    auto here = co_await asio::this_coro::executor;
    const coffer::redis::config server(url);
    const coffer::redis_storage store(here, server, coffer::redis_storage_options().prefix(prefix));
    const auto how = coffer::options().storage(store).allow_concurrent(false);
    const auto f = coffer::cached("shared", load, how);
    std::string said = "done";
    if (verb == "get")
        said = co_await f(std::stoi(key));
    else if (verb == "invalidate")
        co_await f.invalidate(std::stoi(key));
    else
        co_await f.clear();
    std::puts(said.c_str());
    co_await f.close();
    co_await store->close();
}

} // namespace

int main(int count, char** words)
{
    if (count != 5)
        return 2;
    int status = 1;
    asio::io_context io;
    asio::co_spawn(io, work(words[1], words[2], words[3], words[4]),
                   [&](std::exception_ptr failed) { status = failed ? 1 : 0; });
    io.run();
    return status;
}
