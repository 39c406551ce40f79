// SPDX-License-Identifier: BSL-1.0
#include "sqlite_support.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>

#include <optional>

using coffer::transaction_scope;
using sqlite::transaction;

namespace {

awaitable<void> set_price(const sqlite::session& db, std::int64_t id, std::int64_t price)
{
    co_await db.execute("update product set price = ? where id = ?", price, id);
}

} // namespace

TEST_CASE("transaction: commits when its body returns, and returns what the body returns")
{
    stepped_database w;
    std::string log;
    const auto body = [&](auto& tx) -> awaitable<std::int64_t> {
        co_await tx.execute("update product set price = 11 where id = 1");
        tx.scope().after_commit([&] { log += "after "; });
        log += "body ";
        co_return 7;
    };
    CHECK(w.run(w.db.transaction(body)) == 7);
    CHECK(log == "body after ");
    CHECK(w.price(1) == 11);
    CHECK(w.db.stats().committed == 1);
    CHECK(w.db.stats().rolled_back == 0);
}

TEST_CASE("transaction: a temporary lambda that captures by reference, awaited in place")
{
    stepped_database w;
    std::string log;
    auto caller = [&]() -> awaitable<void> {
        co_await w.db.transaction([&](transaction& tx) -> awaitable<void> {
            co_await tx.execute("update product set price = 11 where id = 1");
            tx.scope().after_commit([&log] { log += "after "; });
        });
        log += "returned";
    };
    w.run(caller());
    CHECK(log == "after returned");
    CHECK(w.price(1) == 11);
}

TEST_CASE("transaction: a body that owns what it captures is kept alive until it has ended")
{
    stepped_database w;
    awaitable<void> work = [&w] {
        auto owned = std::make_unique<std::int64_t>(12);
        return w.db.transaction([owned = std::move(owned)](transaction& tx) -> awaitable<void> {
            co_await asio::post(asio::use_awaitable);
            co_await tx.execute("update product set price = ? where id = 1", *owned);
        });
    }();
    w.run(std::move(work));
    CHECK(w.price(1) == 12);
}

TEST_CASE("transaction: a body that throws rolls back, and what it threw comes out unchanged")
{
    stepped_database w;
    std::string log;
    const auto body = [&](transaction& tx) -> awaitable<int> {
        co_await tx.execute("update product set price = 11 where id = 1");
        tx.scope().after_commit([&] { log += "commit "; });
        tx.scope().after_rollback([&] { log += "rollback "; });
        throw std::logic_error("body");
    };
    CHECK_THROWS_WITH_AS(w.run(w.db.transaction(body)), "body", std::logic_error);
    CHECK(log == "rollback ");
    CHECK(w.price(1) == 10);
    CHECK(w.db.stats().rolled_back == 1);
}

TEST_CASE("transaction: sees its own writes, and nobody else does before the commit")
{
    stepped_database w;
    std::optional<std::int64_t> inside, outside;
    const auto body = [&](transaction& tx) -> awaitable<void> {
        co_await set_price(tx, 1, 11);
        auto mine = co_await tx.query_one<std::int64_t>("select price from product where id = 1");
        inside = std::get<0>(*mine);
        auto others =
            co_await w.db.query_one<std::int64_t>("select price from product where id = 1");
        outside = std::get<0>(*others);
    };
    w.run(w.db.transaction(body));
    CHECK(inside == 11);
    CHECK(outside == 10);
    CHECK(w.price(1) == 11);
}

TEST_CASE("transaction: a statement that fails leaves the transaction usable")
{
    stepped_database w;
    const auto body = [&](transaction& tx) -> awaitable<void> {
        co_await set_price(tx, 1, 11);
        bool refused = false;
        try {
            co_await tx.execute("insert into product values (2, 2)");
        } catch (const sqlite::error&) {
            refused = true;
        }
        CHECK(refused);
        co_await set_price(tx, 3, 33);
    };
    w.run(w.db.transaction(body));
    CHECK(w.price(1) == 11);
    CHECK(w.price(3) == 33);
}

TEST_CASE("transaction: a callback that fails is reported, and the transaction stays committed")
{
    std::string reported;
    const auto handler = [&](std::exception_ptr error) {
        try {
            std::rethrow_exception(error);
        } catch (const std::exception& e) {
            reported += e.what();
        }
    };
    stepped_database w(sqlite::options().on_callback_error(handler));
    const auto body = [&](transaction& tx) -> awaitable<int> {
        co_await set_price(tx, 1, 11);
        tx.scope().after_commit([] { throw std::runtime_error("callback"); });
        co_return 1;
    };
    CHECK(w.run(w.db.transaction(body)) == 1);
    CHECK(reported == "callback");
    CHECK(w.price(1) == 11);
    CHECK(w.db.stats().callback_errors == 1);
}

TEST_CASE("transaction: a COMMIT that fails on a deferred constraint rolls back and says why")
{
    stepped_database w;
    w.run(w.db.script("create table line (product references product(id) "
                      "deferrable initially deferred)"));
    std::string log;
    const auto body = [&](transaction& tx) -> awaitable<void> {
        co_await set_price(tx, 1, 11);
        co_await tx.execute("insert into line values (99)"); // fine until the commit
        tx.scope().after_commit([&] { log += "commit "; });
        tx.scope().after_rollback([&] { log += "rollback "; });
    };
    CHECK_THROWS_WITH_AS(w.run(w.db.transaction(body)),
                         doctest::Contains("FOREIGN KEY constraint failed"), sqlite::error);
    CHECK(log == "rollback ");
    CHECK(w.price(1) == 10);
    CHECK(w.db.stats().committed == 0);
    w.run(w.db.transaction([](transaction& tx) { return set_price(tx, 1, 12); }));
    CHECK(w.price(1) == 12); // the connection came back clean
}

TEST_CASE("transaction: a statement `or rollback` ends it behind our back: no commit is reported")
{
    stepped_database w;
    std::string log;
    const auto body = [&](transaction& tx) -> awaitable<void> {
        co_await set_price(tx, 1, 11);
        tx.scope().after_commit([&] { log += "commit "; });
        tx.scope().after_rollback([&] { log += "rollback "; });
        try {
            co_await tx.execute("insert or rollback into product values (2, 2)");
        } catch (const sqlite::error& e) {
            log +=
                std::string(e.what()).find("whole transaction") != std::string::npos ? "told " : "";
        }
        try {
            co_await set_price(tx, 3, 33); // must not be carried out by itself
        } catch (const sqlite::error& e) {
            log += std::string(e.what()).find("rolled the transaction back") != std::string::npos
                       ? "refused "
                       : "";
        }
    };
    CHECK_THROWS_WITH_AS(w.run(w.db.transaction(body)), doctest::Contains("UNIQUE"), sqlite::error);
    CHECK(log == "told refused rollback ");
    CHECK(w.price(1) == 10);
    CHECK(w.price(3) == 30);
}

TEST_CASE("transaction: a trigger that raises a rollback is found out too")
{
    stepped_database w;
    w.run(w.db.script("create trigger t before delete on product begin "
                      "select raise(rollback, 'not that one'); end"));
    const auto body = [&](transaction& tx) -> awaitable<void> {
        co_await set_price(tx, 1, 11);
        try {
            co_await tx.execute("delete from product where id = 2");
        } catch (const sqlite::error&) { // the body goes on as if nothing had happened
        }
    };
    CHECK_THROWS_WITH(w.run(w.db.transaction(body)), doctest::Contains("not that one"));
    CHECK(w.price(1) == 10);
}

TEST_CASE("transaction: its statements are refused once it has ended, whoever kept it")
{
    stepped_database w(sqlite::options().connections(1));
    std::optional<sqlite::session> session;
    const auto next = [&](transaction& tx) -> awaitable<void> {
        session.emplace(tx);
        co_await set_price(*session, 1, 12);
    };
    w.run(w.db.transaction(next));
    CHECK(w.price(1) == 12);
    CHECK_THROWS_WITH(w.run(set_price(*session, 1, 13)), doctest::Contains("has ended"));
    CHECK(w.price(1) == 12);
}

TEST_CASE("transaction: a callback may use the pool, even one with a single connection")
{
    stepped_database w(sqlite::options().connections(1));
    std::int64_t seen = 0;
    const auto body = [&](transaction& tx) -> awaitable<void> {
        co_await set_price(tx, 1, 11);
        tx.scope().after_commit([&]() -> awaitable<void> {
            auto row =
                co_await w.db.query_one<std::int64_t>("select price from product where id = 1");
            seen = std::get<0>(*row);
            const auto again = [](transaction& inner) { return set_price(inner, 2, 22); };
            co_await w.db.transaction(again);
        });
    };
    w.run(w.db.transaction(body));
    CHECK(seen == 11);
    CHECK(w.price(2) == 22);
    CHECK(w.db.stats().callback_errors == 0);
}

TEST_CASE("transaction: `on(scope)` is its connection while it is open, and the pool afterwards")
{
    stepped_database w(sqlite::options().connections(1));
    stepped_database other;
    std::vector<std::int64_t> seen;
    const auto price_on = [](sqlite::session db) -> awaitable<std::int64_t> {
        auto row = co_await db.query_one<std::int64_t>("select price from product where id = 1");
        co_return std::get<0>(*row);
    };
    const auto body = [&](transaction& tx) -> awaitable<void> {
        co_await set_price(tx, 1, 11);
        const transaction_scope& scope = tx.scope();
        seen.push_back(co_await price_on(w.db.on(scope)));
        const transaction_scope nested = scope.nested();
        seen.push_back(co_await price_on(w.db.on(nested)));
        scope.after_commit(
            [&, scope]() -> awaitable<void> { seen.push_back(co_await price_on(w.db.on(scope))); });
    };
    w.run(w.db.transaction(body));
    CHECK(seen == std::vector<std::int64_t>{11, 11, 11});
    const transaction_scope foreign;
    CHECK(w.run(price_on(w.db.on(foreign))) == 11);
}

TEST_CASE("transaction: another pool is not mistaken for its own")
{
    stepped_database w, other;
    std::int64_t seen = 0;
    const auto body = [&](transaction& tx) -> awaitable<void> {
        co_await set_price(tx, 1, 11);
        support::started reading(
            other.io, [](sqlite::session db, std::int64_t* to) -> awaitable<void> {
                auto row =
                    co_await db.query_one<std::int64_t>("select price from product where id = 1");
                *to = std::get<0>(*row);
            }(other.db.on(tx.scope()), &seen));
        support::drain(other.io);
    };
    w.run(w.db.transaction(body));
    CHECK(seen == 10);
}

TEST_CASE("transaction: cancelled in its body it rolls back, and the connection comes back clean")
{
    stepped_database w(sqlite::options().connections(1));
    std::string log;
    const auto body = [&](transaction& tx) -> awaitable<void> {
        co_await set_price(tx, 1, 11);
        tx.scope().after_commit([&] { log += "commit "; });
        tx.scope().after_rollback([&] { log += "rollback "; });
        asio::steady_timer never(w.io, asio::steady_timer::time_point::max());
        co_await never.async_wait(asio::use_awaitable);
    };
    support::started caller(w.io, w.db.transaction(body));
    support::drain(w.io);
    CHECK_FALSE(caller.ended());
    caller.cancel();
    support::drain(w.io);
    CHECK(caller.ended());
    CHECK_THROWS_AS(std::rethrow_exception(caller.error()), boost::system::system_error);
    CHECK(log == "rollback ");
    CHECK(w.price(1) == 10);
    w.run(w.db.transaction([](transaction& tx) { return set_price(tx, 1, 12); }));
    CHECK(w.price(1) == 12);
}

TEST_CASE(
    "transaction: cancelled while its body does nothing that could notice, it does not commit")
{
    stepped_database w;
    std::optional<support::started> caller;
    const auto body = [&](transaction& tx) -> awaitable<void> {
        co_await set_price(tx, 1, 11);
        caller->cancel();
        co_await asio::post(
            w.io, asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable));
    };
    caller.emplace(w.io, w.db.transaction(body));
    support::drain(w.io);
    CHECK(caller->ended());
    CHECK(caller->error());
    CHECK(w.price(1) == 10);
}

TEST_CASE("transaction: its owner is destroyed in the middle: rolled back, and counted")
{
    stepped_database w(sqlite::options().connections(1));
    const auto counted = transaction_scope::abandoned();
    const int before = support::live::count();
    {
        asio::io_context callers;
        const auto body = [&](transaction& tx) -> awaitable<void> {
            co_await set_price(tx, 1, 11);
            // A callback that keeps the transaction alive is a cycle.
            tx.scope().after_commit([kept = sqlite::session(tx), here = support::live()] {});
            asio::steady_timer never(callers, asio::steady_timer::time_point::max());
            co_await never.async_wait(asio::use_awaitable);
        };
        const support::started caller(callers, w.db.transaction(body));
        for (int i = 0; i < 20; ++i) {
            support::drain(callers);
            support::drain(w.io);
        }
        CHECK(support::live::count() == before + 1);
    }
    CHECK(transaction_scope::abandoned() == counted + 1);
    CHECK(support::live::count() == before);
    CHECK(w.price(1) == 10);
    CHECK(w.db.stats().rolled_back == 1);
}
