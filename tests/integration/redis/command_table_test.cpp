// SPDX-License-Identifier: BSL-1.0
#include "redis_fixture.hpp"

#include <coffer/redis/command_flags.hpp>

#include <cstdlib>
#include <set>

using namespace redis_test;

namespace {

/// What COMMAND says of one command: its name, arity, flags, and where its keys are.
using told = std::tuple<std::string, int, std::set<std::string>, int, int, int>;

/// The first six elements; servers from version 7 on have more.
std::vector<told> ask(shared_server& on)
{
    std::vector<told> all;
    for (const auto& one : on.exec<std::vector<redis::value>>("COMMAND")) {
        const auto& parts = one.as<redis::value::array>().items;
        const auto number = [&](std::size_t at) {
            return static_cast<int>(parts.at(at).as<std::int64_t>());
        };
        std::set<std::string> flags;
        for (const auto& flag : parts.at(2).as<redis::value::set>().items)
            flags.insert(flag.as<std::string>());
        all.emplace_back(parts.at(0).as<std::string>(), number(1), flags, number(3), number(4),
                         number(5));
    }
    return all;
}

} // namespace

TEST_CASE("redis: the table of commands says what this server says")
{
    shared_server on;
    const std::set<std::string> by_their_subcommands{"memory", "object", "xinfo", "xgroup"};
    int known = 0;
    for (const auto& [name, arity, flags, first, last, step] : ask(on)) {
        CAPTURE(name);
        const auto& facts = redis::facts_of(name);
        if (facts.flags.has(redis::unknown) || by_their_subcommands.count(name) == 1)
            continue; // of a newer server, or a module's
        ++known;
        CHECK(facts.flags.has(redis::read_only) == (flags.count("readonly") == 1));
        CHECK((flags.count("blocking") == 0 || facts.flags.has(redis::blocking)));
        CHECK(facts.keys.first == first);
        CHECK(facts.keys.last == last);
        CHECK((first == 0 || facts.keys.step == step));
    }
    CHECK(known > 200);
}
