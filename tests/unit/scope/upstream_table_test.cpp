// SPDX-License-Identifier: BSL-1.0
//
// What goes wrong with post-commit callbacks elsewhere, case by case. The database layer here is a
// stub that writes what it does into the log, as a middleware with one session per request would.
#include "scope_support.hpp"

#include <functional>

namespace {

using body = std::function<void(const transaction_scope&)>;

/// One request in one session: commits if `body` returns, rolls back if it throws or says so.
class session {
public:
    session(asio::io_context& io, std::string& log) : io_(io), log_(log) {}

    scope_errors request(const body& work, bool commit_fails = false)
    {
        try {
            work(scope_);
            if (commit_fails)
                throw std::runtime_error("commit failed");
        } catch (...) {
            log_ += "rollback ";
            roll_back(io_, scope_);
            log_ += "close ";
            throw;
        }
        log_ += "commit ";
        scope_errors failed = commit(io_, scope_);
        log_ += "close ";
        return failed;
    }

    scope_errors refuse(const body& work) // a response with a status from 400 on
    {
        work(scope_);
        log_ += "rollback ";
        scope_errors failed = roll_back(io_, scope_);
        log_ += "close ";
        return failed;
    }

private:
    asio::io_context& io_;
    std::string& log_;
    transaction_scope scope_;
};

auto says(std::string& log, const char* what)
{
    return [&log, what] { log += what; };
}

struct world {
    asio::io_context io;
    std::string log;
};

} // namespace

TEST_CASE("upstream table: commit, two callbacks: commit, A, B, close")
{
    world w;
    session(w.io, w.log).request([&](const transaction_scope& tx) {
        tx.after_commit(says(w.log, "A "));
        tx.after_commit(says(w.log, "B "));
    });
    CHECK(w.log == "commit A B close ");
}

TEST_CASE("upstream table: a body that throws: no callback runs, and the exception comes out")
{
    world w;
    const auto work = [&](const transaction_scope& tx) {
        tx.after_commit(says(w.log, "A "));
        throw std::runtime_error("body");
    };
    CHECK_THROWS_WITH((void)session(w.io, w.log).request(work), "body");
    CHECK(w.log == "rollback close ");
}

TEST_CASE("upstream table: an explicit rollback: no callback runs")
{
    world w;
    session(w.io, w.log).refuse([&](const transaction_scope& tx) {
        tx.after_commit(says(w.log, "A "));
    });
    CHECK(w.log == "rollback close ");
}

TEST_CASE("upstream table: no commit at all: callbacks are dropped, and it is counted")
{
    world w;
    const auto counted = transaction_scope::abandoned();
    {
        const transaction_scope tx;
        tx.after_commit(says(w.log, "A "));
        w.log += "close ";
    }
    support::drain(w.io);
    CHECK(w.log == "close ");
    CHECK(transaction_scope::abandoned() == counted + 1);
}

TEST_CASE("upstream table: a commit by hand runs the callbacks like any other")
{
    world w;
    const transaction_scope tx;
    tx.after_commit(says(w.log, "A "));
    w.log += "commit ";
    commit(w.io, tx);
    CHECK(w.log == "commit A ");
}

TEST_CASE("upstream table: the first callback fails: the second runs, the session is closed")
{
    world w;
    scope_errors failed;
    const auto work = [&](const transaction_scope& tx) {
        tx.after_commit([&] {
            w.log += "A ";
            throw std::runtime_error("A failed");
        });
        tx.after_commit(says(w.log, "B "));
    };
    CHECK_NOTHROW(failed = session(w.io, w.log).request(work)); // the data is committed
    CHECK(w.log == "commit A B close ");
    REQUIRE(failed.size() == 1);
    CHECK(text_of(failed[0]) == "A failed");
}

TEST_CASE("upstream table: the commit itself fails: no callback runs, the session is closed")
{
    world w;
    const auto work = [&](const transaction_scope& tx) {
        tx.after_commit(says(w.log, "A "));
        tx.after_rollback(says(w.log, "X "));
    };
    CHECK_THROWS_WITH((void)session(w.io, w.log).request(work, true), "commit failed");
    CHECK(w.log == "rollback X close ");
}

TEST_CASE("upstream table: nested scopes: inner callbacks wait for the outer commit")
{
    world w;
    session(w.io, w.log).request([&](const transaction_scope& tx) {
        const transaction_scope inner = tx.nested();
        inner.after_commit(says(w.log, "inner "));
        commit(w.io, inner);
        w.log += "inner-commit ";
        tx.after_commit(says(w.log, "outer "));
    });
    CHECK(w.log == "inner-commit commit inner outer close ");
}

TEST_CASE("upstream table: nested scopes: inner callbacks do not run if the outer fails")
{
    world w;
    const auto work = [&](const transaction_scope& tx) {
        const transaction_scope inner = tx.nested();
        inner.after_commit(says(w.log, "inner "));
        commit(w.io, inner);
        throw std::runtime_error("outer");
    };
    CHECK_THROWS_WITH((void)session(w.io, w.log).request(work), "outer");
    CHECK(w.log == "rollback close ");
}

TEST_CASE("upstream table: an inner scope without commit loses its callbacks, the outer keeps its")
{
    world w;
    session(w.io, w.log).request([&](const transaction_scope& tx) {
        tx.after_commit(says(w.log, "outer "));
        const transaction_scope inner = tx.nested();
        inner.after_commit(says(w.log, "inner "));
    });
    CHECK(w.log == "commit outer close ");
}

TEST_CASE("upstream table: a callback registers another: same pass, and an endless one ends")
{
    world w;
    scope_errors failed;
    std::function<void(const transaction_scope&)> endless = [&](const transaction_scope& tx) {
        tx.after_commit([&endless, tx] { endless(tx); });
    };
    failed = session(w.io, w.log).request([&](const transaction_scope& tx) {
        tx.after_commit([&, tx] { tx.after_commit(says(w.log, "B ")); });
        endless(tx);
    });
    CHECK(w.log == "commit B close ");
    REQUIRE(failed.size() == 1);
    CHECK(code_of([&] { std::rethrow_exception(failed[0]); }) == errc::too_many_callbacks);
}

TEST_CASE("upstream table: registered outside a transaction: an error with its own code")
{
    world w;
    const transaction_scope ended;
    commit(w.io, ended);
    CHECK(code_of([&] { ended.after_commit(says(w.log, "A ")); }) == errc::scope_finished);
    CHECK(w.log.empty());
}
