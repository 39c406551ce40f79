// SPDX-License-Identifier: BSL-1.0
// Another process with the same cached function: peer URL PREFIX VERB KEY
//
// get|invalidate|put|tag|clear do that once. `await` asks, with a coherent near tier, until the
// value is no longer the first one, and prints that and that it was served from near.
// `hold KEY MILLISECONDS` loads until the list `go` has something in it, or its deadline comes.
#include <coffer/cached.hpp>
#include <coffer/storage/redis_storage.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <utility>

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

asio::awaitable<std::string> load(int key)
{
    co_return std::to_string(key) + "=peer";
}

using cached = coffer::cached_function<std::string(int)>;

asio::awaitable<std::string> await_change(cached f, int key)
{
    const std::string first = co_await f(key);
    std::string now = first;
    bool told = false;
    const auto end = std::chrono::steady_clock::now() + 15s;
    while (now == first && std::chrono::steady_clock::now() < end) {
        now = co_await f(key);
        if (!std::exchange(told, told || f.stats().hits > 0) && told) {
            std::puts("near");
            std::fflush(stdout);
        }
        asio::steady_timer timer(co_await asio::this_coro::executor, 200us);
        co_await timer.async_wait(asio::use_awaitable);
    }
    co_return now;
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
    auto how = coffer::options().storage(store).allow_concurrent(false).load_deadline(deadline);
    how.tag("all");
    if (verb == "await")
        how.near(coffer::coherent);
    const auto f = coffer::cached("shared", load_it, how);
    std::string said = "done";
    if (verb == "get" || holds)
        said = co_await f(std::stoi(key));
    else if (verb == "await")
        said = co_await await_change(f, std::stoi(key));
    else if (verb == "invalidate")
        co_await f.invalidate(std::stoi(key));
    else if (verb == "put")
        co_await f.put(std::stoi(key), key + "=put");
    else if (verb == "tag")
        co_await f.invalidate_tag("all");
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
