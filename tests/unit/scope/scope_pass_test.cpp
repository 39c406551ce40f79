// SPDX-License-Identifier: BSL-1.0
//
// The coroutine that runs the callbacks, and those who wait for it.
#include "scope_support.hpp"

#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

#include <memory>
#include <optional>
#include <thread>

namespace {

asio::awaitable<void> commit_into(std::optional<scope_errors>* to, const transaction_scope* scope)
{
    to->emplace(co_await scope->committed());
}

/// A transaction with callbacks that suspend, one that fails, one that registers another.
class whole_transaction {
public:
    explicit whole_transaction(asio::io_context&) {}

    asio::awaitable<void> run()
    {
        co_await asio::post(asio::use_awaitable);
        scope_->after_commit(note(log_, 'a'));
        scope_->after_commit([this] {
            scope_->after_commit(note(log_, 'd'));
            throw std::runtime_error("b");
        });
        scope_->after_rollback(note(log_, 'x'));
        co_await asio::post(asio::use_awaitable); // COMMIT
        committing_ = true;
        co_await asio::this_coro::throw_if_cancelled(false);
        failed_ = co_await scope_->committed();
    }

    void ended(std::exception_ptr error)
    {
        if (committing_)
            CHECK(log_ == "ad"); // whoever left: all callbacks have run, once each
        else
            CHECK(log_.empty());
        if (!error)
            CHECK(failed_.size() == 1);
        else
            CHECK_THROWS_AS(std::rethrow_exception(error), boost::system::system_error);
    }

private:
    std::string log_;
    bool committing_ = false;
    scope_errors failed_;
    std::unique_ptr<transaction_scope> scope_ = std::make_unique<transaction_scope>();
};

} // namespace

TEST_CASE("pass: abandoned at every step, nothing is left alive")
{
    CHECK(support::abandon_at_every_step<whole_transaction>() > 5);
}

TEST_CASE("pass: cancelled at every step after the commit, no callback is lost")
{
    CHECK(support::cancel_at_every_step<whole_transaction>() > 5);
}

TEST_CASE("pass: a cancelled caller stops waiting at once, and the callbacks go on")
{
    asio::io_context io;
    std::string log;
    std::optional<scope_errors> result;
    const transaction_scope scope;
    for (char name = 'a'; name <= 'z'; ++name)
        scope.after_commit(note(log, name));
    support::started caller(io, commit_into(&result, &scope));
    while (log.empty())
        REQUIRE(support::step(io, 1) == 1);
    caller.cancel();
    support::step(io, 10);
    CHECK(caller.ended());
    CHECK(log.size() < 26);
    support::drain(io);
    CHECK(log == "abcdefghijklmnopqrstuvwxyz");
    CHECK_FALSE(result);
    CHECK_THROWS_AS(std::rethrow_exception(caller.error()), boost::system::system_error);
}

TEST_CASE("pass: with an executor it starts at the call, awaited or not")
{
    asio::io_context io;
    std::string log;
    const transaction_scope scope(coffer::scope_options().executor(io.get_executor()));
    scope.after_commit(note(log, 'a'));
    (void)scope.committed();
    support::drain(io);
    CHECK(log == "a");
}

TEST_CASE("pass: without an executor and never awaited, its callbacks are lost and reported")
{
    std::string log;
    errc reported{};
    const int before = support::live::count();
    const auto handler = [&](std::exception_ptr error) {
        reported = code_of([&] { std::rethrow_exception(error); });
    };
    const transaction_scope scope(coffer::scope_options().on_error(handler));
    scope.after_commit(note(log, 'a'));
    (void)scope.committed();
    CHECK(reported == errc::abandoned);
    CHECK(support::live::count() == before);
    CHECK_FALSE(scope.active());
}

TEST_CASE("pass: never awaited with nothing registered, there is nothing to report")
{
    bool reported = false;
    const auto handler = [&](std::exception_ptr) { reported = true; };
    const transaction_scope scope(coffer::scope_options().on_error(handler));
    (void)scope.committed();
    CHECK_FALSE(reported);
}

TEST_CASE("pass: runs on the executor of the options, and the caller resumes on its own")
{
    asio::io_context io;
    asio::thread_pool elsewhere(1);
    std::thread::id ran_on, resumed_on;
    const transaction_scope scope(coffer::scope_options().executor(elsewhere.get_executor()));
    scope.after_commit([&] { ran_on = std::this_thread::get_id(); });
    auto caller = [](const transaction_scope* tx, std::thread::id* at) -> asio::awaitable<void> {
        co_await tx->committed();
        *at = std::this_thread::get_id();
    };
    asio::co_spawn(io, caller(&scope, &resumed_on), asio::detached);
    io.run();
    elsewhere.join();
    CHECK(resumed_on == std::this_thread::get_id());
    CHECK(ran_on != std::thread::id());
    CHECK(ran_on != resumed_on);
}

TEST_CASE("pass: the context of the callbacks stops: the caller elsewhere is told")
{
    asio::io_context io;
    std::string log;
    errc reported{};
    const auto handler = [&](std::exception_ptr error) {
        reported = code_of([&] { std::rethrow_exception(error); });
    };
    for (const std::size_t steps : {0u, 1u, 2u}) {
        auto other = std::make_unique<asio::io_context>();
        const transaction_scope scope(
            coffer::scope_options().executor(other->get_executor()).on_error(handler));
        scope.after_commit(note(log, 'a'));
        scope.after_commit(note(log, 'b'));
        std::optional<scope_errors> result;
        support::started caller(io, commit_into(&result, &scope));
        support::drain(io);
        CHECK_FALSE(caller.ended());
        support::step(*other, steps);
        other.reset();
        support::drain(io);
        REQUIRE(caller.ended());
        CHECK(code_of([&] { std::rethrow_exception(caller.error()); }) == errc::abandoned);
        CHECK(reported == errc::abandoned);
        CHECK(code_of([&] { scope.after_commit([] {}); }) == errc::scope_finished);
    }
}

TEST_CASE("pass: the context of the caller stops: the callbacks elsewhere go on")
{
    asio::io_context other;
    std::string log;
    const int before = support::live::count();
    const transaction_scope scope(coffer::scope_options().executor(other.get_executor()));
    scope.after_commit(note(log, 'a'));
    scope.after_commit(note(log, 'b'));
    {
        asio::io_context io;
        std::optional<scope_errors> result;
        const support::started caller(io, commit_into(&result, &scope));
        support::drain(io);
        CHECK_FALSE(caller.ended());
    }
    support::drain(other);
    CHECK(log == "ab");
    CHECK(support::live::count() == before);
}

TEST_CASE("pass: works from a strand and from a thread pool")
{
    asio::thread_pool pool(2);
    std::string log;
    const transaction_scope first, second;
    first.after_commit(note(log, 'a'));
    second.after_commit(note(log, 'b'));
    std::optional<scope_errors> result;
    asio::co_spawn(asio::make_strand(pool), commit_into(&result, &first), asio::use_future).get();
    CHECK(log == "a");
    asio::co_spawn(pool, commit_into(&result, &second), asio::use_future).get();
    CHECK(log == "ab");
}

TEST_CASE("pass: a long list of callbacks does not grow the stack")
{
    asio::io_context io;
    int ran = 0;
    const transaction_scope scope;
    for (int i = 0; i < 100'000; ++i)
        scope.after_commit([&ran] { ++ran; });
    CHECK(commit(io, scope).empty());
    CHECK(ran == 100'000);
}
