// SPDX-License-Identifier: BSL-1.0
#include "scope_support.hpp"

namespace {
constexpr int soft = 1, hard = 2;
} // namespace

TEST_CASE("intent: repeated, it runs once, at the place of its first registration")
{
    asio::io_context io;
    std::string log;
    const int before = support::live::count();
    const transaction_scope scope;
    scope.after_commit_once("k", hard, note(log, 'k'));
    scope.after_commit(note(log, 'a'));
    for (int i = 0; i < 1000; ++i)
        scope.after_commit_once("k", hard, note(log, 'k'));
    scope.after_commit_once("l", hard, note(log, 'l'));
    CHECK(support::live::count() == before + 3); // repeating costs no memory
    commit(io, scope);
    CHECK(log == "kal");
}

TEST_CASE("intent: a stronger one takes the place of a weaker one, whichever came first")
{
    asio::io_context io;
    std::string log;
    const transaction_scope up, down;
    up.after_commit_once("k", soft, note(log, 's'));
    up.after_commit(note(log, 'a'));
    up.after_commit_once("k", hard, note(log, 'h'));
    commit(io, up);
    CHECK(log == "ha");
    log.clear();
    down.after_commit_once("k", hard, note(log, 'h'));
    down.after_commit(note(log, 'a'));
    down.after_commit_once("k", soft, note(log, 's'));
    commit(io, down);
    CHECK(log == "ha");
}

TEST_CASE_FIXTURE(logged_scope,
                  "intent: of two of the same strength the later one counts, at the earlier place")
{
    scope.after_commit_once("k", hard, note(log, '1'));
    scope.after_commit(note(log, 'a'));
    scope.after_commit_once("k", hard, note(log, '2'));
    commit(io, scope);
    CHECK(log == "2a");
}

TEST_CASE_FIXTURE(logged_scope,
                  "intent: a stronger one undone by a savepoint leaves the weaker one as it was")
{
    scope.after_commit_once("k", soft, note(log, 's'));
    {
        const auto part = scope.savepoint();
        scope.after_commit_once("k", hard, note(log, 'h'));
        scope.after_commit_once("l", hard, note(log, 'l'));
    }
    CHECK(scope.has_intents());
    commit(io, scope);
    CHECK(log == "s");
}

TEST_CASE_FIXTURE(logged_scope, "intent: one that is released joins the one around it")
{
    const int before = support::live::count();
    scope.after_commit_once("k", soft, note(log, 's'));
    scope.after_commit(note(log, 'a'));
    for (int i = 0; i < 100; ++i) {
        auto part = scope.savepoint();
        scope.after_commit_once("k", i == 50 ? hard : soft, note(log, i == 50 ? 'h' : 's'));
        part.release();
    }
    CHECK(support::live::count() == before + 2);
    commit(io, scope);
    CHECK(log == "ha");
}

TEST_CASE(
    "intent: a nested scope's earlier one and the outer's later one meet at the earlier place")
{
    for (const bool outer_stronger : {true, false}) {
        asio::io_context io;
        std::string log;
        const transaction_scope scope;
        const transaction_scope inner = scope.nested();
        inner.after_commit_once("k", outer_stronger ? soft : hard, note(log, 'i'));
        scope.after_commit(note(log, 'a'));
        scope.after_commit_once("k", outer_stronger ? hard : soft, note(log, 'o'));
        commit(io, inner);
        commit(io, scope);
        CHECK(log == (outer_stronger ? "oa" : "ia"));
    }
}

TEST_CASE("intent: registered while callbacks run, it joins one that is due, or runs again")
{
    asio::io_context io;
    std::string log;
    const transaction_scope scope;
    scope.after_commit_once("early", hard, note(log, 'e'));
    scope.after_commit([&, scope] {
        scope.after_commit_once("early", hard, note(log, 'E')); // has run: runs again
        scope.after_commit_once("late", soft, note(log, 'x'));  // is due, and stronger
    });
    scope.after_commit_once("late", hard, note(log, 'l'));
    commit(io, scope);
    CHECK(log == "elE");
}

TEST_CASE_FIXTURE(logged_scope, "intent: dropped by a rollback like everything else")
{
    CHECK_FALSE(scope.has_intents());
    scope.after_commit(note(log, 'a'));
    CHECK_FALSE(scope.has_intents());
    scope.after_commit_once("k", hard, note(log, 'k'));
    CHECK(scope.has_intents());
    roll_back(io, scope);
    CHECK_FALSE(scope.has_intents());
    CHECK(log.empty());
}
