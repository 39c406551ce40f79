// SPDX-License-Identifier: BSL-1.0
// Another process with the same cached function: peer URL PREFIX get|invalidate|clear KEY, or
// peer URL PREFIX hold KEY MILLISECONDS, which loads until the list `go` has something in it, or
// its deadline comes.
#include <coffer/cached.hpp>
#include <coffer/storage/redis_storage.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdio>
#include <exception>
#include <optional>
#include <string>

namespace asio = boost::asio;

namespace {

asio::awaitable<std::string> load(int key)
{
    co_return std::to_string(key) + "=peer";
}

asio::awaitable<std::string> load_when_told(coffer::redis::client db, int key)
{
    using popped = std::optional<std::pair<std::string, std::string>>;
    auto waiting = db.exec<popped>("BLPOP", "go", 0);
    co_await std::move(waiting);
    co_return std::to_string(key) + "=peer";
}

asio::awaitable<void> work(std::string url, std::string prefix, std::string verb, std::string key,
                           std::chrono::milliseconds deadline)
{
    auto here = co_await asio::this_coro::executor;
    const coffer::redis::config server(url);
    const coffer::redis_storage store(here, server, coffer::redis_storage_options().prefix(prefix));
    const coffer::redis::client db(here, server);
    const bool holds = verb == "hold";
    auto load_it = [db, holds](int id) { return holds ? load_when_told(db, id) : load(id); };
    const auto how =
        coffer::options().storage(store).allow_concurrent(false).load_deadline(deadline);
    const auto f = coffer::cached("shared", load_it, how);
    std::string said = "done";
    if (verb == "get" || holds)
        said = co_await f(std::stoi(key));
    else if (verb == "invalidate")
        co_await f.invalidate(std::stoi(key));
    else
        co_await f.clear();
    std::puts(said.c_str());
    co_await f.close();
    co_await store->close();
    co_await db.close();
}

} // namespace

int main(int count, char** words)
{
    if (count < 5)
        return 2;
    const std::chrono::milliseconds deadline(count > 5 ? std::stol(words[5]) : 30'000);
    int status = 1;
    asio::io_context io;
    asio::co_spawn(io, work(words[1], words[2], words[3], words[4], deadline),
                   [&](std::exception_ptr failed) { status = failed ? 1 : 0; });
    io.run();
    return status;
}
