// SPDX-License-Identifier: BSL-1.0
#include "reply_source.hpp"

#include <redis/sentinel/sentinel_answer.hpp>
#include <redis/sentinel/sentinel_round.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace redis = coffer::redis;
using redis::endpoint;
using redis::detail::sentinel_answer;
using redis::detail::sentinel_replies;
using redis::detail::sentinel_round;
using state = sentinel_round::state;

namespace {

const endpoint a("10.0.0.1", 6379), b("10.0.0.2", 6379);
const std::vector<endpoint> three{endpoint("s1", 1), endpoint("s2", 2), endpoint("s3", 3)};

sentinel_answer says(const endpoint& master, std::uint64_t epoch)
{
    sentinel_answer answer;
    answer.master = master;
    answer.epoch = epoch;
    return answer;
}

std::string bulk(const std::string& text)
{
    return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

/// A map, or what stands for one in RESP2.
std::string facts(char kind, const std::vector<std::string>& words)
{
    const auto count = kind == '%' ? words.size() / 2 : words.size();
    std::string all = kind + std::to_string(count) + "\r\n";
    for (const auto& each : words)
        all += bulk(each);
    return all;
}

sentinel_answer read(const std::vector<std::string>& replies)
{
    sentinel_replies reading;
    for (std::size_t number = 0; number < replies.size(); ++number) {
        const reply_of reply(replies[number]);
        CHECK(reading.take(number, reply.view()).ok());
    }
    return std::move(reading).finish();
}

bool contains(const std::string& text, const std::string& part)
{
    return text.find(part) != text.npos;
}

} // namespace

TEST_CASE("redis sentinel: its answers are read in both protocols")
{
    for (const char kind : {'%', '*'}) {
        const auto replica = [&](const char* port, const char* flags, const char* link) {
            return facts(kind, {"name", "x", "ip", "10.0.0.2", "port", port, "flags", flags,
                                "master-link-status", link});
        };
        const auto answer = read(
            {"*2\r\n" + bulk("10.0.0.1") + bulk("6379"),
             facts(kind, {"name", "main", "config-epoch", "7"}),
             "*4\r\n" + replica("1", "slave", "ok") + replica("2", "s_down,slave", "ok") +
                 replica("3", "slave", "err") + replica("4", "slave,disconnected", "ok"),
             "*1\r\n" + facts(kind, {"ip", "10.0.0.9", "port", "26379", "flags", "sentinel"})});
        CHECK(answer.master == a);
        CHECK(answer.epoch == 7);
        CHECK(answer.replicas == std::vector{endpoint("10.0.0.2", 1)});
        CHECK(answer.sentinels == std::vector{endpoint("10.0.0.9", 26379)});
    }
}

TEST_CASE("redis sentinel: one that does not know the name says so, and that is an answer")
{
    const std::string refused = "-ERR No such master with that name\r\n";
    CHECK_FALSE(read({"*-1\r\n", refused, refused, refused}).master);
    sentinel_replies reading;
    const std::string denied = "-NOPERM no\r\n";
    const reply_of reply(denied);
    CHECK(reading.take(1, reply.view()).is_refused());
}

TEST_CASE("redis sentinel: a message is about a master if it names it")
{
    using redis::detail::speaks_of;
    CHECK(speaks_of("main 10.0.0.1 1 10.0.0.2 2", "main"));
    CHECK(speaks_of("slave 10.0.0.2:2 10.0.0.2 2 @ main 10.0.0.1 1", "main"));
    CHECK_FALSE(speaks_of("main2 10.0.0.1 1 10.0.0.2 2", "main"));
    CHECK_FALSE(speaks_of("", "main"));
}

TEST_CASE("redis sentinel: most of them decide, once the master says that it is one")
{
    sentinel_round round("main", three, 0);
    CHECK(round.answered(2, says(a, 1)) == a);
    round.confirmed(a);
    CHECK(round.now() == state::open); // others may know better
    CHECK_FALSE(round.answered(0, says(a, 1)));
    CHECK(round.now() == state::found);
    CHECK(round.found().master == a);
}

TEST_CASE("redis sentinel: one alone decides if no other can answer")
{
    sentinel_round round("main", three, 0);
    round.missed(0, "refused");
    round.answered(1, says(a, 1));
    round.confirmed(a);
    CHECK(round.now() == state::open);
    round.missed(2, "refused");
    CHECK(round.now() == state::found);
    CHECK(round.found_by() == 1);
}

TEST_CASE("redis sentinel: the newest fail-over counts, not who answers first")
{
    sentinel_round round("main", three, 0);
    CHECK(round.answered(0, says(a, 1)) == a);
    round.confirmed(a); // it was master, and has come back
    CHECK(round.answered(1, says(b, 2)) == b);
    CHECK(round.now() == state::open);
    round.confirmed(b);
    CHECK(round.now() == state::found);
    CHECK(round.found().master == b);
}

TEST_CASE("redis sentinel: what is older than what is known does not count")
{
    sentinel_round round("main", three, 2);
    CHECK_FALSE(round.answered(0, says(a, 1)));
    round.missed(1, "refused");
    round.missed(2, "refused");
    CHECK(round.now() == state::failed);
    CHECK(contains(round.failure(), "s1:1: names 10.0.0.1:6379, which is older"));
}

TEST_CASE("redis sentinel: who does not say that it is a master is none, and all is told")
{
    sentinel_round round("main", three, 0);
    round.answered(0, says(a, 1));
    round.missed(1, "NOAUTH Authentication required.");
    round.answered(2, sentinel_answer());
    CHECK(round.now() == state::open);
    round.refuted(a, "it says that it is a replica");
    CHECK(round.now() == state::failed);
    for (const char* part :
         {"master \"main\"", "s1:1: names 10.0.0.1:6379: it says that it is a replica",
          "s2:2: NOAUTH Authentication required.", "s3:3: knows no master of that name"})
        CHECK_MESSAGE(contains(round.failure(), part), round.failure());
}
