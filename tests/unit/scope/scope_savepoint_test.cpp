// SPDX-License-Identifier: BSL-1.0
#include "scope_support.hpp"

#include <memory>
#include <optional>

TEST_CASE("savepoint: a rollback drops everything registered since it, and nothing before or after")
{
    asio::io_context io;
    std::string log;
    const int before = support::live::count();
    const transaction_scope scope;
    scope.after_commit(note(log, 'a'));
    {
        auto part = scope.savepoint();
        scope.after_commit(note(log, 'b'));
        scope.after_commit(note(log, 'c'));
        part.rollback();
    }
    CHECK(support::live::count() == before + 1);
    scope.after_commit(note(log, 'd'));
    commit(io, scope);
    CHECK(log == "ad");
}

TEST_CASE_FIXTURE(logged_scope, "savepoint: a release leaves everything to what is around it")
{
    {
        auto outer = scope.savepoint();
        scope.after_commit(note(log, 'a'));
        auto inner = scope.savepoint();
        scope.after_commit(note(log, 'b'));
        inner.release();
        outer.release();
    }
    scope.after_commit(note(log, 'c'));
    commit(io, scope);
    CHECK(log == "abc");
}

TEST_CASE_FIXTURE(logged_scope, "savepoint: what was released inside a part goes with that part")
{
    auto outer = scope.savepoint();
    auto inner = scope.savepoint();
    scope.after_commit(note(log, 'b'));
    scope.after_commit_once("k", 1, note(log, 'k'));
    scope.touch("key");
    inner.release();
    CHECK(scope.has_intents());
    outer.rollback();
    CHECK_FALSE(scope.has_intents());
    CHECK_FALSE(scope.touches("key", ""));
    commit(io, scope);
    CHECK(log.empty());
}

TEST_CASE_FIXTURE(logged_scope,
                  "savepoint: destroyed unended it rolls back, together with those inside it")
{
    {
        const auto outer = scope.savepoint();
        scope.after_commit(note(log, 'a'));
        const auto inner = scope.savepoint();
        scope.after_commit(note(log, 'b'));
    }
    std::optional inner = scope.savepoint();
    {
        std::optional outer = std::move(inner);
        inner = scope.savepoint();
        scope.after_commit(note(log, 'c'));
        outer.reset(); // in the wrong order: the inner one has ended with it
    }
    CHECK(code_of([&] { inner->release(); }) == errc::scope_finished);
    scope.after_commit(note(log, 'd'));
    inner.reset();
    scope.after_commit(note(log, 'e'));
    commit(io, scope);
    CHECK(log == "de");
}

TEST_CASE_FIXTURE(
    logged_scope,
    "savepoint: ending one while another is open inside it is refused and changes nothing")
{
    auto outer = scope.savepoint();
    scope.after_commit(note(log, 'a'));
    auto inner = scope.savepoint();
    scope.after_commit(note(log, 'b'));
    CHECK_THROWS_AS(outer.release(), std::logic_error);
    CHECK_THROWS_AS(outer.rollback(), std::logic_error);
    inner.rollback();
    outer.release();
    commit(io, scope);
    CHECK(log == "a");
}

TEST_CASE("savepoint: ended twice, or after its scope, is refused")
{
    asio::io_context io;
    const transaction_scope scope;
    auto first = scope.savepoint();
    first.release();
    CHECK(code_of([&] { first.release(); }) == errc::scope_finished);
    CHECK(code_of([&] { first.rollback(); }) == errc::scope_finished);
    auto second = scope.savepoint();
    commit(io, scope);
    CHECK(code_of([&] { second.release(); }) == errc::scope_finished);
    CHECK(code_of([&] { second.rollback(); }) == errc::scope_finished);
}

TEST_CASE_FIXTURE(logged_scope,
                  "savepoint: one that is still open at the commit is part of it, as in a database")
{
    scope.after_commit_once("k", 1, note(log, 'k'));
    const auto part = scope.savepoint();
    const transaction_scope inner = scope.nested();
    scope.after_commit(note(log, 'a'));
    inner.after_commit(note(log, 'b'));
    scope.after_commit_once("k", 2, note(log, 'K'));
    commit(io, scope);
    CHECK(log == "Kab");
    CHECK(code_of([&] { (void)inner.rolled_back(); }) == errc::scope_finished);
}

TEST_CASE_FIXTURE(logged_scope, "savepoint: it can be moved, and assigned over")
{
    auto part = scope.savepoint();
    auto moved = std::move(part);
    scope.after_commit(note(log, 'a'));
    moved.release();
    auto next = scope.savepoint();
    scope.after_commit(note(log, 'b'));
    moved = std::move(next);
    moved.rollback();
    commit(io, scope);
    CHECK(log == "a");
}

TEST_CASE("savepoint: after_rollback of a part that rolled back runs at the outer end, either way")
{
    for (const bool committed : {true, false}) {
        CAPTURE(committed);
        asio::io_context io;
        std::string log;
        const transaction_scope scope;
        scope.after_commit(note(log, 'a'));
        scope.after_rollback(note(log, 'v'));
        {
            const auto outer = scope.savepoint();
            auto inner = scope.savepoint();
            scope.after_rollback(note(log, 'x'));
            inner.rollback();
            scope.after_rollback(note(log, 'y'));
        }
        auto kept = scope.savepoint();
        scope.after_rollback(note(log, 'z'));
        kept.release();
        scope.after_commit(note(log, 'b'));
        CHECK(log.empty());
        committed ? commit(io, scope) : roll_back(io, scope);
        CHECK(log == (committed ? "axyb" : "vxyz"));
    }
}

TEST_CASE_FIXTURE(
    logged_scope,
    "nested scope: merges into the outer one and keeps the place of each registration")
{
    scope.after_commit(note(log, 'a'));
    const transaction_scope inner = scope.nested();
    inner.after_commit(note(log, 'b'));
    scope.after_commit(note(log, 'c'));
    inner.after_commit(note(log, 'd'));
    CHECK(commit(io, inner).empty());
    CHECK(log.empty());
    CHECK(scope.open());
    CHECK_FALSE(inner.open());
    CHECK_FALSE(inner.active());
    CHECK(code_of([&] { inner.after_commit(note(log, 'x')); }) == errc::scope_finished);
    commit(io, scope);
    CHECK(log == "abcd");
}

TEST_CASE("nested scope: vanishes by a rollback or unended, and leaves the outer one's own")
{
    asio::io_context io;
    std::string log;
    const auto counted = transaction_scope::abandoned();
    const transaction_scope scope;
    {
        const transaction_scope inner = scope.nested();
        inner.after_commit(note(log, 'a'));
        scope.after_commit(note(log, 'b'));
        roll_back(io, inner);
    }
    {
        const auto on_copy = [&](transaction_scope copy) { copy.after_commit(note(log, 'c')); };
        const transaction_scope inner = scope.nested();
        on_copy(inner);
    }
    CHECK(transaction_scope::abandoned() == counted); // only whole transactions count
    commit(io, scope);
    CHECK(log == "b");
}

TEST_CASE_FIXTURE(logged_scope, "nested scope: siblings may be open together and end in any order")
{
    const transaction_scope first = scope.nested();
    const transaction_scope second = scope.nested();
    first.after_commit(note(log, 'a'));
    second.after_commit(note(log, 'b'));
    first.after_commit(note(log, 'c'));
    first.touch("first");
    second.touch("second");
    commit(io, first);
    roll_back(io, second);
    CHECK(scope.touches("first", ""));
    CHECK_FALSE(scope.touches("second", ""));
    commit(io, scope);
    CHECK(log == "ac");
}

TEST_CASE_FIXTURE(logged_scope,
                  "nested scope: goes with the savepoint of the outer scope that it began in")
{
    auto part = scope.savepoint();
    const transaction_scope inner = scope.nested();
    auto inner_part = inner.savepoint();
    inner.after_commit(note(log, 'a'));
    CHECK_THROWS_AS(part.rollback(), std::logic_error); // `inner` is open in it
    {
        const auto taken = std::move(part);
    }
    CHECK_FALSE(inner.open());
    CHECK(code_of([&] { inner.after_commit(note(log, 'b')); }) == errc::scope_finished);
    CHECK(code_of([&] { inner_part.release(); }) == errc::scope_finished);
    CHECK(code_of([&] { (void)inner.committed(); }) == errc::scope_finished);
    commit(io, scope);
    CHECK(log.empty());
}

TEST_CASE_FIXTURE(logged_scope, "nested scope: with savepoints inside, three levels deep")
{
    const transaction_scope inner = scope.nested();
    const transaction_scope innermost = inner.nested();
    innermost.after_commit(note(log, 'a'));
    auto part = innermost.savepoint();
    innermost.after_commit(note(log, 'b'));
    part.rollback();
    CHECK_THROWS_AS((void)inner.committed(), std::logic_error); // `innermost` is open in it
    commit(io, innermost);
    commit(io, inner);
    commit(io, scope);
    CHECK(log == "a");
}

TEST_CASE("touched: a key or its whole group counts, until the part that touched it rolls back")
{
    const transaction_scope scope;
    CHECK_FALSE(scope.touches("p:1", "p"));
    scope.touch("p:1");
    CHECK(scope.touches("p:1", "p"));
    CHECK_FALSE(scope.touches("p:2", "p"));
    auto part = scope.savepoint();
    scope.touch("p:1"); // again: must still be touched when only this one is undone
    scope.touch("p:2");
    scope.touch_all("q");
    CHECK(scope.touches("p:2", "p"));
    CHECK(scope.touches("q:anything", "q"));
    CHECK_FALSE(scope.touches("q", "p")); // a group's name is no key
    part.rollback();
    CHECK(scope.touches("p:1", "p"));
    CHECK_FALSE(scope.touches("p:2", "p"));
    CHECK_FALSE(scope.touches("q:anything", "q"));
}

TEST_CASE("touched: all of everything counts for every key, until the part rolls back")
{
    const transaction_scope scope;
    {
        auto part = scope.savepoint();
        scope.touch_all();
        CHECK(scope.touches("p:1", "p"));
        CHECK(scope.touches("", ""));
        part.rollback();
    }
    CHECK_FALSE(scope.touches("p:1", "p"));
    const transaction_scope inner = scope.nested();
    inner.touch_all();
    CHECK(scope.touches("p:1", "p"));
}

TEST_CASE("touched: what a released part touched stays touched")
{
    const transaction_scope scope;
    {
        auto part = scope.savepoint();
        scope.touch("a");
        scope.touch("b");
        part.release();
    }
    scope.touch("a");
    auto part = scope.savepoint();
    scope.touch("a");
    scope.touch("c");
    part.rollback();
    CHECK(scope.touches("a", ""));
    CHECK(scope.touches("b", ""));
    CHECK_FALSE(scope.touches("c", ""));
}

TEST_CASE("touched: stays until the invalidations have run, and goes at once by a rollback")
{
    asio::io_context io;
    bool during = false;
    const transaction_scope scope, undone;
    scope.touch("a");
    scope.after_commit([&] { during = scope.touches("a", ""); });
    commit(io, scope);
    CHECK(during);
    CHECK_FALSE(scope.touches("a", ""));
    undone.touch("a");
    undone.after_rollback([&] { during = undone.touches("a", ""); });
    roll_back(io, undone);
    CHECK_FALSE(during);
}
