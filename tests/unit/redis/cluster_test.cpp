// SPDX-License-Identifier: BSL-1.0
#include <redis/cluster/hash_slot.hpp>
#include <redis/cluster/redirection.hpp>
#include <redis/cluster/slot_map.hpp>

#include "reply_source.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>

namespace {

using namespace coffer::redis::detail;
using coffer::redis::borrowed;
using coffer::redis::endpoint;
using coffer::redis::request;
using kind = request_slot::kind;

/// The answer of CLUSTER SLOTS: each range with its nodes, the primary first.
struct range {
    int first;
    int last;
    std::vector<endpoint> nodes;
};

std::string bulk(const std::string& text)
{
    return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

std::string answer_of(const std::vector<range>& ranges)
{
    std::string all = "*" + std::to_string(ranges.size()) + "\r\n";
    for (const auto& [first, last, nodes] : ranges) {
        all += "*" + std::to_string(2 + nodes.size()) + "\r\n:" + std::to_string(first) +
               "\r\n:" + std::to_string(last) + "\r\n";
        for (const auto& node : nodes)
            all += "*4\r\n" + bulk(node.host) + ":" + std::to_string(node.port) + "\r\n" +
                   bulk(std::string(40, 'f')) + "*0\r\n";
    }
    return all;
}

std::optional<slot_map> read(const std::vector<range>& ranges, const slot_map& before = {})
{
    return slot_map::read(reply_of(answer_of(ranges)), "asked", before);
}

bool understood(const std::string& answer)
{
    return slot_map::read(reply_of(answer), "asked").has_value();
}

const endpoint a("a", 1);
const endpoint b("b", 2);
const endpoint c("c", 3);

} // namespace

TEST_CASE("hash slot: is the one that a server says")
{
    // As answered to CLUSTER KEYSLOT by version 7.0.15.
    const std::pair<std::string_view, int> told[] = {
        {"foo", 12182},
        {"bar", 5061},
        {"", 0},
        {"a", 15495},
        {"{user1000}.following", 3443},
        {"{user1000}.followers", 3443},
        {"foo{}{bar}", 8363},
        {"foo{{bar}}zap", 4015},
        {"foo{bar}{zap}", 5061},
        {"{}", 15257},
        {"{", 4092},
        {"}{", 12793},
        {"a{b", 13340},
        {"123456789", 12739},
        {"key:000000000123", 5068},
        {"{x}", 16287},
    };
    for (const auto& [key, slot] : told)
        CHECK_MESSAGE(hash_slot(key) == slot, key);
}

TEST_CASE("hash slot: bytes above 127 count as what they are")
{
    CHECK(hash_slot("\xff\x80") != hash_slot("\x7f\x00"));
    CHECK(hash_slot(std::string("{\xff}a")) == hash_slot("\xff"));
}

TEST_CASE("slot of a request: one, any, or none that has all")
{
    CHECK(slot_of(request("PING")).where == kind::any);
    const auto one = slot_of(request("GET", "foo"));
    CHECK(one.where == kind::one);
    CHECK(one.slot == 12182);
    CHECK(slot_of(request("MGET", "{t}a", "{t}b")).where == kind::one);
    CHECK(slot_of(request("MGET", "foo", "bar")).where == kind::crossing);
    CHECK(slot_of(request("MGET", "foo", "bar", "foo")).where == kind::crossing);
    CHECK(slot_of(request("EVAL", "return 1", 2, "foo", "{foo}x", "bar")).slot == 12182);
    CHECK(slot_of(request("GET", "foo").add("PING").add("SET", "{foo}", 1)).where == kind::one);
    CHECK(slot_of(request("GET", "foo").add("GET", "bar")).where == kind::crossing);
    request transaction;
    transaction.multi().add("INCR", "foo").add("INCR", "foo{foo}").exec();
    CHECK(slot_of(transaction).where == kind::one);
    CHECK(slot_of(request("XREAD", "STREAMS", "foo", "bar", 0, 0)).where == kind::crossing);
    CHECK(slot_of(request("SET", borrowed{"foo"}, borrowed{"v"})).slot == 12182);
}

TEST_CASE("redirection: says how, which slot, and where")
{
    const auto moved = redirection_of("MOVED 3999 10.0.0.1:6381", "asked");
    REQUIRE(moved);
    CHECK(moved->how == redirection::kind::moved);
    CHECK(moved->slot == 3999);
    CHECK(moved->to == endpoint("10.0.0.1", 6381));
    const auto ask = redirection_of("ASK 16383 db.example:7000", "asked");
    REQUIRE(ask);
    CHECK(ask->how == redirection::kind::ask);
    CHECK(ask->to == endpoint("db.example", 7000));
}

TEST_CASE("redirection: a host left out is the one that was asked, and IPv6 has colons")
{
    CHECK(redirection_of("MOVED 1 :6381", "asked")->to == endpoint("asked", 6381));
    CHECK(redirection_of("MOVED 1 2001:db8::1:6381", "x")->to == endpoint("2001:db8::1", 6381));
    CHECK_FALSE(redirection_of("MOVED 1 :6381", ""));
}

TEST_CASE("redirection: what makes no sense is none")
{
    for (const auto* text :
         {"", "MOVED", "MOVED ", "MOVED 1", "MOVED 1 host", "MOVED 16384 a:1", "MOVED -1 a:1",
          "MOVED x a:1", "MOVED 1 a:0", "MOVED 1 a:65536", "MOVED 1 a:", "MOVED 1 a:1x",
          "MOVEDX 1 a:1", "moved 1 a:1", "ERR MOVED 1 a:1", "TRYAGAIN x", "ASKING 1 a:1"})
        CHECK_MESSAGE(!redirection_of(text, "asked"), text);
}

TEST_CASE("slot map: every slot has the primary of its range, with its replicas")
{
    const auto map = read({{0, 8191, {a, c}}, {8192, 16383, {b}}});
    REQUIRE(map);
    CHECK(map->complete());
    CHECK(map->owner(0)->primary == a);
    CHECK(map->owner(8191)->primary == a);
    CHECK(map->owner(8192)->primary == b);
    CHECK(map->owner(16383)->primary == b);
    CHECK(map->owner(5)->replicas == std::vector<endpoint>{c});
    CHECK(map->shards().size() == 2);
}

TEST_CASE("slot map: ranges of one primary are one shard")
{
    const auto map = read({{0, 99, {a, c}}, {100, 199, {b}}, {200, 299, {a, c}}});
    REQUIRE(map);
    CHECK(map->shards().size() == 2);
    CHECK(map->owner(0) == map->owner(299));
    CHECK_FALSE(map->complete());
    CHECK(map->owner(300) == nullptr);
}

TEST_CASE("slot map: a slot that an answer leaves out keeps its owner")
{
    const auto before = read({{0, 8191, {a}}, {8192, 16383, {b, c}}});
    const auto after = read({{0, 8191, {c}}}, *before);
    REQUIRE(after);
    CHECK(after->complete());
    CHECK(after->owner(0)->primary == c);
    CHECK(after->owner(9000)->primary == b);
    CHECK(after->owner(9000)->replicas == std::vector<endpoint>{c});
    CHECK(after->shards().size() == 2); // a has nothing any more
}

TEST_CASE("slot map: one slot moves, and the map before stays as it was")
{
    const auto before = read({{0, 8191, {a}}, {8192, 16383, {b}}});
    const slot_map after = before->with(7, b);
    CHECK(after.owner(7) == after.owner(9000));
    CHECK(after.owner(6)->primary == a);
    CHECK(before->owner(7)->primary == a);
    const slot_map stranger = after.with(8, endpoint("new", 9));
    CHECK(stranger.owner(8)->primary == endpoint("new", 9));
    CHECK(stranger.shards().size() == 3);
    CHECK(slot_map().with(0, a).owner(0)->primary == a);
}

TEST_CASE("slot map: a node that does not know its name has that of who was asked")
{
    for (const auto* host : {"", "?"})
        CHECK(read({{0, 1, {endpoint(host, 6)}}})->owner(0)->primary == endpoint("asked", 6));
    CHECK(slot_map::read(reply_of("*1\r\n*3\r\n:0\r\n:1\r\n*2\r\n_\r\n:7\r\n"), "asked")
              ->owner(1)
              ->primary == endpoint("asked", 7));
    CHECK_FALSE(slot_map::read(reply_of(answer_of({{0, 1, {endpoint("", 6)}}})), ""));
}

TEST_CASE("slot map: what is no such answer is none at all")
{
    CHECK_FALSE(understood("*0\r\n"));
    CHECK_FALSE(understood("-ERR This instance has cluster support disabled\r\n"));
    CHECK_FALSE(understood("+OK\r\n"));
    CHECK_FALSE(understood("*1\r\n*2\r\n:0\r\n:1\r\n"));
    CHECK_FALSE(understood("*1\r\n:5\r\n"));
    CHECK_FALSE(read({{5, 4, {a}}}));
    CHECK_FALSE(read({{0, 16384, {a}}}));
    CHECK_FALSE(read({{0, 1, {endpoint("a", 0)}}}));
    CHECK_FALSE(read({{0, 1, {a}}, {9, 3, {b}}}));
    CHECK_FALSE(understood("*1\r\n*3\r\n:0\r\n:-1\r\n*2\r\n+a\r\n:1\r\n"));
    CHECK_FALSE(understood("*1\r\n*3\r\n:0\r\n:1\r\n*2\r\n+a\r\n+x\r\n"));
    CHECK_FALSE(understood("*1\r\n*3\r\n:0\r\n:1\r\n+a\r\n"));
}

TEST_CASE("slot map: a replica without a name is no loss")
{
    const auto map = slot_map::read(
        reply_of("*1\r\n*4\r\n:0\r\n:16383\r\n*2\r\n+a\r\n:1\r\n*1\r\n+x\r\n"), "asked");
    REQUIRE(map);
    CHECK(map->complete());
    CHECK(map->owner(3)->replicas.empty());
}
