// SPDX-License-Identifier: BSL-1.0
#include "fuzz/resp_harness.hpp"

#include "resp_paths.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

namespace {

namespace files = std::filesystem;
namespace redis = coffer::redis;
using redis::protocol_fault;
using redis::reply_kind;
using redis::detail::reply_scanner;
using state = reply_scanner::state;

std::map<std::string, std::string> corpus()
{
    std::map<std::string, std::string> all;
    for (const auto& file : files::directory_iterator(COFFER_RESP_CORPUS)) {
        std::ifstream in(file.path(), std::ios::binary);
        all[file.path().filename().string()] = {std::istreambuf_iterator<char>(in), {}};
    }
    REQUIRE(all.size() >= 100);
    return all;
}

protocol_fault fault_of(std::string_view bytes, redis::reply_limits limits = fuzz::small_limits())
{
    reply_scanner scanner(limits);
    REQUIRE(scanner.scan(bytes) == state::broken);
    return scanner.fault();
}

state state_of(std::string_view bytes)
{
    return reply_scanner(fuzz::small_limits()).scan(bytes);
}

std::string repeat(std::string_view text, int times)
{
    std::string all;
    while (times-- > 0)
        all += text;
    return all;
}

} // namespace

TEST_CASE("resp: the fuzzer's corpus holds what must hold for any bytes")
{
    for (const auto& [name, bytes] : corpus()) {
        CAPTURE(name);
        fuzz::resp(bytes);
    }
}

TEST_CASE("resp: wherever a reply is cut in two, the scan ends in the same way")
{
    for (const auto& [name, bytes] : corpus()) {
        CAPTURE(name);
        reply_scanner whole(fuzz::small_limits());
        const auto expected = whole.scan(bytes);
        for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
            CAPTURE(cut);
            reply_scanner scanner(fuzz::small_limits());
            auto how = scanner.scan(std::string_view(bytes).substr(0, cut));
            if (how == state::incomplete)
                how = scanner.scan(bytes);
            REQUIRE(how == expected);
            if (how == state::complete) {
                CHECK(scanner.size() == whole.size());
                CHECK(scanner.view().kind() == whole.view().kind());
                CHECK(scanner.view().text() == whole.view().text());
                CHECK(scanner.view().size() == whole.view().size());
                CHECK(scanner.view().body() == whole.view().body());
            }
            if (how == state::broken)
                CHECK(scanner.fault() == whole.fault());
        }
    }
}

TEST_CASE("resp: a reply is not complete before its last byte")
{
    for (const auto& [name, bytes] : corpus()) {
        CAPTURE(name);
        reply_scanner scanner(fuzz::small_limits());
        if (scanner.scan(bytes) != state::complete)
            continue;
        const std::size_t size = scanner.size();
        for (std::size_t cut = 0; cut < size; ++cut)
            REQUIRE(state_of(std::string_view(bytes).substr(0, cut)) == state::incomplete);
    }
}

TEST_CASE("resp: random replies are read as the plainest parser reads them")
{
    constexpr std::uint64_t seed = 11;
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const auto all = corpus();
    std::vector<std::string> parts;
    for (const auto& [name, bytes] : all) {
        if (bytes.size() < 200)
            parts.push_back(bytes);
    }
    const std::string_view opens[] = {"*2\r\n", "~1\r\n", "%1\r\n", "|1\r\n", "*3\r\n", ">2\r\n"};
    for (int i = 0; i < 20'000; ++i) {
        std::string bytes;
        for (auto left = random() % 4; left > 0; --left)
            bytes += opens[random() % std::size(opens)];
        for (auto left = random() % 5; left > 0; --left)
            bytes += parts[random() % parts.size()];
        if (random() % 4 == 0 && !bytes.empty())
            bytes[random() % bytes.size()] = static_cast<char>(random());
        CAPTURE(bytes);
        fuzz::resp(bytes);
    }
}

TEST_CASE("resp: one scanner reads one reply after the other")
{
    const std::string bytes = "+OK\r\n*2\r\n:1\r\n|1\r\n+a\r\n:2\r\n:3\r\n$3\r\nabc\r\n_\r\n";
    const reply_kind kinds[] = {reply_kind::simple, reply_kind::array, reply_kind::bulk,
                                reply_kind::null};
    reply_scanner scanner;
    std::string_view rest = bytes;
    for (const auto kind : kinds) {
        REQUIRE(scanner.scan(rest) == state::complete);
        CHECK(scanner.view().kind() == kind);
        rest.remove_prefix(scanner.size());
        scanner.reset();
    }
    CHECK(rest.empty());
}

TEST_CASE("resp: a limit that is passed names itself, and reaching it is fine")
{
    CHECK(state_of("$2000\r\n") == state::incomplete);
    CHECK(fault_of("$2001\r\n") == protocol_fault::bulk_too_large);
    CHECK(state_of("*500\r\n") == state::incomplete);
    CHECK(fault_of("*501\r\n") == protocol_fault::aggregate_too_long);
    CHECK(state_of("%250\r\n") == state::incomplete);
    CHECK(fault_of("%251\r\n") == protocol_fault::aggregate_too_long);
    CHECK(state_of(repeat("*1\r\n", 6)) == state::incomplete);
    CHECK(fault_of(repeat("*1\r\n", 7)) == protocol_fault::too_deep);
    CHECK(state_of('+' + std::string(200, 'a') + "\r\n") == state::complete);
    CHECK(fault_of('+' + std::string(201, 'a') + "\r\n") == protocol_fault::line_too_long);
    CHECK(fault_of('+' + std::string(300, 'a')) == protocol_fault::line_too_long);
    CHECK(fault_of("*2\r\n$2000\r\n" + std::string(2000, 'x') + "\r\n$1500\r\n") ==
          protocol_fault::reply_too_large);
}

TEST_CASE("resp: a reply of just the total limit is read, and one byte more is not")
{
    auto limits = fuzz::small_limits();
    const std::string reply = "*2\r\n$5\r\nhello\r\n+OK\r\n";
    limits.total = reply.size();
    CHECK(reply_scanner(limits).scan(reply) == state::complete);
    limits.total = reply.size() - 1;
    CHECK(fault_of(reply, limits) == protocol_fault::reply_too_large);
    limits.total = 10;
    CHECK(fault_of("$5\r\nhello\r\n", limits) == protocol_fault::reply_too_large);
    limits.total = 11;
    CHECK(reply_scanner(limits).scan("$5\r\nhello\r\n") == state::complete);
}

TEST_CASE("resp: what is not the protocol is told from what is too much")
{
    CHECK(fault_of("HTTP/1.1 400\r\n") == protocol_fault::bad_type);
    CHECK(fault_of("$x\r\n") == protocol_fault::bad_number);
    CHECK(fault_of("$-2\r\n") == protocol_fault::bad_number);
    CHECK(fault_of(":1.5\r\n") == protocol_fault::bad_number);
    CHECK(fault_of("%-1\r\n") == protocol_fault::bad_number);
    CHECK(fault_of("+OK\n") == protocol_fault::bad_line_end);
    CHECK(fault_of("$2\r\nabXX") == protocol_fault::bad_line_end);
    CHECK(fault_of("#y\r\n") == protocol_fault::bad_value);
    CHECK(fault_of(",zero\r\n") == protocol_fault::bad_value);
    CHECK(fault_of("=5\r\ntxtxx\r\n") == protocol_fault::bad_value);
    CHECK(fault_of("*1\r\n>1\r\n") == protocol_fault::misplaced_push);
    for (const auto* bytes : {"$?\r\n", "*?\r\n", "~?\r\n", "%?\r\n", ";4\r\n", ".\r\n"})
        CHECK(fault_of(bytes) == protocol_fault::streamed);
}

TEST_CASE("resp: an announced length asks for no more than it says")
{
    reply_scanner scanner;
    CHECK(scanner.scan("*2\r\n$1000\r\nabc") == state::incomplete);
    CHECK(scanner.wanted() == 4 + 7 + 1000 + 2);
    scanner.reset();
    CHECK(scanner.wanted() == 0);
}

TEST_CASE("resp: attributes are passed over wherever they are")
{
    reply_scanner scanner;
    const std::string bytes =
        "|1\r\n+ttl\r\n:1\r\n*2\r\n|1\r\n+a\r\n*1\r\n:9\r\n+x\r\n|0\r\n+y\r\n";
    REQUIRE(scanner.scan(bytes) == state::complete);
    CHECK(scanner.size() == bytes.size());
    CHECK(redis::decode<std::vector<std::string>>(scanner.view()) ==
          std::vector<std::string>{"x", "y"});
}

TEST_CASE("resp: a depth that cannot be is refused")
{
    auto limits = fuzz::small_limits();
    limits.depth = 0;
    CHECK_THROWS_AS(reply_scanner{limits}, std::invalid_argument);
    limits.depth = 129;
    CHECK_THROWS_AS(reply_scanner{limits}, std::invalid_argument);
    limits.depth = 128;
    CHECK(reply_scanner(limits).scan(repeat("*1\r\n", 128) + ":1\r\n") == state::complete);
}
