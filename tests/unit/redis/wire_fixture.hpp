// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/decode.hpp>
#include <coffer/redis/value.hpp>

#include <redis/wire/multiplexer.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wire_test {

using namespace std::chrono_literals;
namespace redis = coffer::redis;
using redis::request;
using redis::detail::multiplexer;
using redis::detail::operation;
using redis::detail::verdict;
using redis::detail::wire_options;
using admission = multiplexer::admission;
using read_state = multiplexer::read_state;
using health = multiplexer::health;
using time = coffer::clock::steady_time;

/// Somebody who waits for a request, and remembers what he was told.
class caller : public operation {
public:
    template <class... Arguments>
    explicit caller(std::string_view command, const Arguments&... arguments)
        : operation(&caller::told), asks(command, arguments...)
    {
        what = &asks;
    }
    explicit caller(request all) : operation(&caller::told), asks(std::move(all)) { what = &asks; }
    ~caller() { CHECK_FALSE(pending()); }

    /// The verdict, once there is one.
    std::optional<verdict> end;
    std::vector<redis::value> got;
    /// Called at the end, or with each reply.
    std::function<void(caller&)> then;
    request asks;

    bool is(verdict how) const { return end == how; }
    std::string text() const { return got.empty() ? "" : got.back().as<std::string>(); }

private:
    static void told(operation* self, verdict how, const redis::reply_view& reply)
    {
        auto& me = static_cast<caller&>(*self);
        REQUIRE(!me.end);
        if (how == verdict::reply || how == verdict::answered) {
            me.got.push_back(redis::decode<redis::value>(reply));
            CHECK(me.replies() <= me.asks.commands());
        }
        if (how != verdict::reply)
            me.end = how;
        if (me.then)
            me.then(me);
    }
};

/// A multiplexer between a test that is the server and callers.
class wire_fixture {
public:
    explicit wire_fixture(const wire_options& options = {},
                          redis::detail::retry_budget* budget = nullptr)
        : wire(options, {&wire_fixture::heard, this}, budget)
    {}
    ~wire_fixture() { wire.close(); }

    void up()
    {
        wire.connected(now);
        wire.ready();
    }
    void down() { wire.connection_lost(); }

    void submit(caller& who) { REQUIRE(wire.submit(who) == admission::admitted); }

    /// Takes what is to be written, up to so many bytes.
    std::string sent(std::size_t most = std::numeric_limits<std::size_t>::max())
    {
        std::string all;
        while (wire.wants_write() && all.size() < most) {
            std::string batch;
            for (const auto bytes : wire.output(now))
                batch += bytes;
            if (batch.empty())
                break;
            batch.resize(std::min(batch.size(), most - all.size()));
            wire.written(batch.size());
            all += batch;
        }
        return all;
    }

    /// Gives it these bytes to read, as fast as it takes them.
    read_state answer(std::string_view bytes)
    {
        auto state = read_state::drained;
        while (!bytes.empty()) {
            const auto room = wire.prepare();
            const auto part = std::min(room.size(), bytes.size());
            std::memcpy(room.data(), bytes.data(), part);
            bytes.remove_prefix(part);
            state = wire.received(part, now);
            while (state == read_state::more)
                state = wire.resume();
            if (state == read_state::broken)
                break;
        }
        return state;
    }

    void advance(std::chrono::milliseconds by) { now += by; }
    health tick() { return wire.tick(now); }

    time now{1h};
    std::vector<redis::value> pushes;
    multiplexer wire;

private:
    static void heard(void* self, const redis::reply_view& push)
    {
        static_cast<wire_fixture*>(self)->pushes.push_back(redis::decode<redis::value>(push));
    }
};

inline std::string bytes_of(const request& what)
{
    std::string all;
    what.pieces([&](std::string_view bytes) { all += bytes; });
    return all;
}

} // namespace wire_test
