// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "support/coro_test.hpp"
#include "support/servers/fault_proxy.hpp"
#include "support/servers/redis_server.hpp"

#include <coffer/core/errc.hpp>
#include <coffer/net/timer.hpp>
#include <coffer/redis/client.hpp>
#include <coffer/redis/protocol_fault.hpp>
#include <coffer/redis/session.hpp>

#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace redis_test {

namespace asio = boost::asio;
namespace redis = coffer::redis;
using boost::system::error_code;
using coffer::errc;
using namespace std::chrono_literals;
using strings = std::vector<std::string>;

/// One thread's loop. Nothing that a test waits for takes as long as `patience`.
class loop {
public:
    static constexpr auto patience = 30s;

    template <class T>
    T run(asio::awaitable<T> work)
    {
        const auto one = support::start(io, std::move(work));
        run_until([&] { return one.done(); });
        return one.get();
    }

    /// Runs until `over()`.
    template <class Condition>
    void run_until(Condition over)
    {
        const auto end = std::chrono::steady_clock::now() + patience;
        io.restart();
        while (!over() && std::chrono::steady_clock::now() < end)
            if (io.run_one_for(1s) == 0)
                io.restart();
        REQUIRE_MESSAGE(over(), "this takes too long");
    }

    asio::io_context io{1};
};

/// A loop, and a client on it that is closed at the end.
class connected : public loop {
public:
    explicit connected(const redis::config& from) : db(io.get_executor(), patient(from)) {}
    ~connected()
    {
        try {
            run(db.close());
        } catch (const std::exception& failure) {
            FAIL_CHECK(failure.what());
        }
    }

    template <class T = redis::value, class... Arguments>
    T exec(std::string_view command, const Arguments&... arguments)
    {
        return run(db.exec<T>(command, arguments...));
    }
    /// What a call fails with; fails the test if it does not.
    template <class T>
    redis::error failure_of(asio::awaitable<T> work)
    {
        try {
            run(std::move(work));
        } catch (const redis::error& known) {
            return known;
        }
        FAIL("it does not fail");
        return redis::error(error_code());
    }
    redis::client_stats stats() { return run(db.stats()); }

    redis::client db;

private:
    /// Unless a test names a deadline, a busy machine does not fail it.
    static redis::config patient(redis::config from)
    {
        if (from.values().deadline == redis::settings().deadline)
            from.deadline(20s);
        return from;
    }
};

inline asio::awaitable<void> sleep_for(std::chrono::milliseconds time)
{
    const auto moment = std::chrono::steady_clock::now() + time;
    co_await coffer::sleep_until(coffer::clock(), moment);
}

/// The one Redis that most cases share. Each begins with nothing in it.
inline support::redis_server& server()
{
    static support::redis_server one({"--enable-debug-command", "yes"});
    return one;
}

class shared_server : public connected {
public:
    explicit shared_server(const std::string& rest = {}) : connected(server().url(rest))
    {
        exec<redis::ok>("FLUSHALL");
    }
};

inline bool contains(std::string_view text, std::string_view part)
{
    return text.find(part) != text.npos;
}

using inbox = std::shared_ptr<redis::subscription>;

inline inbox subscribe(connected& on, redis::channels to)
{
    auto work = [](redis::client db, redis::channels wanted) -> asio::awaitable<inbox> {
        auto made = co_await db.subscribe(std::move(wanted));
        co_return std::make_shared<redis::subscription>(std::move(made));
    };
    return on.run(work(on.db, std::move(to)));
}

} // namespace redis_test
