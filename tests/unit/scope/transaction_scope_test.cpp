// SPDX-License-Identifier: BSL-1.0
#include "scope_support.hpp"

#include <memory>
#include <vector>

TEST_CASE("scope: after a commit, callbacks run one after the other in the order of registration")
{
    asio::io_context io;
    std::string log;
    transaction_scope scope;
    scope.after_commit(note(log, 'a'));
    scope.after_commit([&log] { log += 'b'; });
    scope.after_commit(note(log, 'c'));
    CHECK(log.empty());
    CHECK(commit(io, scope).empty());
    CHECK(log == "abc");
}

TEST_CASE("scope: after a rollback nothing runs but after_rollback callbacks")
{
    asio::io_context io;
    std::string log;
    transaction_scope scope;
    scope.after_commit(note(log, 'a'));
    scope.after_rollback(note(log, 'x'));
    scope.after_rollback(note(log, 'y'));
    CHECK(roll_back(io, scope).empty());
    CHECK(log == "xy");
    CHECK(code_of([&] { (void)scope.committed(); }) == errc::scope_finished);
    CHECK(log == "xy");
}

TEST_CASE("scope: every callback is attempted, and what failed is returned in order")
{
    asio::io_context io;
    std::string log;
    std::string handled;
    auto handler = [&](std::exception_ptr error) { handled += text_of(error); };
    transaction_scope scope(coffer::scope_options().on_error(handler));
    scope.after_commit([] { throw std::runtime_error("1"); });
    scope.after_commit(note(log, 'b'));
    scope.after_commit([]() -> asio::awaitable<void> { throw std::runtime_error("2"); });
    scope.after_commit(note(log, 'c'));
    const scope_errors failed = commit(io, scope);
    CHECK(log == "bc");
    REQUIRE(failed.size() == 2);
    CHECK(text_of(failed[0]) == "1");
    CHECK(text_of(failed[1]) == "2");
    CHECK(handled == "12");
}

TEST_CASE("scope: the end is reported once")
{
    asio::io_context io;
    std::string log;
    transaction_scope scope;
    scope.after_commit(note(log, 'a'));
    CHECK(scope.open());
    commit(io, scope);
    CHECK_FALSE(scope.open());
    CHECK(code_of([&] { (void)scope.committed(); }) == errc::scope_finished);
    CHECK(code_of([&] { (void)scope.committed(7); }) == errc::scope_finished);
    CHECK(code_of([&] { (void)scope.rolled_back(); }) == errc::scope_finished);
    support::drain(io);
    CHECK(log == "a");
}

TEST_CASE("scope: nothing can be registered on a scope that has ended")
{
    asio::io_context io;
    std::string log;
    const support::live here;
    const int before = support::live::count();
    for (const bool committed : {true, false}) {
        transaction_scope scope;
        committed ? commit(io, scope) : roll_back(io, scope);
        CHECK(code_of([&] { scope.after_commit(note(log, 'a')); }) == errc::scope_finished);
        CHECK(code_of([&] { scope.after_commit_once("k", 1, note(log, 'a')); }) ==
              errc::scope_finished);
        CHECK(code_of([&] { scope.after_rollback(note(log, 'a')); }) == errc::scope_finished);
        CHECK(code_of([&] { scope.touch("k"); }) == errc::scope_finished);
        CHECK(code_of([&] { scope.touch_all("g"); }) == errc::scope_finished);
        CHECK(code_of([&] { (void)scope.savepoint(); }) == errc::scope_finished);
        CHECK(code_of([&] { (void)scope.nested(); }) == errc::scope_finished);
    }
    support::drain(io);
    CHECK(log.empty());
    CHECK(support::live::count() == before);
}

TEST_CASE("scope: a callback that registers another one has it run in the same pass")
{
    asio::io_context io;
    std::string log;
    transaction_scope scope;
    scope.after_commit([&log, scope] {
        log += 'a';
        scope.after_commit([&log, scope] {
            log += 'b';
            scope.after_commit(note(log, 'c'));
        });
    });
    scope.after_commit(note(log, 'z'));
    CHECK(commit(io, scope).empty());
    CHECK(log == "azbc");
}

TEST_CASE("scope: a callback that keeps registering itself is stopped by the bound")
{
    asio::io_context io;
    int ran = 0;
    transaction_scope scope(coffer::scope_options().late_callbacks(10));
    struct again {
        transaction_scope scope;
        int* ran;
        void operator()() const
        {
            ++*ran;
            scope.after_commit(*this);
        }
    };
    scope.after_commit(again{scope, &ran});
    const scope_errors failed = commit(io, scope);
    CHECK(ran == 11);
    REQUIRE(failed.size() == 1);
    CHECK(code_of([&] { std::rethrow_exception(failed[0]); }) == errc::too_many_callbacks);
}

TEST_CASE("scope: during the callbacks of one end, the other end can no longer be asked for")
{
    asio::io_context io;
    errc on_commit{}, on_rollback{};
    transaction_scope first, second;
    first.after_commit(
        [&] { on_commit = code_of([&] { first.after_rollback([] { FAIL("never"); }); }); });
    second.after_rollback(
        [&] { on_rollback = code_of([&] { second.after_commit([] { FAIL("never"); }); }); });
    CHECK(commit(io, first).empty());
    CHECK(roll_back(io, second).empty());
    CHECK(on_commit == errc::scope_finished);
    CHECK(on_rollback == errc::scope_finished);
}

TEST_CASE("scope: active until the last callback has run, open until the end is reported")
{
    asio::io_context io;
    std::vector<bool> seen;
    transaction_scope scope;
    scope.after_commit([&] { seen = {scope.open(), scope.active()}; });
    CHECK(scope.active());
    commit(io, scope);
    CHECK(seen == std::vector<bool>{false, true});
    CHECK_FALSE(scope.active());
}

TEST_CASE("scope: destroyed before its end it has rolled back, drops its callbacks and is counted")
{
    std::string log;
    const auto counted = transaction_scope::abandoned();
    const int before = support::live::count();
    auto scope = std::make_unique<transaction_scope>();
    const transaction_scope other = *scope;
    scope->after_commit(note(log, 'a'));
    scope->after_rollback(note(log, 'x'));
    CHECK(support::live::count() == before + 2);
    scope.reset();
    CHECK(support::live::count() == before);
    CHECK(transaction_scope::abandoned() == counted + 1);
    CHECK_FALSE(other.open());
    CHECK(code_of([&] { other.after_commit(note(log, 'b')); }) == errc::scope_finished);
    CHECK(log.empty());
}

TEST_CASE("scope: destroyed before its end, with an executor, it runs its after_rollback callbacks")
{
    asio::io_context io;
    std::string log;
    {
        const transaction_scope scope(coffer::scope_options().executor(io.get_executor()));
        scope.after_commit(note(log, 'a'));
        scope.after_rollback(note(log, 'x'));
    }
    CHECK(log.empty());
    support::drain(io);
    CHECK(log == "x");
}

TEST_CASE("scope: an ended scope is not counted as abandoned")
{
    asio::io_context io;
    const auto counted = transaction_scope::abandoned();
    {
        const transaction_scope first, second;
        commit(io, first);
        roll_back(io, second);
    }
    CHECK(transaction_scope::abandoned() == counted);
}

TEST_CASE("scope: moving hands the ownership on, a copy only refers")
{
    asio::io_context io;
    std::string log;
    transaction_scope first;
    transaction_scope scope = std::move(first);
    {
        const transaction_scope copy = scope;
        CHECK(copy == scope);
        copy.after_commit(note(log, 'a'));
    }
    CHECK(scope.open());
    transaction_scope other;
    CHECK_FALSE(other == scope);
    const transaction_scope watched = other;
    other = std::move(scope); // the scope that `other` owned ends here
    CHECK_FALSE(watched.open());
    commit(io, other);
    CHECK(log == "a");
}

TEST_CASE("scope: a callback that holds its scope keeps nothing alive")
{
    const int before = support::live::count();
    {
        const transaction_scope scope;
        scope.after_commit([scope, here = support::live()] { (void)scope.open(); });
    }
    CHECK(support::live::count() == before);
}

TEST_CASE("scope: a callback may be move-only, and a capturing coroutine lives until it has ended")
{
    asio::io_context io;
    std::string log;
    transaction_scope scope;
    auto owned = std::make_unique<std::string>("owned");
    scope.after_commit([&log, owned = std::move(owned)]() -> asio::awaitable<void> {
        co_await asio::post(asio::use_awaitable);
        log += *owned;
    });
    commit(io, scope);
    CHECK(log == "owned");
}

TEST_CASE("scope: a callback is destroyed when it has run, before the next one runs")
{
    asio::io_context io;
    const int before = support::live::count();
    int seen = -1;
    transaction_scope scope;
    scope.after_commit([here = support::live()] { (void)here; });
    scope.after_commit([&] { seen = support::live::count(); });
    commit(io, scope);
    CHECK(seen == before);
}

TEST_CASE("scope: a callback's destructor may use the scope")
{
    struct on_destruction {
        const transaction_scope* scope;
        bool* reached;
        on_destruction(const transaction_scope* s, bool* r) : scope(s), reached(r) {}
        on_destruction(on_destruction&& other) noexcept
            : scope(std::exchange(other.scope, nullptr)), reached(other.reached)
        {}
        ~on_destruction()
        {
            if (scope) {
                (void)scope->open();
                *reached = true;
            }
        }
        void operator()() const {}
    };
    asio::io_context io;
    bool rolled_back = false, undone = false, replaced = false, refused = false;
    const transaction_scope scope;
    scope.after_commit(on_destruction(&scope, &rolled_back));
    scope.after_commit_once("k", 1, on_destruction(&scope, &replaced));
    scope.after_commit_once("k", 1, [] {});
    CHECK(replaced);
    {
        auto part = scope.savepoint();
        scope.after_commit(on_destruction(&scope, &undone));
        part.rollback();
    }
    CHECK(undone);
    roll_back(io, scope);
    CHECK(rolled_back);
    CHECK(code_of([&] { scope.after_commit(on_destruction(&scope, &refused)); }) ==
          errc::scope_finished);
    CHECK(refused);
}

TEST_CASE("scope: what an error handler throws is dropped")
{
    asio::io_context io;
    std::string log;
    auto handler = [](std::exception_ptr) { throw std::logic_error("handler"); };
    transaction_scope scope(coffer::scope_options().on_error(handler));
    scope.after_commit([] { throw std::runtime_error("callback"); });
    scope.after_commit(note(log, 'b'));
    const scope_errors failed = commit(io, scope);
    REQUIRE(failed.size() == 1);
    CHECK(text_of(failed[0]) == "callback");
    CHECK(log == "b");
}

TEST_CASE("scope: callbacks can ask for the version that the commit made")
{
    asio::io_context io;
    std::optional<std::uint64_t> seen;
    transaction_scope scope, plain;
    scope.after_commit([&] { seen = scope.floor(); });
    CHECK_FALSE(scope.floor());
    support::run(io, scope.committed(41));
    CHECK(seen == 41);
    commit(io, plain);
    CHECK_FALSE(plain.floor());
}

TEST_CASE("scope: an attached object is found by its type, and is not kept alive")
{
    const transaction_scope scope;
    const transaction_scope inner = scope.nested();
    auto text = std::make_shared<std::string>("connection");
    auto number = std::make_shared<int>(3);
    CHECK_FALSE(scope.attachment<std::string>());
    scope.attach(std::weak_ptr(text));
    inner.attach(std::weak_ptr(number));
    CHECK(scope.attachment<std::string>() == text);
    CHECK(inner.attachment<std::string>() == text);
    CHECK(scope.attachment<int>() == number);
    CHECK_FALSE(scope.attachment<double>());
    auto another = std::make_shared<std::string>("another");
    scope.attach(std::weak_ptr(another));
    CHECK(scope.attachment<std::string>() == another);
    another.reset();
    CHECK_FALSE(scope.attachment<std::string>());
}
