// SPDX-License-Identifier: BSL-1.0
#include "storage/invalidation_backlog.hpp"

#include <doctest/doctest.h>

#include <random>

using coffer::invalidation;
using coffer::pending_invalidation;
using coffer::storage_key;
using coffer::detail::invalidation_backlog;
using subject = pending_invalidation::subject;

namespace {

constexpr auto hard = invalidation::hard;
constexpr auto soft = invalidation::soft;

storage_key at(const std::string& id, const std::string& group = "g",
               const std::string& space = "s")
{
    return storage_key(space, group, id);
}

pending_invalidation key(const storage_key& of, invalidation mode = hard,
                         std::optional<std::uint64_t> floor = std::nullopt)
{
    return pending_invalidation(subject::key, of, mode, floor);
}

pending_invalidation tag(const std::string& name, const std::string& space = "s")
{
    return pending_invalidation(subject::tag, storage_key(space, "", name), hard);
}

pending_invalidation place(const std::string& space, const std::string& group = "")
{
    return pending_invalidation(subject::place, storage_key(space, group, ""), hard);
}

std::vector<std::string> texts(const invalidation_backlog& of)
{
    std::vector<std::string> result;
    for (const pending_invalidation& one : of.list())
        result.push_back(one.text());
    return result;
}

} // namespace

TEST_CASE("backlog: an empty one trusts everything")
{
    const invalidation_backlog backlog(10, true);
    CHECK(backlog.clean());
    CHECK(backlog.trusts(at("a")));
    CHECK(backlog.trusts_tags("s", {"t"}));
    CHECK(backlog.admits_fill(at("a"), std::nullopt));
    CHECK_FALSE(backlog.after(0));
}

TEST_CASE("backlog: what waits for a key concerns that key alone")
{
    invalidation_backlog backlog(10, true);
    backlog.add(key(at("a")));
    CHECK_FALSE(backlog.trusts(at("a")));
    CHECK(backlog.trusts(at("b")));
    CHECK(backlog.trusts(at("a", "h")));
    CHECK(backlog.trusts(at("a", "g", "z")));
}

TEST_CASE("backlog: a clear concerns its group or its space")
{
    invalidation_backlog backlog(10, true);
    backlog.add(place("s", "g"));
    CHECK_FALSE(backlog.trusts(at("a")));
    CHECK(backlog.trusts(at("a", "h")));
    backlog.add(place("s"));
    CHECK_FALSE(backlog.trusts(at("a", "h")));
    CHECK(backlog.trusts(at("a", "g", "z")));
}

TEST_CASE("backlog: a tag concerns entries that carry it, in its space")
{
    invalidation_backlog backlog(10, true);
    backlog.add(tag("red"));
    CHECK(backlog.trusts(at("a")));
    CHECK_FALSE(backlog.trusts_tags("s", {"blue", "red"}));
    CHECK(backlog.trusts_tags("s", {"blue"}));
    CHECK(backlog.trusts_tags("z", {"red"}));
}

TEST_CASE("backlog: the same key waits once, with the harder mode and the higher floor")
{
    invalidation_backlog backlog(10, true);
    backlog.add(key(at("a"), hard, 5));
    backlog.add(key(at("a"), soft, 3));
    CHECK(texts(backlog) == std::vector<std::string>{"key s:g:a floor 5"});
    const auto merged = backlog.merged(key(at("a"), soft, 9));
    CHECK(merged.mode == hard);
    CHECK(merged.floor == 9);
    const auto other = backlog.merged(key(at("b"), soft));
    CHECK(other.mode == soft);
    CHECK_FALSE(other.floor);
}

TEST_CASE("backlog: the order is that of arrival, and what comes again goes to the end")
{
    invalidation_backlog backlog(10, true);
    backlog.add(key(at("a")));
    backlog.add(tag("t"));
    backlog.add(place("s", "g"));
    backlog.add(key(at("a"), soft));
    CHECK(texts(backlog) == std::vector<std::string>{"tag s t", "clear s g", "key s:g:a"});
    auto first = backlog.after(0);
    REQUIRE(first);
    CHECK(first->what.text() == "tag s t");
    auto second = backlog.after(first->number);
    REQUIRE(second);
    CHECK(second->what.text() == "clear s g");
    CHECK_FALSE(backlog.after(backlog.number()));
}

TEST_CASE("backlog: a delivery ends what waited when it began, and nothing later")
{
    invalidation_backlog backlog(10, true);
    backlog.add(key(at("a")));
    const auto begun = backlog.number();
    backlog.add(key(at("a"))); // fails once more meanwhile
    backlog.carried_out(key(at("a")), begun);
    CHECK_FALSE(backlog.trusts(at("a")));
    backlog.carried_out(key(at("a")), backlog.number());
    CHECK(backlog.trusts(at("a")));
    CHECK(backlog.clean());
}

TEST_CASE("backlog: less than what waits does not end it")
{
    invalidation_backlog backlog(10, true);
    backlog.add(key(at("a"), hard, 5));
    backlog.carried_out(key(at("a"), soft, 5), backlog.number());
    backlog.carried_out(key(at("a"), hard, 4), backlog.number());
    backlog.carried_out(key(at("a"), hard), backlog.number());
    CHECK_FALSE(backlog.trusts(at("a")));
    backlog.carried_out(key(at("a"), hard, 6), backlog.number());
    CHECK(backlog.trusts(at("a")));
}

TEST_CASE("backlog: a clear ends what waits in its place, except floors")
{
    invalidation_backlog backlog(10, true);
    backlog.add(key(at("plain")));
    backlog.add(key(at("floor"), hard, 5));
    backlog.add(key(at("other", "h")));
    backlog.add(key(at("far", "g", "z")));
    backlog.add(tag("t"));
    backlog.carried_out(place("s", "g"), backlog.number());
    CHECK(texts(backlog) == std::vector<std::string>{"key s:g:floor floor 5", "key s:h:other",
                                                     "key z:g:far", "tag s t"});
    backlog.carried_out(place("s"), backlog.number());
    CHECK(texts(backlog) == std::vector<std::string>{"key s:g:floor floor 5", "key z:g:far"});
}

TEST_CASE("backlog: floors that wait bind fills and versioned puts")
{
    invalidation_backlog backlog(10, true);
    backlog.add(key(at("a"), hard, 5));
    CHECK_FALSE(backlog.admits_put(at("a"), 4));
    CHECK(backlog.admits_put(at("a"), 5));
    CHECK(backlog.admits_put(at("a"), std::nullopt));
    CHECK(backlog.admits_put(at("b"), 0));
}

TEST_CASE("backlog: full, what waits in the space becomes one clear of it, and floors stay known")
{
    invalidation_backlog backlog(3, true);
    backlog.add(key(at("x", "g", "z")));
    backlog.add(key(at("a"), hard, 5));
    backlog.add(tag("t"));
    CHECK_FALSE(backlog.add(key(at("b"))));
    CHECK(texts(backlog) == std::vector<std::string>{"key z:g:x", "clear s"});
    CHECK_FALSE(backlog.trusts(at("anything")));
    CHECK_FALSE(backlog.admits_fill(at("a"), 4));
    backlog.carried_out(place("s"), backlog.number());
    CHECK(backlog.trusts(at("anything")));
    CHECK_FALSE(backlog.admits_fill(at("a"), 4)); // the clear did not bring the floor
    CHECK_FALSE(backlog.admits_put(at("a"), 4));
    CHECK(backlog.admits_fill(at("a"), 5));
}

TEST_CASE("backlog: full of other spaces, the largest of them makes room")
{
    invalidation_backlog backlog(3, true);
    for (const char* id : {"a", "b", "c"})
        backlog.add(key(at(id)));
    CHECK_FALSE(backlog.add(key(at("x", "g", "z"))));
    CHECK(texts(backlog) == std::vector<std::string>{"clear z", "clear s"});
}

TEST_CASE("backlog: full of spaces, the newest is not trusted any more, and that is said once")
{
    invalidation_backlog backlog(2, true);
    backlog.add(key(at("a", "g", "s1")));
    backlog.add(key(at("a", "g", "s2")));
    CHECK(backlog.add(key(at("a", "g", "s3"))) == "s3");
    CHECK_FALSE(backlog.add(key(at("b", "g", "s3"))));
    CHECK_FALSE(backlog.trusts(at("anything", "g", "s3")));
    backlog.carried_out(place("s3"), backlog.number());
    CHECK_FALSE(backlog.trusts(at("anything", "g", "s3"))); // nobody knows what was lost
    CHECK(backlog.add(key(at("a", "g", "s4"))) == "s4");
    CHECK(backlog.add(key(at("a", "g", "s5"))) == ""); // everything
    CHECK_FALSE(backlog.trusts(at("a", "g", "never seen")));
    CHECK_FALSE(backlog.add(key(at("a", "g", "s6"))));
    CHECK(backlog.size() == 2);
}

TEST_CASE("backlog: full without a clear, the space is not trusted any more")
{
    invalidation_backlog backlog(1, false);
    CHECK_FALSE(backlog.add(key(at("a"))));
    CHECK(backlog.add(key(at("b"))) == "s");
    CHECK(texts(backlog) == std::vector<std::string>{"key s:g:a"});
    backlog.carried_out(key(at("a")), backlog.number());
    CHECK(backlog.empty());
    CHECK_FALSE(backlog.clean());
    CHECK_FALSE(backlog.trusts(at("a")));
    CHECK(backlog.trusts(at("a", "g", "z")));
}

TEST_CASE("backlog: bounded, it never trusts what an unbounded one would not")
{
    const unsigned seed = 20240514;
    CAPTURE(seed);
    std::mt19937 random(seed);
    for (const bool can_clear : {false, true}) {
        for (std::size_t most : {1, 2, 5}) {
            invalidation_backlog small(most, can_clear);
            invalidation_backlog large(1'000'000, can_clear);
            for (int round = 0; round < 2'000; ++round) {
                // One draw a statement: the compilers take arguments in different orders.
                const auto letter = [&](char first, unsigned count) {
                    return std::string(
                        1, static_cast<char>(first + static_cast<char>(random() % count)));
                };
                const auto some = [&] {
                    const auto id = letter('a', 4);
                    const auto group = letter('g', 2);
                    return at(id, group, letter('s', 3));
                };
                const storage_key k = some();
                const auto what = random() % 4 == 0 ? place(k.space, k.group)
                                  : random() % 4 == 0
                                      ? tag(k.id, k.space)
                                      : key(k, hard, 1 + random() % 8); // zero is no floor
                if (random() % 3 != 0) {
                    small.add(what);
                    large.add(what);
                } else if (const auto next = small.after(0)) {
                    small.carried_out(next->what, small.number());
                    large.carried_out(next->what, large.number());
                }
                const storage_key asked = some();
                if (!large.trusts(asked))
                    CHECK_FALSE((small.trusts(asked) && small.admits_fill(asked, 0)));
                if (!large.trusts_tags(asked.space, {asked.id}))
                    CHECK_FALSE(
                        (small.trusts(asked) && small.trusts_tags(asked.space, {asked.id})));
                CHECK(small.size() <= most);
            }
        }
    }
}
