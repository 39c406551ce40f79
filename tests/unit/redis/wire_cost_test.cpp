// SPDX-License-Identifier: BSL-1.0
// What requests cost in the multiplexer, counted in allocations: never timed. A program of its own,
// because it replaces the allocation functions.
#include <coffer/redis/decode.hpp>

#include <redis/wire/multiplexer.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <cstring>
#include <deque>
#include <new>
#include <string>
#include <vector>

namespace {

// One thread; the tests count between two readings.
std::size_t allocations = 0;
std::size_t bytes_allocated = 0;

} // namespace

void* operator new(std::size_t size)
{
    ++allocations;
    bytes_allocated += size;
    if (void* made = std::malloc(size))
        return made;
    throw std::bad_alloc();
}
void operator delete(void* gone) noexcept
{
    std::free(gone);
}
void operator delete(void* gone, std::size_t) noexcept
{
    std::free(gone);
}

namespace {

using namespace std::chrono_literals;
using namespace coffer::redis;
using coffer::redis::detail::multiplexer;
using coffer::redis::detail::operation;
using coffer::redis::detail::verdict;
using coffer::redis::detail::wire_options;

/// A GET into a buffer that is used again.
class getter : public operation {
public:
    getter() : operation(&getter::done) { what = &asks; }

    void ask(multiplexer& wire, std::string_view key)
    {
        asks.clear().add("GET", key);
        deadline = coffer::clock::steady_time(1h) + 1s;
        REQUIRE(wire.submit(*this) == multiplexer::admission::admitted);
    }

    request asks;
    std::string value;
    int ended = 0;
    verdict last = verdict::closed;

private:
    static void done(operation* self, verdict how, const reply_view& reply)
    {
        auto& me = static_cast<getter&>(*self);
        ++me.ended;
        me.last = how;
        if (how == verdict::answered)
            REQUIRE(decode_into(reply, me.value).ok());
    }
};

constexpr coffer::clock::steady_time now(1h);

void write_all(multiplexer& wire)
{
    while (wire.wants_write()) {
        std::size_t size = 0;
        for (const auto bytes : wire.output(now))
            size += bytes.size();
        wire.written(size);
    }
}

void answer(multiplexer& wire, std::string_view bytes)
{
    while (!bytes.empty()) {
        const auto room = wire.prepare();
        const auto part = std::min(room.size(), bytes.size());
        std::memcpy(room.data(), bytes.data(), part);
        bytes.remove_prefix(part);
        auto state = wire.received(part, now);
        while (state == multiplexer::read_state::more)
            state = wire.resume();
        REQUIRE(state == multiplexer::read_state::drained);
    }
}

} // namespace

TEST_CASE("wire cost: a GET in steady state allocates nothing")
{
    multiplexer wire{wire_options()};
    wire.connected(now);
    wire.ready();
    std::deque<getter> all(64);
    const std::string key(100, 'k');
    std::string replies;
    for (std::size_t i = 0; i < all.size(); ++i)
        replies += "$64\r\n" + std::string(64, 'v') + "\r\n";
    const auto round = [&] {
        for (auto& each : all)
            each.ask(wire, key);
        write_all(wire);
        answer(wire, replies);
    };
    round();
    const auto before = allocations;
    for (int i = 0; i < 100; ++i)
        round();
    const auto made = allocations - before;
    CHECK(made == 0);
    CHECK(all.back().value == std::string(64, 'v'));
    CHECK(all.back().ended == 101);
    wire.close();
}

TEST_CASE("wire cost: replies that arrive in pieces and lists into a reused vector cost nothing")
{
    multiplexer wire{wire_options()};
    wire.connected(now);
    wire.ready();
    struct lister : operation {
        lister() : operation(&lister::done) { what = &asks; }
        static void done(operation* self, verdict, const reply_view& reply)
        {
            REQUIRE(decode_into(reply, static_cast<lister*>(self)->values).ok());
        }
        request asks{"MGET", "a", "b"};
        std::vector<std::optional<std::string>> values;
    } list;
    const std::string reply =
        "*2\r\n$40\r\n" + std::string(40, 'v') + "\r\n$30\r\n" + std::string(30, 'w') + "\r\n";
    const auto round = [&](std::size_t cut) {
        REQUIRE(wire.submit(list) == multiplexer::admission::admitted);
        write_all(wire);
        answer(wire, std::string_view(reply).substr(0, cut));
        answer(wire, std::string_view(reply).substr(cut));
    };
    round(10);
    const auto before = allocations;
    for (std::size_t cut = 1; cut < reply.size(); ++cut)
        round(cut);
    const auto made = allocations - before;
    CHECK(made == 0);
    CHECK(list.values.at(1) == std::string(30, 'w'));
    wire.close();
}

TEST_CASE("wire cost: cancelling 40,000 queued requests allocates nothing and leaves nothing")
{
    constexpr std::size_t count = 40'000;
    multiplexer wire{wire_options()};
    wire.connected(now);
    wire.ready();
    std::deque<getter> all(count);
    const auto before = allocations;
    for (auto& each : all)
        each.ask(wire, "key");
    CHECK(wire.queued() == count);
    // From the middle outwards: neither end of the queue is near.
    for (std::size_t i = 0; i < count; ++i)
        wire.cancel(all[(count / 2 + i * 7919) % count]);
    const auto made = allocations - before;
    CHECK(made == 0);
    std::size_t ended = 0;
    for (const auto& each : all)
        ended += each.ended == 1 && each.last == verdict::cancelled && !each.maybe_executed();
    CHECK(ended == count);
    CHECK(wire.queued() == 0);
    CHECK(wire.queued_bytes() == 0);
    CHECK_FALSE(wire.wants_write());
    CHECK(wire.next_wakeup() <= now + 2s); // the connection's own
    wire.close();
}

TEST_CASE("wire cost: cancelling written requests keeps one slot for each, and frees nothing twice")
{
    constexpr std::size_t count = 16'000;
    multiplexer wire{wire_options()};
    wire.connected(now);
    wire.ready();
    std::deque<getter> all(count);
    for (auto& each : all)
        each.ask(wire, "key");
    write_all(wire);
    const auto before = bytes_allocated;
    for (std::size_t i = 0; i < count; ++i)
        wire.cancel(all[(i * 7919) % count]);
    CHECK(bytes_allocated == before);
    CHECK(wire.in_flight() == count);
    std::string replies;
    for (std::size_t i = 0; i < count; ++i)
        replies += "$-1\r\n";
    answer(wire, replies);
    CHECK(wire.in_flight() == 0);
    CHECK(wire.stats().swallowed == count);
    wire.close();
}
