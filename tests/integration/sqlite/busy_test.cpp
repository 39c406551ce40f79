// SPDX-License-Identifier: BSL-1.0
//
// Two pools on one file stand for two processes; time stands still unless a test moves it.
#include "sqlite_support.hpp"

#include <coffer/net/event.hpp>

#include <memory>

using sqlite::transaction;

namespace {

awaitable<void> set_price(const sqlite::session& db, std::int64_t id, std::int64_t price)
{
    co_await db.execute("update product set price = ? where id = ?", price, id);
}

class two_pools : public stepped_database {
public:
    explicit two_pools(sqlite::options how = sqlite::options())
        : stepped_database(how), other(folder.file(), with(how))
    {}

    /// A transaction of `db` that stays open until `go_on` is set.
    awaitable<void> hold(std::int64_t price)
    {
        auto body = [this, price](transaction& tx) -> awaitable<void> {
            co_await set_price(tx, 1, price);
            co_await go_on.wait();
        };
        co_await db.transaction(std::move(body));
    }

    awaitable<void> write(sqlite::pool into, std::int64_t price)
    {
        auto body = [price](transaction& tx) { return set_price(tx, 2, price); };
        co_await into.transaction(std::move(body));
    }

    sqlite::pool other;
    coffer::event go_on;
};

} // namespace

TEST_CASE("busy: a writer waits for one of another process and goes on when that has ended")
{
    two_pools w;
    const support::started first(w.io, w.hold(11));
    support::drain(w.io);
    const support::started second(w.io, w.write(w.other, 22));
    support::drain(w.io);
    CHECK_FALSE(second.ended());
    w.clock.advance(100ms);
    support::drain(w.io);
    CHECK_FALSE(second.ended());
    w.go_on.set();
    support::drain(w.io);
    CHECK(first.ended());
    CHECK_FALSE(second.ended());
    w.clock.advance(100ms);
    support::drain(w.io);
    CHECK(second.ended());
    CHECK_FALSE(second.error());
    CHECK(w.other.stats().busy_retries >= 2);
    CHECK(w.price(1) == 11);
    CHECK(w.price(2) == 22);
}

TEST_CASE("busy: it gives up at the limit, with a code of its own and no transaction left behind")
{
    two_pools w(sqlite::options().busy(2s).connections(1));
    const support::started first(w.io, w.hold(11));
    support::drain(w.io);
    const support::started transaction(w.io, w.write(w.other, 22));
    const support::started statement(w.io, set_price(w.other, 3, 33));
    for (int i = 0; i < 200; ++i) {
        support::drain(w.io);
        w.clock.advance(50ms);
    }
    support::drain(w.io);
    REQUIRE(transaction.ended());
    REQUIRE(statement.ended());
    CHECK(code_of([&] { std::rethrow_exception(transaction.error()); }) == errc::database_busy);
    CHECK(code_of([&] { std::rethrow_exception(statement.error()); }) == errc::database_busy);
    w.go_on.set();
    support::drain(w.io);
    CHECK(first.ended());
    w.run(w.write(w.other, 24));
    CHECK(w.price(1) == 11);
    CHECK(w.price(2) == 24);
    CHECK(w.price(3) == 30);
}

TEST_CASE("busy: with busy(0) a writer that is not first fails at once")
{
    two_pools w(sqlite::options().busy(0ms));
    const support::started first(w.io, w.hold(11));
    support::drain(w.io);
    CHECK(code_of([&] { w.run(w.write(w.other, 22)); }) == errc::database_busy);
    CHECK(code_of([&] { w.run(w.write(w.db, 22)); }) == errc::database_busy);
    w.go_on.set();
    support::drain(w.io);
    w.run(w.write(w.db, 23));
    CHECK(w.price(2) == 23);
}

TEST_CASE("busy: readers never wait for a writer")
{
    two_pools w;
    const support::started first(w.io, w.hold(11));
    support::drain(w.io);
    CHECK(w.price(1) == 10);
    const auto read = w.other.query_one<std::int64_t>("select price from product where id = 1");
    CHECK(std::get<0>(*w.run(
              w.other.query_one<std::int64_t>("select price from product where id = 1"))) == 10);
    w.go_on.set();
    support::drain(w.io);
    CHECK(w.price(1) == 11);
}

TEST_CASE("busy: writers of one pool take turns in order, without a single failed try")
{
    two_pools w(sqlite::options().connections(8));
    std::string log;
    const auto writer = [&](char name) -> awaitable<void> {
        auto body = [&log, name](transaction& tx) -> awaitable<void> {
            log += name;
            co_await set_price(tx, 1, name);
            log += name;
        };
        co_await w.db.transaction(std::move(body));
    };
    std::vector<support::started> all;
    for (char name = 'a'; name <= 'f'; ++name)
        all.emplace_back(w.io, writer(name));
    support::drain(w.io);
    CHECK(log == "aabbccddeeff");
    CHECK(w.db.stats().busy_retries == 0);
    CHECK(w.db.stats().committed == 6);
    CHECK(w.price(1) == 'f');
}

TEST_CASE("busy: single statements that write take their turn between transactions")
{
    two_pools w(sqlite::options().connections(4));
    const support::started first(w.io, w.hold(11));
    support::drain(w.io);
    const support::started second(w.io, set_price(w.db, 1, 12));
    support::drain(w.io);
    CHECK_FALSE(second.ended());
    w.go_on.set();
    support::drain(w.io);
    CHECK(second.ended());
    CHECK(w.db.stats().busy_retries == 0);
    CHECK(w.price(1) == 12);
}

TEST_CASE("busy: a turn that does not come in time is an error, and is not lost for the next")
{
    two_pools w(sqlite::options().busy(1s));
    const support::started first(w.io, w.hold(11));
    support::drain(w.io);
    const support::started second(w.io, w.write(w.db, 22));
    support::drain(w.io);
    w.clock.advance(1s);
    support::drain(w.io);
    REQUIRE(second.ended());
    CHECK(code_of([&] { std::rethrow_exception(second.error()); }) == errc::database_busy);
    w.go_on.set();
    support::drain(w.io);
    w.run(w.write(w.db, 23));
    CHECK(w.price(2) == 23);
}

TEST_CASE("busy: opening the file waits for a writer too")
{
    two_pools w(sqlite::options().version_row().connections(1));
    w.run(w.db.script("drop table coffer_version")); // so that the other pool has to write
    const support::started first(w.io, w.hold(11));
    support::drain(w.io);
    const support::started reader(w.io, [](sqlite::pool db) -> awaitable<void> {
        co_await db.query<int>("select 1");
    }(w.other));
    support::drain(w.io);
    CHECK_FALSE(reader.ended());
    w.go_on.set();
    support::drain(w.io);
    w.clock.advance(1s);
    support::drain(w.io);
    CHECK(reader.ended());
    CHECK_FALSE(reader.error());
}
