// SPDX-License-Identifier: BSL-1.0
#include <coffer/redis/request.hpp>

#include <doctest/doctest.h>

#include <array>
#include <limits>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>

namespace {

namespace redis = coffer::redis;
using redis::borrowed;
using redis::request;
using names = std::vector<std::string_view>;

std::string wire(const request& what)
{
    std::string all;
    what.pieces([&](std::string_view bytes) { all += bytes; });
    return all;
}

} // namespace

TEST_CASE("request: a command is an array of its arguments")
{
    const request what("SET", "key", std::string("value"));
    CHECK(wire(what) == "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n");
    CHECK(what.size() == wire(what).size());
    CHECK(what.commands() == 1);
    CHECK(what.name() == "SET");
    CHECK(what.is_contiguous());
}

TEST_CASE("request: numbers are sent as text that reads back the same")
{
    using limits = std::numeric_limits<std::int64_t>;
    const request what("X", limits::min(), std::numeric_limits<std::uint64_t>::max(),
                       std::uint8_t(7), -1, 0.1, 1e300, 3.0, 2.5f);
    CHECK(what.arguments() == names{"X", "-9223372036854775808", "18446744073709551615", "7", "-1",
                                    "0.1", "1e+300", "3", "2.5"});
}

TEST_CASE("request: text may hold anything, also nothing")
{
    const std::string odd("\r\n$3\0", 6);
    const request what("SET", "", odd);
    CHECK(what.arguments() == names{"SET", "", odd});
    CHECK(wire(what) == "*3\r\n$3\r\nSET\r\n$0\r\n\r\n$6\r\n" + odd + "\r\n");
}

TEST_CASE("request: bytes are an argument")
{
    const std::array<std::byte, 2> bytes{std::byte(0), std::byte(255)};
    CHECK(request("X", bytes).arguments() == names{"X", std::string_view("\0\xff", 2)});
}

TEST_CASE("request: ranges, pairs and optionals are as many arguments as they hold")
{
    const std::vector<std::string> list{"a", "b"};
    const std::map<std::string, int> map{{"f", 1}, {"g", 2}};
    const std::optional<std::string> some = "here";
    const std::optional<int> none;
    const request what("X", list, map, some, none, std::vector<int>());
    CHECK(what.arguments() == names{"X", "a", "b", "f", "1", "g", "2", "here"});
    CHECK(wire(what).starts_with("*8\r\n"));
}

TEST_CASE("request: a pipeline is one command after the other")
{
    request what;
    CHECK(what.empty());
    what.add("GET", "a").add("GET", "b");
    CHECK(what.commands() == 2);
    CHECK(wire(what) == wire(request("GET", "a")) + wire(request("GET", "b")));
    CHECK(what.arguments(1) == names{"GET", "b"});
    CHECK(what.arguments(2).empty());
}

TEST_CASE("request: long lengths and many arguments are written out")
{
    const std::string value(123'456, 'v');
    const std::vector<int> many(1000, 1);
    const request what("X", value, many);
    CHECK(wire(what).starts_with("*1002\r\n$1\r\nX\r\n$123456\r\nvvv"));
    CHECK(what.arguments().size() == 1002);
    CHECK(what.arguments()[1] == value);
}

TEST_CASE("request: borrowed bytes are sent from where they are")
{
    const std::string value(100, 'v');
    request what("SET", "k", borrowed{value}, "PX", 10);
    what.add("GET", "k");
    CHECK_FALSE(what.is_contiguous());
    CHECK(wire(what) == wire(request("SET", "k", value, "PX", 10).add("GET", "k")));
    CHECK(what.size() == wire(what).size());
    bool there = false;
    what.pieces([&](std::string_view bytes) { there |= bytes.data() == value.data(); });
    CHECK(there);
    CHECK(what.arguments() == names{"SET", "k", value, "PX", "10"});
    CHECK(what.arguments(1) == names{"GET", "k"});
}

TEST_CASE("request: borrowed bytes at the end, in a row, and empty ones")
{
    const std::string a = "aa";
    const std::string b = "bbb";
    const request what("X", borrowed{a}, borrowed{std::string_view()}, borrowed{b});
    CHECK(wire(what) == wire(request("X", a, "", b)));
    CHECK(what.arguments() == names{"X", "aa", "", "bbb"});
}

TEST_CASE("request: copies and moves are independent, small or large")
{
    for (const std::size_t size : {10, 5000}) {
        CAPTURE(size);
        const std::string value(size, 'v');
        request first("SET", "k", value);
        const std::string bytes = wire(first);
        request copy = first;
        request moved = std::move(first);
        CHECK(wire(copy) == bytes);
        CHECK(wire(moved) == bytes);
        copy.add("GET", "k");
        CHECK(wire(moved) == bytes);
        moved = copy;
        CHECK(wire(moved) == wire(copy));
        copy = request("PING");
        CHECK(wire(copy) == "*1\r\n$4\r\nPING\r\n");
        moved.clear().add("PING");
        CHECK(wire(moved) == wire(copy));
        CHECK(moved.commands() == 1);
    }
}

TEST_CASE("request: a transaction is bracketed, and takes no half")
{
    request what;
    what.multi().add("SET", "k", 1).add("GET", "k");
    CHECK(what.is_open());
    CHECK_THROWS_AS(what.multi(), std::logic_error);
    what.exec();
    CHECK(what.is_transaction());
    CHECK_FALSE(what.is_open());
    CHECK(what.commands() == 4);
    CHECK(what.arguments(0) == names{"MULTI"});
    CHECK(what.arguments(3) == names{"EXEC"});
    CHECK_THROWS_AS(what.exec(), std::logic_error);
}

TEST_CASE("request: flags are those of its commands, together")
{
    CHECK(request("GET", "a").flags() == redis::read_only);
    CHECK(request("get", "a").flags() == redis::read_only);
    CHECK(request("GET", "a").add("HGETALL", "b").flags() == redis::read_only);
    CHECK_FALSE(request("GET", "a").add("SET", "b", 1).flags().has(redis::read_only));
    CHECK_FALSE(request("SET", "a", 1).add("GET", "b").flags().has(redis::read_only));
    CHECK(request("PING").flags().has(redis::idempotent | redis::keyless));
    CHECK_FALSE(request("PING").add("GET", "a").flags().has(redis::keyless));
    CHECK(request("GET", "a").add("BLPOP", "b", 1).flags().has(redis::blocking));
    CHECK(request("BLPOP", "b", 1).add("GET", "a").flags().has(redis::blocking));
    CHECK(request("AUTH", "x").flags().has(redis::secret | redis::connection_state));
    CHECK(request("FT.SEARCH", "i", "q").flags() == redis::unknown);
}

TEST_CASE("request: a transaction of reads is a read, bracket and all")
{
    request reads;
    reads.multi().add("GET", "a").add("TTL", "a").exec();
    CHECK(reads.flags() == redis::read_only);
    request writes;
    writes.multi().add("GET", "a").add("INCR", "a").exec();
    CHECK_FALSE(writes.flags().has_any(redis::read_only | redis::idempotent));
    CHECK(request("MULTI").flags().has(redis::connection_state));
}

TEST_CASE("request: flags are overridden by whoever knows better")
{
    request what("SET", "k", 1);
    what.mark(redis::idempotent);
    CHECK(what.flags().has(redis::idempotent));
    what.unmark(redis::idempotent);
    CHECK_FALSE(what.flags().has(redis::idempotent));
    what.clear().add("GET", "k");
    CHECK(what.flags() == redis::read_only);
}

TEST_CASE("request: a subscribing command has one channel")
{
    CHECK_NOTHROW(request("SUBSCRIBE", "a").add("SUBSCRIBE", "b"));
    CHECK_THROWS_AS(request("SUBSCRIBE", "a", "b"), std::invalid_argument);
    CHECK_THROWS_AS(request("UNSUBSCRIBE"), std::invalid_argument);
}

TEST_CASE("request: keys are found where the table places them")
{
    CHECK(request("GET", "a").keys() == names{"a"});
    CHECK(request("MGET", "a", "b", "c").keys() == names{"a", "b", "c"});
    CHECK(request("MSET", "a", 1, "b", 2).keys() == names{"a", "b"});
    CHECK(request("BLPOP", "a", "b", 5).keys() == names{"a", "b"});
    CHECK(request("EVAL", "return 1", 2, "a", "b", "arg").keys() == names{"a", "b"});
    CHECK(request("EVAL", "return 1", 0, "arg").keys().empty());
    CHECK(request("EVAL", "return 1", 9, "a").keys() == names{"a"});
    CHECK(request("ZUNIONSTORE", "d", 2, "a", "b", "WEIGHTS", 1, 2).keys() == names{"d", "a", "b"});
    CHECK(request("ZUNION", 2, "a", "b", "WITHSCORES").keys() == names{"a", "b"});
    CHECK(request("XREAD", "COUNT", 2, "streams", "a", "b", 0, 0).keys() == names{"a", "b"});
    CHECK(request("XGROUP", "CREATE", "s", "g", "$").keys() == names{"s"});
    CHECK(request("OBJECT", "ENCODING", "k").keys() == names{"k"});
    CHECK(request("MEMORY", "STATS").keys().empty());
    CHECK(request("PING").keys().empty());
    CHECK(request("BITOP", "AND", "d", "a", "b").keys() == names{"d", "a", "b"});
    CHECK(request("FT.SEARCH", "i", "q").keys() == names{"i"});
    CHECK(request("GET", "a").add("GET", "b").keys(1) == names{"b"});
}
