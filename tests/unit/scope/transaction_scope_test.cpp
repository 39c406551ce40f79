// SPDX-License-Identifier: BSL-1.0
#include "support/stepper.hpp"

#include <coffer/core/errc.hpp>
#include <coffer/transaction_scope.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <stdexcept>
#include <string>

namespace asio = boost::asio;
using coffer::errc;
using coffer::scope_errors;
using coffer::transaction_scope;

namespace {

/// Notes its name when it runs; a coroutine that suspends once, and counts as a live object.
class note {
public:
    note(std::string& log, char name) : log_(&log), name_(name) {}

    asio::awaitable<void> operator()() const { return write(log_, name_); }

private:
    static asio::awaitable<void> write(std::string* log, char name)
    {
        co_await asio::post(asio::use_awaitable);
        *log += name;
    }

    std::string* log_;
    char name_;
    support::live live_;
};

template <class F>
errc code_of(F&& f)
{
    try {
        f();
    } catch (const boost::system::system_error& e) {
        REQUIRE(e.code().category() == coffer::coffer_category());
        return static_cast<errc>(e.code().value());
    }
    return errc(0);
}

std::string text_of(const std::exception_ptr& error)
{
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& e) {
        return e.what();
    }
}

scope_errors commit(asio::io_context& io, const transaction_scope& scope)
{
    return support::run(io, scope.committed());
}

scope_errors roll_back(asio::io_context& io, const transaction_scope& scope)
{
    return support::run(io, scope.rolled_back());
}

} // namespace

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
