// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "support/coro_test.hpp"
#include "support/servers/redis_server.hpp"

#include <coffer/storage/redis_storage.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <vector>

namespace support {

using namespace std::chrono_literals;
using coffer::redis_storage;
using coffer::redis_storage_options;

/// One server for all cases of a program: each has a prefix of its own.
inline redis_server& shared_server()
{
    static redis_server server;
    return server;
}

inline int& prefixes_given()
{
    static int count = 0;
    return count;
}
inline std::string last_prefix()
{
    return "test" + std::to_string(prefixes_given());
}
inline std::string new_prefix()
{
    ++prefixes_given();
    return last_prefix();
}

/// A context with one thread, where clients live.
class client_thread {
public:
    client_thread() : guard_(asio::make_work_guard(io_)), thread_([this] { io_.run(); }) {}
    /// Lets what is closed come to its end.
    ~client_thread()
    {
        guard_.reset();
        std::promise<void> late;
        std::thread bound([this, over = late.get_future()] {
            if (over.wait_for(5s) != std::future_status::ready)
                io_.stop();
        });
        thread_.join();
        late.set_value();
        bound.join();
    }
    client_thread(const client_thread&) = delete;
    client_thread& operator=(const client_thread&) = delete;

    asio::io_context::executor_type executor() { return io_.get_executor(); }

    /// Runs a coroutine there to its end, and no longer than a minute.
    template <class T>
    T run(asio::awaitable<T> work)
    {
        std::future<T> result = asio::co_spawn(io_, std::move(work), asio::use_future);
        REQUIRE_MESSAGE(result.wait_for(60s) == std::future_status::ready, "it hangs");
        return result.get();
    }

private:
    asio::io_context io_;
    asio::executor_work_guard<asio::io_context::executor_type> guard_;
    std::thread thread_;
};

/// A storage on the shared server, with a client of its own.
inline redis_storage storage_at(client_thread& on, redis_storage_options how,
                                const redis_server& server = shared_server())
{
    return redis_storage(on.executor(), coffer::redis::config(server.url()), how);
}

inline coffer::storage_key key_of(std::string id, std::string space = "space")
{
    return coffer::storage_key(std::move(space), "group", std::move(id));
}

inline asio::awaitable<coffer::fill_state> put(coffer::storage_ptr to, std::string id,
                                               std::string text, std::vector<std::string> tags)
{
    coffer::entry value(std::move(text));
    value.tags = std::move(tags);
    return to->put(key_of(std::move(id)), std::move(value));
}
inline asio::awaitable<coffer::fill_state> put(coffer::storage_ptr to, std::string id,
                                               std::string text)
{
    return put(std::move(to), std::move(id), std::move(text), std::vector<std::string>());
}

inline asio::awaitable<std::optional<std::string>> read(coffer::storage_ptr from, std::string id)
{
    auto found = co_await from->get(key_of(std::move(id)));
    if (!found)
        co_return std::nullopt;
    co_return std::move(found->payload);
}

} // namespace support
