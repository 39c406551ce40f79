// SPDX-License-Identifier: BSL-1.0
#include "sqlite_support.hpp"

#include <coffer/cached.hpp>
#include <coffer/net/event.hpp>

#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

#include <atomic>
#include <optional>
#include <thread>
#include <vector>

using sqlite::transaction;

namespace {

const char* const endless = "with recursive n(i) as (select 1 union all select i + 1 from n) "
                            "select count(*) from n";

awaitable<void> set_price(const sqlite::session& db, std::int64_t id, std::int64_t price)
{
    co_await db.execute("update product set price = ? where id = ?", price, id);
}

awaitable<void> read(sqlite::session db, std::string* log, char name)
{
    co_await db.query<int>("select id from product");
    *log += name;
}

/// A database with a transaction that stays open until `go_on` is set.
class held_database : public stepped_database {
public:
    explicit held_database(sqlite::options how = sqlite::options())
        : stepped_database(how.connections(1)), holder(io, hold(this))
    {
        support::drain(io);
    }

    void release()
    {
        go_on.set();
        support::drain(io);
    }

private:
    static awaitable<void> hold(held_database* self)
    {
        auto body = [self](transaction& tx) -> awaitable<void> {
            co_await set_price(tx, 1, 11);
            co_await self->go_on.wait();
        };
        co_await self->db.transaction(std::move(body));
    }

public:
    coffer::event go_on;
    support::started holder;
};

errc failure_of(const support::started& one)
{
    REQUIRE(one.ended());
    REQUIRE(one.error());
    return code_of([&] { std::rethrow_exception(one.error()); });
}

} // namespace

TEST_CASE("pool: who waits for a connection gets it in the order of asking")
{
    held_database w;
    std::string log;
    std::vector<support::started> all;
    for (char name = 'a'; name <= 'e'; ++name)
        all.emplace_back(w.io, read(w.db, &log, name));
    support::drain(w.io);
    CHECK(log.empty());
    w.release();
    CHECK(log == "abcde");
}

TEST_CASE("pool: a connection that does not become free in time is an error of its own")
{
    held_database w(sqlite::options().acquire_within(3s));
    std::string log;
    const support::started waiter(w.io, read(w.db, &log, 'a'));
    support::drain(w.io);
    w.clock.advance(2999ms);
    support::drain(w.io);
    CHECK_FALSE(waiter.ended());
    w.clock.advance(1ms);
    support::drain(w.io);
    CHECK(failure_of(waiter) == errc::pool_timeout);
    w.release();
    w.run(read(w.db, &log, 'b'));
    CHECK(log == "b");
}

TEST_CASE("pool: a load that waits for the connection of its own transaction ends within the limit")
{
    held_database w(sqlite::options().acquire_within(1s));
    w.release();
    std::optional<errc> seen;
    const auto body = [&](transaction& tx) -> awaitable<void> {
        co_await set_price(tx, 1, 12);
        try { // not through `tx`, nor through `f.in(scope)`: nothing can know
            co_await w.db.query<int>("select 1");
        } catch (const boost::system::system_error& e) {
            seen = static_cast<errc>(e.code().value());
        }
    };
    const support::started caller(w.io, w.db.transaction(body));
    support::drain(w.io);
    w.clock.advance(1s);
    support::drain(w.io);
    REQUIRE(caller.ended());
    CHECK_FALSE(caller.error());
    CHECK(seen == errc::pool_timeout);
    CHECK(w.price(1) == 12);
}

TEST_CASE("pool: too many who wait are refused at once")
{
    held_database w(sqlite::options().waiting(2));
    std::string log;
    const support::started a(w.io, read(w.db, &log, 'a')), b(w.io, read(w.db, &log, 'b'));
    support::drain(w.io);
    const support::started c(w.io, read(w.db, &log, 'c'));
    support::drain(w.io);
    CHECK(failure_of(c) == errc::overloaded);
    w.release();
    CHECK(log == "ab");
}

TEST_CASE("pool: a waiter that is cancelled leaves the queue to the others")
{
    held_database w;
    std::string log;
    support::started a(w.io, read(w.db, &log, 'a'));
    const support::started b(w.io, read(w.db, &log, 'b'));
    support::drain(w.io);
    a.cancel();
    support::drain(w.io);
    CHECK(a.ended());
    w.release();
    CHECK(b.ended());
    CHECK(log == "b");
}

TEST_CASE("pool: a waiter that is cancelled in the moment it is served blocks nobody")
{
    for (std::size_t k = 0; k < 12; ++k) { // at every step after the connection became free
        CAPTURE(k);
        held_database w;
        std::string log;
        support::started a(w.io, read(w.db, &log, 'a'));
        const support::started b(w.io, read(w.db, &log, 'b'));
        support::drain(w.io);
        w.go_on.set();
        support::step(w.io, k);
        a.cancel();
        support::drain(w.io);
        CHECK(a.ended());
        CHECK(b.ended());
        CHECK_FALSE(b.error());
        CHECK(w.price(1) == 11);
    }
}

TEST_CASE(
    "pool: a connection given to a waiter whose context is gone before it resumed is passed on")
{
    held_database w;
    std::string log;
    auto callers = std::make_unique<asio::io_context>();
    const support::started a(*callers, read(w.db, &log, 'a'));
    support::drain(*callers);
    const support::started b(w.io, read(w.db, &log, 'b'));
    support::drain(w.io);
    w.release(); // the connection is given to the first, which does not run any more
    CHECK_FALSE(b.ended());
    callers.reset();
    support::drain(w.io);
    CHECK(b.ended());
    CHECK(log == "b");
}

TEST_CASE("pool: close refuses new work, wakes who waits, and waits for what runs")
{
    held_database w;
    std::string log;
    const support::started waiter(w.io, read(w.db, &log, 'a'));
    support::drain(w.io);
    const support::started closing(w.io, w.db.close()), again(w.io, w.db.close());
    support::drain(w.io);
    CHECK_FALSE(closing.ended());
    CHECK(failure_of(waiter) == errc::closed);
    CHECK(code_of([&] { w.run(w.db.query<int>("select 1")); }) == errc::closed);
    CHECK(code_of([&] { w.run(w.db.script("select 1")); }) == errc::closed);
    w.release();
    CHECK(closing.ended());
    CHECK(again.ended());
    CHECK(w.holder.ended());
    CHECK_FALSE(w.holder.error());
    w.run(w.db.close());
    stepped_database later;
    const sqlite::pool reopened(w.folder.file(), w.with(sqlite::options()));
    auto row = w.run(reopened.query_one<int>("select price from product where id = 1"));
    CHECK(std::get<0>(*row) == 11); // what was accepted was not lost
}

TEST_CASE("pool: close waits for callbacks that run after the commit")
{
    stepped_database w;
    const coffer::event go_on;
    bool done = false;
    const auto body = [&](transaction& tx) -> awaitable<void> {
        co_await set_price(tx, 1, 11);
        tx.scope().after_commit([&]() -> awaitable<void> {
            co_await go_on.wait();
            done = true;
        });
    };
    support::started caller(w.io, w.db.transaction(body));
    support::drain(w.io);
    const support::started closing(w.io, w.db.close());
    caller.cancel(); // even if nobody waits for the transaction any more
    support::drain(w.io);
    CHECK(caller.ended());
    CHECK_FALSE(closing.ended());
    go_on.set();
    support::drain(w.io);
    CHECK(closing.ended());
    CHECK(done);
}

TEST_CASE(
    "pool: without close the last handle closes the file, and a transaction under way is undone")
{
    temp_folder folder;
    asio::io_context io;
    const auto how = sqlite::options().workers(io.get_executor());
    {
        const sqlite::pool db(folder.file(), how);
        support::run(io, db.script(schema));
    }
    CHECK_FALSE(std::filesystem::exists(folder.file("test.db-wal"))); // closed cleanly
    const sqlite::pool db(folder.file(), how);
    CHECK(support::run(io, db.query<int>("select id from product")).size() == 3);
}

TEST_CASE("pool: the workers' context stops: who waits for a statement is told")
{
    temp_folder folder;
    asio::io_context callers;
    auto workers = std::make_unique<asio::io_context>();
    const sqlite::pool db(folder.file(), sqlite::options().workers(workers->get_executor()));
    std::string log;
    const support::started one(callers, read(db, &log, 'a')), two(callers, read(db, &log, 'b'));
    support::drain(callers);
    workers.reset();
    support::drain(callers);
    CHECK(failure_of(one) == errc::abandoned);
    CHECK(failure_of(two) == errc::abandoned);
}

TEST_CASE("pool: a statement that runs is interrupted when its caller is cancelled")
{
    temp_folder folder;
    asio::io_context io;
    const sqlite::pool db(folder.file(), sqlite::options().connections(1));
    auto count = [](sqlite::pool from) -> awaitable<void> {
        co_await from.query<std::int64_t>(endless);
    };
    support::started running(io, count(db));
    bool beat = false;
    asio::post(io, [&] { // the io_context is not blocked by it
        beat = true;
        running.cancel();
    });
    io.run();
    CHECK(beat);
    REQUIRE(running.ended());
    CHECK_THROWS_AS(std::rethrow_exception(running.error()), boost::system::system_error);
    io.restart();
    auto next = asio::co_spawn(io, db.query<int>("select 1"), asio::use_future);
    io.run(); // it would never end if the connection were still at it
    CHECK(next.get().size() == 1);
}

TEST_CASE("pool: a statement that runs is interrupted when its caller's context is destroyed")
{
    temp_folder folder;
    const sqlite::pool db(folder.file(), sqlite::options().connections(1));
    {
        asio::io_context io;
        const support::started running(io, [](sqlite::pool from) -> awaitable<void> {
            co_await from.query<std::int64_t>(endless);
        }(db));
        io.poll();
    }
    asio::io_context io;
    auto next = asio::co_spawn(io, db.query<int>("select 1"), asio::use_future);
    io.run();
    CHECK(next.get().size() == 1);
}

TEST_CASE("pool: an interrupted write undoes its whole transaction, and no commit is reported")
{
    temp_folder folder;
    asio::io_context io;
    const sqlite::pool db(folder.file(), sqlite::options().connections(1));
    asio::co_spawn(io, db.script(schema), asio::use_future);
    io.run();
    io.restart();
    std::optional<errc> seen;
    const auto body = [&](transaction& tx) -> awaitable<void> {
        co_await set_price(tx, 1, 11);
        asio::cancellation_signal cancel;
        auto work = tx.execute("with recursive n(i) as (select 4 union all select i + 1 from n) "
                               "insert into product select i, i from n");
        asio::post(io, [&] { cancel.emit(asio::cancellation_type::terminal); });
        auto token = asio::bind_cancellation_slot(cancel.slot(), asio::use_awaitable);
        try {
            co_await asio::co_spawn(io, std::move(work), token);
        } catch (const boost::system::system_error&) { // the body goes on regardless
        }
    };
    asio::co_spawn(io, db.transaction(body), [&](std::exception_ptr error) {
        if (error)
            seen = code_of([&] { std::rethrow_exception(error); });
    });
    io.run();
    io.restart();
    auto rows = asio::co_spawn(io, db.query<int>("select price from product"), asio::use_future);
    io.run();
    const auto left = rows.get();
    CHECK(left.size() == 3);
    // Interrupted before it began, the statement merely did not happen.
    CHECK(std::get<0>(left[0]) == (seen ? 10 : 11));
    if (seen)
        CHECK(*seen == errc::database_failed);
}

TEST_CASE("pool: callers on a thread pool and on strands get their answers on their own executor")
{
    temp_folder folder;
    asio::thread_pool callers(2);
    const sqlite::pool db(folder.file(), sqlite::options().connections(2));
    auto strand = asio::make_strand(callers);
    auto work = [](sqlite::pool from, decltype(strand) on) -> awaitable<bool> {
        co_await from.script("create table if not exists t (x)");
        const bool here = on.running_in_this_thread();
        co_return here;
    };
    CHECK(asio::co_spawn(strand, work(db, strand), asio::use_future).get());
}

TEST_CASE(
    "pool: a cached function called in the scope sees the transaction's write and stores nothing")
{
    stepped_database w(sqlite::options().connections(1)); // it could not get a second one
    int loads = 0;
    const auto load = [&](std::int64_t id) -> awaitable<std::int64_t> {
        ++loads;
        auto row =
            co_await w.db.query_one<std::int64_t>("select price from product where id = ?", id);
        co_return std::get<0>(*row);
    };
    const auto prices = coffer::cached("price", load, coffer::options().clock(w.clock));
    const auto ask = [](decltype(prices) from) -> awaitable<std::int64_t> {
        co_return co_await from(1);
    };
    CHECK(w.run(ask(prices)) == 10);
    std::int64_t inside = 0;
    const auto body = [&](transaction& tx) -> awaitable<void> {
        co_await set_price(tx, 1, 11);
        prices.invalidate_after_commit(tx.scope(), 1);
        inside = co_await prices.in(tx.scope())(1);
        throw std::runtime_error("change of mind");
    };
    CHECK_THROWS_AS(w.run(w.db.transaction(body)), std::runtime_error);
    CHECK(inside == 11);
    CHECK(loads == 2);
    CHECK(w.run(ask(prices)) == 10);
    CHECK(loads == 2); // the entry was neither replaced nor invalidated
    const auto commits = [&](transaction& tx) -> awaitable<void> {
        co_await set_price(tx, 1, 12);
        prices.invalidate_after_commit(tx.scope(), 1);
    };
    w.run(w.db.transaction(commits));
    CHECK(w.run(ask(prices)) == 12);
}

TEST_CASE("pool: a load of a transaction that begins another one is refused at once")
{
    stepped_database w(sqlite::options().connections(4));
    const auto load = [&](std::int64_t id) -> awaitable<std::int64_t> {
        const auto body = [](transaction& tx) { return set_price(tx, 2, 22); };
        co_await w.db.transaction(body);
        co_return id;
    };
    const auto prices = coffer::cached("price", load, coffer::options().clock(w.clock));
    std::optional<errc> seen;
    const auto body = [&](transaction& tx) -> awaitable<void> {
        co_await set_price(tx, 1, 11);
        prices.invalidate_after_commit(tx.scope(), 1);
        try {
            co_await prices.in(tx.scope())(1);
        } catch (const boost::system::system_error& e) {
            seen = static_cast<errc>(e.code().value());
        }
    };
    w.run(w.db.transaction(body));
    CHECK(seen == errc::connection_held);
    CHECK(w.price(1) == 11);
}
