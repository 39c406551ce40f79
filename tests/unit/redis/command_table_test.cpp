// SPDX-License-Identifier: BSL-1.0
#include <coffer/redis/command_flags.hpp>

#include "redis_paths.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace redis = coffer::redis;
using redis::facts_of;

/// What a server of version 7.0 said to COMMAND, one command in a line.
struct told {
    std::string name;
    int first, last, step;
    std::set<std::string> words;
};

std::vector<told> server_words()
{
    std::ifstream in(COFFER_REDIS_COMMANDS);
    REQUIRE(in.good());
    std::vector<told> all;
    told one;
    for (std::string words; in >> one.name >> one.first >> one.last >> one.step >> words;) {
        one.words.clear();
        std::istringstream list(words);
        for (std::string word; std::getline(list, word, ',');)
            one.words.insert(word);
        all.push_back(one);
    }
    return all;
}

const std::set<std::string> by_their_subcommands{"memory", "object", "xinfo", "xgroup"};

} // namespace

TEST_CASE("command table: agrees with what a server says of every command")
{
    const auto all = server_words();
    REQUIRE(all.size() == 240);
    for (const auto& [name, first, last, step, words] : all) {
        CAPTURE(name);
        const auto& facts = facts_of(name);
        REQUIRE_FALSE(facts.flags.has(redis::unknown));
        if (by_their_subcommands.count(name))
            continue;
        CHECK(facts.flags.has(redis::read_only) == (words.count("readonly") == 1));
        if (words.count("blocking"))
            CHECK(facts.flags.has(redis::blocking));
        CHECK(facts.keys.first == first);
        CHECK(facts.keys.last == last);
        if (first > 0)
            CHECK(facts.keys.step == step);
        // The others that have movable keys may have some behind a word, as SORT … STORE.
        if (words.count("movablekeys") && first == 0)
            CHECK((facts.keys.count_at > 0 || facts.keys.after_streams));
    }
}

TEST_CASE("command table: keyless are just those without any place for a key")
{
    for (const auto& one : server_words()) {
        CAPTURE(one.name);
        const auto& facts = facts_of(one.name);
        const bool placed =
            facts.keys.first > 0 || facts.keys.count_at > 0 || facts.keys.after_streams;
        CHECK(facts.flags.has(redis::keyless) != placed);
    }
}

TEST_CASE("command table: nothing that writes is taken for repeatable")
{
    for (const auto& one : server_words()) {
        CAPTURE(one.name);
        if (one.words.count("write"))
            CHECK_FALSE(facts_of(one.name).flags.has_any(redis::read_only | redis::idempotent));
    }
    CHECK_FALSE(facts_of("PUBLISH").flags.has_any(redis::read_only | redis::idempotent));
    CHECK_FALSE(facts_of("EVALSHA").flags.has_any(redis::read_only | redis::idempotent));
}

TEST_CASE("command table: capitals do not matter, and one letter does")
{
    CHECK(facts_of("hGetAll").name == "HGETALL");
    CHECK(facts_of("GETT").flags.has(redis::unknown));
    CHECK(facts_of("").flags.has(redis::unknown));
    CHECK(facts_of("GE").flags.has(redis::unknown));
    CHECK(facts_of("restore-asking").name == "RESTORE-ASKING");
}

TEST_CASE("command table: what changes a connection is marked")
{
    for (const auto* name : {"SELECT", "WATCH", "MULTI", "EXEC", "MONITOR", "RESET", "QUIT", "AUTH",
                             "HELLO", "CLIENT", "SUBSCRIBE", "READONLY", "ASKING"})
        CHECK_MESSAGE(facts_of(name).flags.has(redis::connection_state), name);
    for (const auto* name :
         {"SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE"})
        CHECK_MESSAGE(facts_of(name).flags.has(redis::subscribes), name);
    CHECK(facts_of("WAIT").flags.has(redis::blocking));
}
