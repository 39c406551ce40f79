// SPDX-License-Identifier: BSL-1.0
#include "sqlite_support.hpp"

#include <boost/asio/steady_timer.hpp>

using sqlite::transaction;

namespace {

awaitable<void> set_price(const sqlite::session& db, std::int64_t id, std::int64_t price)
{
    co_await db.execute("update product set price = ? where id = ?", price, id);
}

/// Sets a price and registers its name, in a savepoint; then throws if told to.
struct part {
    std::string* log;
    char name;
    std::int64_t id;
    bool fails;

    awaitable<void> operator()(transaction& tx) const { return work(&tx, log, name, id, fails); }

    static awaitable<void> work(transaction* tx, std::string* log, char name, std::int64_t id,
                                bool fails)
    {
        co_await set_price(*tx, id, 99);
        tx->scope().after_commit([log, name] { *log += name; });
        tx->scope().touch(std::string(1, name));
        if (fails)
            throw std::runtime_error("part");
    }
};
static_assert(std::is_trivially_destructible_v<part>); // it may stand beside co_await

awaitable<bool> attempt(transaction* tx, part what)
{
    bool failed = false;
    try {
        co_await tx->savepoint(what);
    } catch (const std::runtime_error&) {
        failed = true;
    }
    co_return !failed;
}

} // namespace

TEST_CASE("sqlite savepoint: what is undone is undone in the database and in the scope alike")
{
    stepped_database w;
    std::string log;
    const auto body = [&](transaction& tx) -> awaitable<void> {
        const bool first = co_await attempt(&tx, part{&log, 'b', 2, true});
        CHECK_FALSE(first);
        CHECK_FALSE(tx.scope().touches("b", ""));
        const bool second = co_await attempt(&tx, part{&log, 'a', 1, false});
        const bool third = co_await attempt(&tx, part{&log, 'c', 3, false});
        CHECK(second);
        CHECK(third);
        CHECK(tx.scope().touches("a", ""));
    };
    w.run(w.db.transaction(body));
    CHECK(log == "ac");
    CHECK(w.price(1) == 99);
    CHECK(w.price(2) == 20);
    CHECK(w.price(3) == 99);
}

TEST_CASE("sqlite savepoint: returns what its body returns, and sees the transaction's writes")
{
    stepped_database w;
    const auto inner = [](transaction& tx) -> awaitable<std::int64_t> {
        auto row = co_await tx.query_one<std::int64_t>("select price from product where id = 1");
        co_return std::get<0>(*row);
    };
    const auto body = [&](transaction& tx) -> awaitable<std::int64_t> {
        co_await set_price(tx, 1, 11);
        co_return co_await tx.savepoint(inner);
    };
    CHECK(w.run(w.db.transaction(body)) == 11);
}

TEST_CASE("sqlite savepoint: nested, an outer rollback takes a released inner one with it")
{
    stepped_database w;
    std::string log;
    const auto outer = [&](transaction& tx) -> awaitable<void> {
        co_await set_price(tx, 1, 11);
        co_await tx.savepoint(part{&log, 'i', 2, false});
        throw std::runtime_error("outer");
    };
    const auto body = [&](transaction& tx) -> awaitable<void> {
        co_await set_price(tx, 3, 33);
        tx.scope().after_commit([&] { log += 'o'; });
        try {
            co_await tx.savepoint(outer);
        } catch (const std::runtime_error&) {
            log += 'x';
        }
    };
    w.run(w.db.transaction(body));
    CHECK(log == "xo");
    CHECK(w.price(1) == 10);
    CHECK(w.price(2) == 20);
    CHECK(w.price(3) == 33);
}

TEST_CASE("sqlite savepoint: an exception that nobody catches rolls the whole transaction back")
{
    stepped_database w;
    std::string log;
    const auto body = [&](transaction& tx) -> awaitable<void> {
        co_await set_price(tx, 1, 11);
        co_await tx.savepoint(part{&log, 'b', 2, true});
    };
    CHECK_THROWS_WITH(w.run(w.db.transaction(body)), "part");
    CHECK(log.empty());
    CHECK(w.price(1) == 10);
}

TEST_CASE("sqlite savepoint: a statement that fails inside undoes only the savepoint")
{
    stepped_database w;
    const auto inner = [](transaction& tx) -> awaitable<void> {
        co_await set_price(tx, 2, 22);
        co_await tx.execute("insert into product values (1, 1)");
    };
    const auto body = [&](transaction& tx) -> awaitable<void> {
        co_await set_price(tx, 1, 11);
        bool refused = false;
        try {
            co_await tx.savepoint(inner);
        } catch (const sqlite::error&) {
            refused = true;
        }
        CHECK(refused);
    };
    w.run(w.db.transaction(body));
    CHECK(w.price(1) == 11);
    CHECK(w.price(2) == 20);
}

TEST_CASE("sqlite savepoint: the database rolls everything back inside one: no commit is reported")
{
    stepped_database w;
    std::string log;
    const auto inner = [](transaction& tx) -> awaitable<void> {
        co_await tx.execute("insert or rollback into product values (1, 1)");
    };
    const auto body = [&](transaction& tx) -> awaitable<void> {
        co_await set_price(tx, 1, 11);
        tx.scope().after_commit([&] { log += "commit "; });
        try {
            co_await tx.savepoint(inner);
        } catch (const sqlite::error&) {
            log += "caught ";
        }
    };
    CHECK_THROWS_WITH_AS(w.run(w.db.transaction(body)), doctest::Contains("UNIQUE"), sqlite::error);
    CHECK(log == "caught ");
    CHECK(w.price(1) == 10);
}

TEST_CASE("sqlite savepoint: a caller that leaves it undoes it, and the transaction goes on")
{
    stepped_database w;
    std::string log;
    asio::cancellation_signal cancel;
    const auto inner = [&](transaction& tx) -> awaitable<void> {
        co_await set_price(tx, 2, 22);
        tx.scope().after_commit([&] { log += "inner "; });
        asio::steady_timer never(w.io, asio::steady_timer::time_point::max());
        co_await never.async_wait(asio::use_awaitable);
    };
    const auto body = [&](transaction& tx) -> awaitable<void> {
        co_await set_price(tx, 1, 11);
        bool left = false;
        auto work = tx.savepoint(inner);
        auto token = asio::bind_cancellation_slot(cancel.slot(), asio::use_awaitable);
        try {
            co_await asio::co_spawn(w.io, std::move(work), token);
        } catch (const boost::system::system_error& e) {
            left = e.code() == asio::error::operation_aborted;
        }
        CHECK(left);
        co_await set_price(tx, 3, 33);
    };
    const support::started caller(w.io, w.db.transaction(body));
    support::drain(w.io);
    cancel.emit(asio::cancellation_type::terminal);
    support::drain(w.io);
    CHECK(caller.ended());
    CHECK_FALSE(caller.error());
    CHECK(log.empty());
    CHECK(w.price(1) == 11);
    CHECK(w.price(2) == 20);
    CHECK(w.price(3) == 33);
}
