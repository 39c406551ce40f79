// SPDX-License-Identifier: BSL-1.0
#include <redis/cluster/routed_request.hpp>

#include <coffer/redis/decode.hpp>

#include "reply_source.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

namespace {

using namespace coffer::redis::detail;
using coffer::redis::decode_status;
using coffer::redis::reply_view;
using coffer::redis::request;
using coffer::redis::value;

/// What each command was answered, as text.
class answers {
public:
    reply_sink sink()
    {
        return {this, [](void* to, std::size_t command, const reply_view& reply) {
                    auto& all = static_cast<answers*>(to)->got;
                    std::string text(reply.text());
                    for (const auto& each : reply)
                        text += each.is_null() ? "-," : std::string(each.text()) + ",";
                    all[command] += text;
                    return decode_status();
                }};
    }

    std::map<std::size_t, std::string> got;
};

/// Keys of other slots each.
const std::string a = "a";
const std::string b = "b";
const std::string c = "c";

std::string written(routed_request& of, const routed_request::part& one)
{
    request to;
    of.write(one, to);
    std::string all;
    for (std::size_t each = 0; each < to.commands(); ++each) {
        all += each > 0 ? "; " : "";
        for (const auto& word : to.arguments(each))
            all += std::string(word) + " ";
    }
    return all;
}

decode_status answer(routed_request& of, routed_request::part& one, const std::string& bytes,
                     answers& to)
{
    return of.take(one, reply_of(bytes), "asked", to.sink());
}

} // namespace

TEST_CASE("routed request: what is in one slot is one part, as it was written")
{
    const request get("GET", a);
    routed_request one(get, true);
    REQUIRE(one.parts().size() == 1);
    CHECK(one.is_whole(one.parts().front()));
    CHECK(one.parts().front().where.slot == hash_slot(a));
    CHECK(one.parts().front().only_reads);

    request several("SET", "{a}1", "x");
    several.add("PING").add("GET", "{a}2");
    routed_request batch(several, true);
    REQUIRE(batch.parts().size() == 1);
    CHECK(batch.is_whole(batch.parts().front()));
    CHECK_FALSE(batch.parts().front().repeatable);

    const request ping("PING");
    CHECK(routed_request(ping, true).parts().front().where.where == request_slot::kind::any);
    const request crossing("MSET", a, 1, b, 2);
    CHECK(routed_request(crossing, false).parts().size() == 1); // slots mean nothing there
}

TEST_CASE("routed request: keys of several slots are put together in the caller's order")
{
    const request get("MGET", a, b, "{a}2", c);
    routed_request all(get, true);
    REQUIRE(all.parts().size() == 3);
    CHECK(written(all, all.parts()[0]) == "MGET a {a}2 ");
    CHECK(written(all, all.parts()[1]) == "MGET b ");
    answers to;
    CHECK(answer(all, all.parts()[1], "*1\r\n_\r\n", to).ok());
    CHECK(answer(all, all.parts()[2], "*1\r\n$1\r\nC\r\n", to).ok());
    CHECK(to.got.empty());
    CHECK_FALSE(all.done());
    CHECK(answer(all, all.parts()[0], "*2\r\n$1\r\nA\r\n$0\r\n\r\n", to).ok());
    CHECK(all.done());
    CHECK(to.got.at(0) == "A,-,,C,");
}

TEST_CASE("routed request: counts of several nodes are added, and an error of one is the answer")
{
    for (const char* name : {"DEL", "UNLINK", "EXISTS", "TOUCH", "del"}) {
        const request counts(name, a, b);
        routed_request all(counts, true);
        answers to;
        REQUIRE(all.parts().size() == 2);
        CHECK(answer(all, all.parts()[0], ":1\r\n", to).ok());
        CHECK(answer(all, all.parts()[1], ":41\r\n", to).ok());
        CHECK(to.got.at(0) == "42");
    }
    const request counts("DEL", a, b);
    routed_request all(counts, true);
    answers to;
    CHECK(answer(all, all.parts()[0], "-OOM no\r\n", to).ok());
    CHECK(answer(all, all.parts()[1], ":1\r\n", to).ok());
    CHECK(to.got.at(0) == "OOM no");
}

TEST_CASE("routed request: what crosses slots and cannot be split is answered here")
{
    request several("SET", a, 1);
    several.add("MSET", a, 1, b, 2).add("GET", b);
    routed_request all(several, true);
    answers to;
    CHECK(all.refuse(to.sink()).ok());
    CHECK(all.parts().size() == 2);
    CHECK(to.got.size() == 1);
    CHECK(to.got.at(1).starts_with("CROSSSLOT the keys of MSET"));

    request moves;
    moves.multi().add("INCR", a).add("INCR", b).exec();
    routed_request together(moves, true);
    CHECK(together.parts().empty());
    answers each;
    CHECK(together.refuse(each.sink()).ok());
    CHECK(each.got.size() == 4);
}

TEST_CASE("routed request: what is refused becomes a part of its own, and the rest is answered")
{
    request several("GET", "{a}1");
    several.add("GET", "{a}2").add("GET", "{a}3");
    routed_request all(several, true);
    auto& whole = all.parts().front();
    answers to;
    all.sent(whole);
    CHECK(answer(all, whole, "$1\r\n1\r\n", to).ok());
    CHECK(answer(all, whole, "-ASK 15495 b:2\r\n", to).ok());
    CHECK(answer(all, whole, "$1\r\n3\r\n", to).ok());
    CHECK(whole.done);
    REQUIRE(all.parts().size() == 2);
    auto& alone = all.parts().back();
    CHECK(alone.refused == refusal::ask);
    CHECK(alone.told->to.host == "b");
    CHECK(written(all, alone) == "GET {a}2 ");
    all.sent(alone);
    CHECK(answer(all, alone, "$1\r\n2\r\n", to).ok());
    CHECK(all.done());
    CHECK(to.got == std::map<std::size_t, std::string>{{0, "1"}, {1, "2"}, {2, "3"}});
}

TEST_CASE("routed request: a transaction that is refused in its midst is sent again as a whole")
{
    request moves;
    moves.multi().add("INCR", "{a}1").add("INCR", "{a}2").exec();
    routed_request all(moves, true);
    auto& whole = all.parts().front();
    answers to;
    all.sent(whole);
    for (const char* bytes :
         {"+OK\r\n", "-MOVED 15495 :7\r\n", "-MOVED 15495 :7\r\n", "-EXECABORT x\r\n"})
        CHECK(answer(all, whole, bytes, to).ok());
    CHECK_FALSE(whole.done);
    CHECK(whole.refused == refusal::moved);
    CHECK(whole.told->to.host == "asked");
    CHECK(written(all, whole) == "MULTI ; INCR {a}1 ; INCR {a}2 ; EXEC ");
    CHECK_FALSE(to.got.contains(3));
    all.sent(whole);
    for (const char* bytes : {"+OK\r\n", "+QUEUED\r\n", "+QUEUED\r\n", "*2\r\n:1\r\n:1\r\n"})
        CHECK(answer(all, whole, bytes, to).ok());
    CHECK(all.done());
    CHECK(to.got.at(3) == "1,1,");
}

TEST_CASE("routed request: after a lost connection only what was not answered is left")
{
    request several("GET", "{a}1");
    several.add("GET", "{a}2").add("GET", "{a}3");
    routed_request all(several, true);
    auto& whole = all.parts().front();
    answers to;
    all.sent(whole);
    CHECK(answer(all, whole, "$1\r\n1\r\n", to).ok());
    all.lost(whole);
    CHECK_FALSE(all.is_whole(whole));
    CHECK(written(all, whole) == "GET {a}2 ; GET {a}3 ");
    all.sent(whole);
    CHECK(answer(all, whole, "$1\r\n2\r\n", to).ok());
    CHECK(answer(all, whole, "$1\r\n3\r\n", to).ok());
    CHECK(all.done());
    CHECK(to.got == std::map<std::size_t, std::string>{{0, "1"}, {1, "2"}, {2, "3"}});
}

TEST_CASE("routed request: NOSCRIPT is an answer, unless the text is at hand")
{
    const request run("EVALSHA", "0123", 1, a);
    answers to;
    routed_request without(run, true);
    CHECK(answer(without, without.parts().front(), "-NOSCRIPT no\r\n", to).ok());
    CHECK(without.done());
    CHECK(to.got.at(0) == "NOSCRIPT no");
    routed_request with(run, true);
    with.has_script();
    CHECK(answer(with, with.parts().front(), "-NOSCRIPT no\r\n", to).ok());
    CHECK_FALSE(with.done());
    CHECK(with.parts().front().refused == refusal::no_script);
}

TEST_CASE("routed request: who gives up answers with the last refusal")
{
    const request get("GET", a);
    routed_request all(get, true);
    answers to;
    auto& one = all.parts().front();
    all.sent(one);
    CHECK(answer(all, one, "-MOVED 1 b:2\r\n", to).ok());
    CHECK(all.give_up(one, " (enough)", to.sink()).ok());
    CHECK(all.done());
    CHECK(to.got.at(0) == "MOVED 1 b:2 (enough)");
}

TEST_CASE("routed request: what servers refuse with")
{
    CHECK(refusal_of("MOVED 1 a:1") == refusal::moved);
    CHECK(refusal_of("ASK 1 a:1") == refusal::ask);
    CHECK(refusal_of("TRYAGAIN x") == refusal::again);
    for (const char* text : {"CLUSTERDOWN x", "MASTERDOWN x", "LOADING x", "READONLY x"})
        CHECK(refusal_of(text) == refusal::unfit);
    for (const char* text : {"ERR MOVED", "WRONGTYPE x", "", "MOVEDx 1"})
        CHECK(refusal_of(text) == refusal::none);
}
