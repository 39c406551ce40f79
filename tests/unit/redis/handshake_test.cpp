// SPDX-License-Identifier: BSL-1.0
#include <coffer/redis/config.hpp>

#include <redis/link/handshake.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace std::chrono_literals;
namespace redis = coffer::redis;
using redis::reply_kind;
using redis::reply_view;
using redis::detail::handshake;

namespace {

/// A handshake, and what has been said in it.
class talk {
public:
    explicit talk(const std::string& url, handshake::occasion why = handshake::occasion::first)
        : from(redis::config(url).values()), it(from, from.login, why)
    {}

    /// The commands that come next, their arguments joined by spaces.
    std::vector<std::string> says() const
    {
        std::vector<std::string> all;
        for (std::size_t at = 0; at < it.sends().commands(); ++at) {
            std::string text;
            for (const auto& word : it.sends().arguments(at))
                text += (text.empty() ? "" : " ") + std::string(word);
            all.push_back(text);
        }
        return all;
    }

    /// Answers all commands: with an error where it says so, else well.
    handshake::step answered(const std::vector<std::pair<std::size_t, std::string>>& errors = {})
    {
        const std::size_t count = it.sends().commands();
        for (std::size_t at = 0; at < count; ++at) {
            reply_view reply(reply_kind::simple, "OK", 0);
            for (const auto& [which, text] : errors)
                if (which == at)
                    reply = reply_view(reply_kind::error, text, 0);
            it.take(reply);
        }
        return it.next();
    }

    redis::settings from;
    handshake it;
};

const char* const unknown_hello = "ERR unknown command 'HELLO', with args beginning with: '3' ";
using commands = std::vector<std::string>;

} // namespace

TEST_CASE("redis handshake: all that is needed is said at once, HELLO first")
{
    talk plain("redis://h");
    CHECK(plain.says().front() == "HELLO 3");
    CHECK(plain.says().back() == "PING");
    talk full("redis://web:secret@h/4?client_name=me");
    CHECK(full.says().at(0) == "HELLO 3 AUTH web secret SETNAME me");
    CHECK(full.says().at(1) == "SELECT 4");
    CHECK(full.answered() == handshake::step::done);
    CHECK(full.it.resp3());
    CHECK(talk("redis://:secret@h").says().front() == "HELLO 3 AUTH default secret");
    CHECK(talk("redis://web@h").says().front() == "HELLO 3 AUTH web ");
}

TEST_CASE("redis handshake: a server that does not know HELLO, or RESP3, is greeted in RESP2")
{
    for (const char* refusal : {unknown_hello, "NOPROTO unsupported protocol version"}) {
        talk old("redis://web:secret@h/4?client_name=me");
        // For want of AUTH, the rest is refused as well.
        CHECK(old.answered({{0, refusal}, {1, "NOAUTH Authentication required."}}) ==
              handshake::step::again);
        CHECK_FALSE(old.it.resp3());
        const auto again = old.says();
        CHECK(again.at(0) == "AUTH web secret");
        CHECK(again.at(1) == "CLIENT SETNAME me");
        CHECK(again.at(2) == "SELECT 4");
        CHECK(old.answered() == handshake::step::done);
    }
}

TEST_CASE(
    "redis handshake: a connection that is to tell of changes says so, and does without RESP2")
{
    const auto tracking = handshake::occasion::tracking;
    talk one("redis://h/4", tracking);
    CHECK(one.says().at(2) == "CLIENT TRACKING ON");
    CHECK(one.answered() == handshake::step::done);
    talk old("redis://h", tracking);
    CHECK(old.answered({{0, unknown_hello}}) == handshake::step::failed);
    CHECK(old.it.refused() == "HELLO");
    talk forbidden("redis://h", tracking);
    CHECK(forbidden.answered({{1, "NOPERM no permissions to run 'client|tracking'"}}) ==
          handshake::step::failed);
    CHECK(forbidden.it.refused() == "CLIENT");
}

TEST_CASE("redis handshake: a password without a user is said in the way of servers without users")
{
    talk old("redis://:secret@h?protocol=2");
    CHECK(old.says().front() == "AUTH secret");
    CHECK_FALSE(old.it.resp3());
}

TEST_CASE("redis handshake: no other refusal of HELLO is taken for an old server")
{
    for (const char* refusal :
         {"WRONGPASS invalid username-password pair or user is disabled.",
          "NOAUTH HELLO must be called with the client already authenticated",
          "ERR max number of clients reached", "NOPERM this user has no permissions"}) {
        talk one("redis://web:secret@h");
        CHECK(one.answered({{0, refusal}}) == handshake::step::failed);
        CHECK(one.it.failure().text() == refusal);
        CHECK(one.it.refused() == "HELLO");
    }
}

TEST_CASE("redis handshake: the first refusal counts, and names its command")
{
    talk one("redis://h/99");
    CHECK(one.answered({{1, "ERR DB index is out of range"}, {4, "LOADING"}}) ==
          handshake::step::failed);
    CHECK(one.it.refused() == "SELECT");
    talk again("redis://web:wrong@h/99");
    CHECK(again.answered({{0, unknown_hello}, {1, "NOAUTH"}}) == handshake::step::again);
    CHECK(again.answered({{0, "WRONGPASS"}}) == handshake::step::failed);
    CHECK(again.it.refused() == "AUTH");
}

TEST_CASE("redis handshake: what only newer servers know may be refused")
{
    talk one("redis://h");
    const auto said = one.says();
    REQUIRE(said.size() == 4);
    CHECK(said[1] == "CLIENT SETINFO LIB-NAME coffer");
    CHECK(one.answered({{1, "ERR Unknown subcommand"}, {2, "ERR Unknown subcommand"}}) ==
          handshake::step::done);
}

TEST_CASE("redis handshake: a server that loads its data is not ready, a user without PING is")
{
    talk loading("redis://h");
    CHECK(loading.answered({{3, "LOADING Redis is loading the dataset in memory"}}) ==
          handshake::step::failed);
    CHECK(loading.it.failure().is("LOADING"));
    talk bound("redis://h");
    CHECK(bound.answered({{3, "NOPERM this user has no permissions to run the 'ping' command"}}) ==
          handshake::step::done);
}
