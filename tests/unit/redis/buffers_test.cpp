// SPDX-License-Identifier: BSL-1.0
#include <redis/wire/flight_ring.hpp>
#include <redis/wire/input_buffer.hpp>
#include <redis/wire/output_buffer.hpp>

#include <doctest/doctest.h>

#include <cstring>
#include <random>
#include <string>

namespace {

using coffer::redis::detail::flight_ring;
using coffer::redis::detail::input_buffer;
using coffer::redis::detail::output_buffer;

void put(input_buffer& buffer, std::string_view bytes, std::size_t free = 16)
{
    while (!bytes.empty()) {
        const auto room = buffer.prepare(free, 0);
        REQUIRE(room.size() >= free);
        const auto part = std::min(room.size(), bytes.size());
        std::memcpy(room.data(), bytes.data(), part);
        buffer.commit(part);
        bytes.remove_prefix(part);
    }
}

std::string all_of(const output_buffer& buffer)
{
    std::string all;
    for (const auto part : buffer.views())
        all += part;
    return all;
}

} // namespace

TEST_CASE("input buffer: what is read stays in one piece and in order")
{
    constexpr std::uint64_t seed = 3;
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    input_buffer buffer(256);
    std::string expected;
    char next = 0;
    for (int i = 0; i < 5000; ++i) {
        std::string bytes(random() % (i % 100 == 0 ? 3000 : 60), '\0');
        for (char& c : bytes)
            c = ++next;
        put(buffer, bytes, 1 + random() % 40);
        expected += bytes;
        REQUIRE(buffer.unread() == expected);
        const auto consumed =
            random() % 3 == 0 ? expected.size() : random() % (expected.size() + 1);
        buffer.consume(consumed);
        expected.erase(0, consumed);
    }
}

TEST_CASE("input buffer: memory follows what arrives, not what is announced")
{
    input_buffer buffer(1024);
    put(buffer, "$500000000\r\n");
    buffer.prepare(16, 500'000'000);
    CHECK(buffer.capacity() == 1024);
    put(buffer, std::string(10'000, 'x'));
    CHECK(buffer.capacity() < 40'000);
}

TEST_CASE("input buffer: a moderate announcement gets its room at once")
{
    input_buffer buffer(1024);
    put(buffer, "$100000\r\n");
    CHECK(buffer.prepare(16, 100'011).size() >= 100'000);
}

TEST_CASE("input buffer: what one large reply needed is given back after a while")
{
    input_buffer buffer(1024);
    put(buffer, std::string(100'000, 'x'));
    CHECK(buffer.capacity() >= 100'000);
    buffer.consume(100'000);
    put(buffer, "ab");
    CHECK(buffer.capacity() >= 100'000); // not at once: the next may be as large
    for (int i = 0; i < 100; ++i)
        buffer.prepare(16, 0);
    CHECK(buffer.capacity() == 1024);
    CHECK(buffer.unread() == "ab");
}

TEST_CASE("output buffer: parts from elsewhere keep their place")
{
    const std::string large(100, 'L');
    const std::string larger(200, 'M');
    output_buffer buffer(50);
    for (const std::string_view part : {"ab", large.c_str(), larger.c_str(), "cd"})
        buffer.append(part);
    CHECK(buffer.size() == 304);
    buffer.seal();
    CHECK(buffer.views().size() == 4);
    CHECK(buffer.views()[1].data() == large.data());
    CHECK(all_of(buffer) == "ab" + large + larger + "cd");
}

TEST_CASE("output buffer: written in any steps, what is left is the rest")
{
    const std::string large(60, 'L');
    for (std::size_t step = 1; step < 70; ++step) {
        CAPTURE(step);
        output_buffer buffer(50);
        for (const std::string_view part : {"abc", large.c_str(), "def", large.c_str()})
            buffer.append(part);
        buffer.seal();
        std::string left = all_of(buffer);
        while (!left.empty()) {
            const auto count = std::min(step, left.size());
            buffer.written(count);
            left.erase(0, count);
            REQUIRE(all_of(buffer) == left);
            REQUIRE(buffer.empty() == left.empty());
        }
        buffer.clear();
        CHECK(buffer.size() == 0);
    }
}

TEST_CASE("output buffer: made its own, it needs nothing of others any more")
{
    for (const std::size_t before : {0, 3, 40, 103, 150}) {
        CAPTURE(before);
        std::string large(100, 'L');
        std::string other(100, 'M');
        output_buffer buffer(50);
        for (const std::string_view part : {"abc", large.c_str(), "def", other.c_str()})
            buffer.append(part);
        buffer.seal();
        buffer.written(before);
        const std::string left = all_of(buffer);
        buffer.own();
        std::fill(large.begin(), large.end(), '?');
        std::fill(other.begin(), other.end(), '?');
        CHECK(all_of(buffer) == left);
        buffer.own();
        CHECK(all_of(buffer) == left);
    }
}

TEST_CASE("flight ring: slots keep their numbers while it grows and turns")
{
    flight_ring ring;
    std::uint64_t first = 0;
    std::uint64_t next = 0;
    std::mt19937_64 random(9);
    for (int i = 0; i < 20'000; ++i) {
        if (random() % 100 < 52) {
            CHECK(ring.push_back({nullptr, next, 1, false, false, false}) == next);
            ++next;
        } else if (!ring.empty()) {
            REQUIRE(ring.front().end == first++);
            ring.pop_front();
        }
        REQUIRE(ring.size() == next - first);
        if (!ring.empty()) {
            const auto some = first + random() % ring.size();
            REQUIRE(ring.at(some).end == some);
        }
    }
    CHECK(ring.size() > 64);
}
