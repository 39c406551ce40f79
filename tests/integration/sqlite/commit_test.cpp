// SPDX-License-Identifier: BSL-1.0
//
// COMMITs that meet a reader in their way, or a full disk; and what a transaction touched.
#include "sqlite_support.hpp"

#include <coffer/cached.hpp>

#include <sqlite3.h>

#include <optional>

using sqlite::transaction;

namespace {

awaitable<void> set_price(const sqlite::session& db, std::int64_t id, std::int64_t price)
{
    co_await db.execute("update product set price = ? where id = ?", price, id);
}

/// Another process that reads: in a rollback journal, its lock keeps a COMMIT from the file.
class reader {
public:
    explicit reader(const std::string& file)
    {
        REQUIRE(::sqlite3_open(file.c_str(), &database_) == SQLITE_OK);
        REQUIRE(::sqlite3_prepare_v2(database_, "select * from product", -1, &statement_,
                                     nullptr) == SQLITE_OK);
        REQUIRE(::sqlite3_step(statement_) == SQLITE_ROW);
    }
    reader(const reader&) = delete;
    reader& operator=(const reader&) = delete;
    ~reader()
    {
        ::sqlite3_finalize(statement_);
        ::sqlite3_close(database_);
    }

private:
    sqlite3* database_ = nullptr;
    sqlite3_stmt* statement_ = nullptr;
};

/// A file with a rollback journal, that somebody reads.
class in_the_way : public stepped_database {
public:
    explicit in_the_way(sqlite::options how = sqlite::options())
        : stepped_database(how.connections(1).busy(2s))
    {
        run(db.version());
        const auto mode = run(db.query_one<std::string>("pragma journal_mode = delete"));
        REQUIRE(std::get<0>(*mode) == "delete");
        other.emplace(folder.file());
    }

    awaitable<void> write()
    {
        auto body = [this](transaction& tx) -> awaitable<void> {
            co_await set_price(tx, 1, 11);
            tx.scope().after_commit_once("price", 2, [this] { log += "commit"; });
            tx.scope().after_rollback([this] { log += "rollback"; });
        };
        co_await db.transaction(std::move(body));
    }
    void wait(std::chrono::milliseconds time)
    {
        for (auto passed = 0ms; passed < time; passed += 50ms) {
            support::drain(io);
            clock.advance(50ms);
        }
        support::drain(io);
    }

    std::optional<reader> other;
    std::string log;
};

sqlite::options counting()
{
    return sqlite::options().version_row();
}

} // namespace

TEST_CASE("commit: busy with a reader it is tried again, and counts once")
{
    in_the_way w(counting());
    const auto before = w.run(w.db.version());
    const support::started writing(w.io, w.write());
    w.wait(500ms);
    CHECK_FALSE(writing.ended());
    CHECK(w.log.empty());
    CHECK(w.db.stats().busy_retries >= 2);
    w.other.reset();
    w.wait(100ms);
    REQUIRE(writing.ended());
    CHECK_FALSE(writing.error());
    CHECK(w.log == "commit");
    CHECK(w.price(1) == 11);
    CHECK(w.run(w.db.version()) == before + 1);
}

TEST_CASE("commit: busy for longer than the limit it rolls back, and the next one works")
{
    in_the_way w(counting());
    const auto before = w.run(w.db.version());
    const support::started writing(w.io, w.write());
    w.wait(3s);
    REQUIRE(writing.ended());
    CHECK(code_of([&] { std::rethrow_exception(writing.error()); }) == errc::database_busy);
    CHECK(w.log == "rollback");
    CHECK(w.price(1) == 10);
    w.other.reset();
    w.run(w.write());
    CHECK(w.log == "rollbackcommit");
    CHECK(w.price(1) == 11);
    CHECK(w.run(w.db.version()) == before + 1);
}

TEST_CASE("commit: a caller that leaves while it is busy loses no callback")
{
    in_the_way w(counting());
    support::started writing(w.io, w.write());
    w.wait(100ms);
    writing.cancel();
    support::drain(w.io);
    CHECK(writing.ended());
    CHECK(w.log.empty());
    w.other.reset();
    w.wait(100ms);
    CHECK(w.log == "commit");
    CHECK(w.price(1) == 11);
}

TEST_CASE("commit: a full disk is an error, and file and callbacks agree on what became of it")
{
    for (const bool goes_on : {false, true}) {
        stepped_database w(sqlite::options().connections(1));
        const auto pages = std::get<0>(*w.run(w.db.query_one<std::int64_t>("pragma page_count")));
        w.run(w.db.query<std::int64_t>("pragma max_page_count = " + std::to_string(pages)));
        bool full = false;
        std::string log;
        const auto body = [&](transaction& tx) -> awaitable<void> {
            co_await set_price(tx, 1, 11);
            tx.scope().after_commit([&] { log += "commit"; });
            tx.scope().after_rollback([&] { log += "rollback"; });
            try {
                co_await tx.execute("create table big as select zeroblob(100000) as bytes");
            } catch (const sqlite::error& e) {
                full = (e.native() & 0xff) == SQLITE_FULL;
                if (!goes_on)
                    throw;
            }
        };
        std::exception_ptr failed;
        try {
            w.run(w.db.transaction(body));
        } catch (const sqlite::error&) {
            failed = std::current_exception();
        }
        CHECK(full);
        CHECK((log == "commit") == !failed);
        CHECK(w.price(1) == (failed ? 10 : 11));
        CHECK((failed || goes_on));
        w.run(w.db.query<std::int64_t>("pragma max_page_count = 1000000"));
        w.run(w.db.transaction([](transaction& tx) { return set_price(tx, 2, 22); }));
        CHECK(w.price(2) == 22);
    }
}

namespace {

/// Prices behind a cache, as a shop has them.
class shop : public stepped_database {
public:
    using prices_type = coffer::cached_function<std::int64_t(std::int64_t)>;

    shop() : stepped_database(sqlite::options().connections(2)), prices(make())
    {
        CHECK(ask(1) == 10);
        CHECK(ask(2) == 20);
    }

    static awaitable<std::int64_t> load(sqlite::pool from, std::int64_t id)
    {
        auto row =
            co_await from.query_one<std::int64_t>("select price from product where id = ?", id);
        co_return std::get<0>(*row);
    }
    std::int64_t ask(std::int64_t id) { return run(prices(id).as_awaitable()); }

    prices_type make()
    {
        auto from = [pool = db](std::int64_t id) { return load(pool, id); };
        return coffer::cached("price", from, coffer::options().clock(clock));
    }

    prices_type prices;
};

} // namespace

TEST_CASE("touched: once a row was written, a read in the scope sees it before any registration")
{
    shop w;
    std::int64_t before = 0;
    std::int64_t after = 0;
    const auto body = [&](transaction& tx) -> awaitable<void> {
        co_await tx.query<std::int64_t>("select price from product");
        before = co_await w.prices.in(tx.scope())(1);
        CHECK(w.prices.in(tx.scope()).peek(1) == 10); // nothing is written yet
        co_await set_price(tx, 9, 99);                // nor here: there is no such row
        CHECK(w.prices.in(tx.scope()).peek(1) == 10);
        co_await set_price(tx, 1, 11);
        CHECK_FALSE(w.prices.in(tx.scope()).peek(1));
        after = co_await w.prices.in(tx.scope())(1);
        w.prices.invalidate_after_commit(tx.scope(), 1);
        CHECK(w.prices.peek(1) == 10); // outside, nothing is committed yet
    };
    w.run(w.db.transaction(body));
    CHECK(before == 10);
    CHECK(after == 11);
    CHECK(w.ask(1) == 11);
    CHECK(w.prices.stats().stored == 3);
}

TEST_CASE("touched: what a savepoint wrote and undid is not; a script and a failed statement are")
{
    shop w;
    const auto body = [&](transaction& tx) -> awaitable<void> {
        const auto undone = [&](transaction& inner) -> awaitable<void> {
            co_await set_price(inner, 1, 11);
            CHECK_FALSE(w.prices.in(inner.scope()).peek(1));
            throw std::runtime_error("undo");
        };
        bool thrown = false;
        try {
            co_await tx.savepoint(undone);
        } catch (const std::runtime_error&) {
            thrown = true;
        }
        CHECK(thrown);
        CHECK(w.prices.in(tx.scope()).peek(1) == 10);
        const auto script = [&](transaction& inner) { return inner.script("select 1"); };
        co_await tx.savepoint(script);
        CHECK_FALSE(w.prices.in(tx.scope()).peek(1));
    };
    w.run(w.db.transaction(body));
    const auto fails = [&](transaction& tx) -> awaitable<void> {
        bool refused = false;
        try {
            co_await tx.execute("insert into product values (1, 1)");
        } catch (const sqlite::error&) {
            refused = true;
        }
        CHECK(refused);
        CHECK_FALSE(w.prices.in(tx.scope()).peek(1));
    };
    w.run(w.db.transaction(fails));
}
