// SPDX-License-Identifier: BSL-1.0
#include <coffer/redis/error.hpp>

#include <coffer/core/errc.hpp>
#include <coffer/redis/protocol_fault.hpp>
#include <coffer/redis/result.hpp>

#include <doctest/doctest.h>

namespace {

namespace redis = coffer::redis;
using coffer::errc;
using redis::error_reply;
using redis::protocol_fault;

bool says(const redis::error& error, std::string_view part)
{
    return std::string_view(error.what()).find(part) != std::string_view::npos;
}

} // namespace

TEST_CASE("error reply: the code is the first word, if it is in capitals")
{
    CHECK(error_reply("WRONGTYPE Operation against a key").code() == "WRONGTYPE");
    CHECK(error_reply("MOVED 3999 127.0.0.1:6381").is("MOVED"));
    CHECK(error_reply("LOADING").code() == "LOADING");
    CHECK(error_reply("Protocol error").code() == "");
    CHECK(error_reply("ERR: odd").code() == "");
    CHECK(error_reply("").code() == "");
    CHECK(error_reply().text().empty());
    CHECK(redis::error_word("ASK 1 b:2") == "ASK");
}

TEST_CASE("error reply: arguments that the server repeats are cut off")
{
    const error_reply answer(
        "ERR unknown command 'HELLO', with args beginning with: '3' 'AUTH' 'me' 'hunter2' ");
    CHECK(answer.text() == "ERR unknown command 'HELLO'");
}

TEST_CASE("error reply: it is bounded and printable")
{
    CHECK(error_reply("ERR " + std::string(5000, 'x')).text().size() == 512);
    CHECK(error_reply("ERR a\tb\x1b[31m\x7f").text() == "ERR a?b?[31m?");
    CHECK(error_reply("ERR \xc3\xa9").text() == "ERR \xc3\xa9");
}

TEST_CASE("error: says what is known of it")
{
    const redis::error error(
        errc::connection_lost,
        redis::error_details().command("INCR").node("db:6379").attempts(2).maybe_executed(true));
    CHECK(error.code() == errc::connection_lost);
    CHECK(error.command() == "INCR");
    CHECK(error.node() == "db:6379");
    CHECK(error.attempts() == 2);
    CHECK(error.maybe_executed());
    CHECK(says(error, "INCR at db:6379, sent 2 times, maybe executed"));
    CHECK(says(error, "the connection was lost"));
}

TEST_CASE("error: of the server, it holds the server's words")
{
    const redis::error error(error_reply("NOAUTH Authentication required."));
    CHECK(error.code() == errc::server_refused);
    CHECK(error.reply().is("NOAUTH"));
    CHECK(says(error, "NOAUTH Authentication required."));
    CHECK_FALSE(error.maybe_executed());
}

TEST_CASE("result: the value of an error throws it")
{
    const redis::result<int> none(boost::system::in_place_error, "ERR no such thing");
    try {
        (void)none.value();
        FAIL("no error");
    } catch (const redis::error& error) {
        CHECK(error.reply().text() == "ERR no such thing");
    }
}

TEST_CASE("protocol fault: every one has words of its own, and limits name themselves")
{
    std::string seen;
    for (int code = 1; code <= static_cast<int>(protocol_fault::unsolicited); ++code) {
        const auto words = make_error_code(static_cast<protocol_fault>(code)).message();
        CHECK(words != "unknown protocol fault");
        CHECK(seen.find(words) == std::string::npos);
        seen += words + '\n';
    }
    for (const auto* limit : {"::line", "::bulk", "::elements", "::depth", "::total"})
        CHECK(seen.find(limit) != std::string::npos);
    CHECK(std::string(redis::protocol_category().name()) == "coffer.redis");
}
