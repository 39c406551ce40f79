// SPDX-License-Identifier: BSL-1.0
#include "sqlite_support.hpp"

#include <limits>
#include <tuple>
#include <vector>

namespace {

int native_code(stepped_database& w, awaitable<std::int64_t> work)
{
    try {
        w.run(std::move(work));
    } catch (const sqlite::error& e) {
        return e.native();
    }
    return 0;
}

} // namespace

TEST_CASE("sqlite: execute returns how many rows it changed, query returns typed rows in order")
{
    stepped_database w;
    CHECK(w.run(w.db.execute("update product set price = price + 1 where id > ?", 1)) == 2);
    CHECK(w.run(w.db.execute("delete from product where id = 99")) == 0);
    CHECK(w.run(w.db.execute("create table other (x)")) ==
          0); // no rows, though some changed before
    const auto rows = w.run(
        w.db.query<std::int64_t, std::int64_t>("select id, price from product order by id desc"));
    const std::vector<std::tuple<std::int64_t, std::int64_t>> expected{{3, 31}, {2, 21}, {1, 10}};
    CHECK(rows == expected);
    CHECK_FALSE(w.run(w.db.query_one<int>("select id from product where id = 99")));
}

TEST_CASE("sqlite: every kind of argument comes back as it went in")
{
    stepped_database w;
    const std::string zeros("a\0b", 3);
    const sqlite::blob bytes(std::string("\0\xff", 2));
    const auto min = std::numeric_limits<std::int64_t>::min();
    auto row = w.run(w.db.query_one<std::int64_t, double, std::string, sqlite::blob,
                                    std::optional<int>, sqlite::value, std::string, sqlite::blob>(
        "select ?, ?, ?, ?, ?, ?, ?, ?", min, 0.1, zeros, bytes, std::nullopt, true, "",
        sqlite::blob()));
    REQUIRE(row);
    CHECK(std::get<0>(*row) == min);
    CHECK(std::get<1>(*row) == 0.1);
    CHECK(std::get<2>(*row) == zeros);
    CHECK(std::get<3>(*row) == bytes);
    CHECK_FALSE(std::get<4>(*row));
    CHECK(std::get<5>(*row) == sqlite::value(1));
    CHECK(std::get<6>(*row).empty());
    CHECK(std::get<7>(*row) == sqlite::blob()); // empty, and not NULL
}

TEST_CASE("sqlite: a statement that the database refuses is an error with code, text and statement")
{
    stepped_database w;
    auto bad = w.db.execute("selct 1");
    try {
        w.run(std::move(bad));
        FAIL("accepted");
    } catch (const sqlite::error& e) {
        CHECK(e.code() == errc::database_failed);
        CHECK(e.native() == 1);
        CHECK(e.statement() == "selct 1");
        CHECK(std::string(e.what()).find("syntax error") != std::string::npos);
    }
    CHECK(native_code(w, w.db.execute("insert into product values (1, 1)")) == 1555); // primary key
    CHECK(native_code(w, w.db.execute("insert into product values (9, null)")) == 1299); // not null
}

TEST_CASE("sqlite: the wrong number of arguments is an error that says both numbers")
{
    stepped_database w;
    CHECK_THROWS_WITH(w.run(w.db.execute("delete from product where id = ?")),
                      doctest::Contains("takes 1 arguments and got 0"));
    CHECK_THROWS_WITH(w.run(w.db.execute("delete from product where id = ?", 1, 2)),
                      doctest::Contains("takes 1 arguments and got 2"));
    CHECK(w.price(1) == 10);
}

TEST_CASE("sqlite: one statement at a time, and not none")
{
    stepped_database w;
    CHECK_THROWS_WITH(w.run(w.db.execute("delete from product; select 1")),
                      doctest::Contains("one statement at a time"));
    CHECK_THROWS_WITH(w.run(w.db.execute("")), doctest::Contains("no statement"));
    CHECK_THROWS_WITH(w.run(w.db.execute("-- a comment")), doctest::Contains("no statement"));
    CHECK(w.run(w.db.execute("delete from product where id = 1 ; \n ")) == 1);
    CHECK(w.price(2) == 20);
}

TEST_CASE("sqlite: text and columns of a type mismatch are named")
{
    stepped_database w;
    CHECK_THROWS_WITH(w.run(w.db.query<int>("select 'x' as label")),
                      doctest::Contains("column 1 (label) of row 1 is text"));
    CHECK_THROWS_WITH(w.run(w.db.query<int>("select 1, 2")),
                      doctest::Contains("gives 2 columns and was asked for 1"));
}

TEST_CASE("sqlite: a script runs whole or not at all")
{
    stepped_database w;
    w.run(w.db.script("create table a (x); -- comment\n insert into a values (';');\n\n"));
    CHECK(w.run(w.db.query<std::string>("select x from a")).size() == 1);
    CHECK_THROWS_AS(w.run(w.db.script("insert into a values (2); insert into b values (3)")),
                    sqlite::error);
    CHECK(w.run(w.db.query<std::string>("select x from a")).size() == 1);
    w.run(w.db.script(" ; "));
}

TEST_CASE("sqlite: statements that control transactions are refused, however they are written")
{
    stepped_database w(sqlite::options().connections(1)); // which has prepared some of its own
    for (const char* text : {"begin", "begin immediate", "commit", "end", "rollback", "savepoint x",
                             "release x", "rollback to x", " /* c */ COMMIT"}) {
        CAPTURE(text);
        CHECK_THROWS_WITH(w.run(w.db.execute(text)), doctest::Contains("pool::transaction"));
        CHECK_THROWS_WITH(w.run(w.db.script(text)), doctest::Contains("pool::transaction"));
    }
    CHECK(w.price(1) == 10);
}

TEST_CASE("sqlite: a result beyond max_result is refused")
{
    stepped_database w(sqlite::options().max_result(10'000));
    const char* const text = "with recursive n(i) as (select 1 union all select i + 1 from n "
                             "where i < ?) select i, 'some text that takes some bytes' from n";
    CHECK(w.run(w.db.query<int, std::string>(text, 10)).size() == 10);
    CHECK(code_of([&] { w.run(w.db.query<int, std::string>(text, 1000)); }) ==
          errc::value_too_large);
    const char* const long_text = "select hex(zeroblob(6000))";
    CHECK(code_of([&] { w.run(w.db.query<std::string>(long_text)); }) == errc::value_too_large);
}

TEST_CASE("sqlite: foreign keys are on, and the file is in WAL mode")
{
    stepped_database w;
    w.run(w.db.script("create table line (product references product(id))"));
    CHECK_THROWS_AS(w.run(w.db.execute("insert into line values (99)")), sqlite::error);
    CHECK(std::get<0>(*w.run(w.db.query_one<std::string>("pragma journal_mode"))) == "wal");
}

TEST_CASE("sqlite: a query that writes takes its turn and works, with its rows returned")
{
    stepped_database w;
    const auto row = w.run(w.db.query_one<int, int>("update product set price = 11 where id = 1 "
                                                    "returning id, price"));
    CHECK(row == std::tuple(1, 11));
    CHECK(w.price(1) == 11);
}

TEST_CASE("sqlite: prepared statements are used again, also after the schema has changed")
{
    stepped_database w(sqlite::options().connections(1).statements(2));
    for (int round = 0; round < 3; ++round) {
        CHECK(w.price(1) == 10);
        CHECK(w.run(w.db.query<int>("select 1")).size() == 1);
        CHECK(w.run(w.db.query<int>("select 2")).size() == 1);
        CHECK(w.run(w.db.query<int>("select 3")).size() == 1);
        w.run(w.db.script("alter table product add column c" + std::to_string(round)));
    }
    stepped_database none(sqlite::options().statements(0));
    CHECK(none.price(1) == 10);
    CHECK(none.price(1) == 10);
}

TEST_CASE("sqlite: a memory database works with its one connection")
{
    asio::io_context io;
    const sqlite::pool db(":memory:", sqlite::options().connections(1).workers(io.get_executor()));
    support::run(io, db.script(schema));
    CHECK(support::run(io, db.query<int>("select id from product")).size() == 3);
}

TEST_CASE("sqlite: a file that cannot be opened is an error, and the next caller tries again")
{
    temp_folder folder;
    asio::io_context io;
    std::filesystem::create_directory(folder.file("sub"));
    const sqlite::pool db(folder.file("sub/deeper/test.db"),
                          sqlite::options().workers(io.get_executor()));
    CHECK(code_of([&] { support::run(io, db.query<int>("select 1")); }) == errc::database_failed);
    std::filesystem::create_directory(folder.file("sub/deeper"));
    CHECK(support::run(io, db.query<int>("select 1")).size() == 1);
}

TEST_CASE("sqlite: a file that is no database is an error")
{
    temp_folder folder;
    asio::io_context io;
    const std::string path = folder.file();
    std::FILE* const file = std::fopen(path.c_str(), "w");
    REQUIRE(file);
    for (int i = 0; i < 500; ++i)
        std::fputs("this is not a database\n", file);
    std::fclose(file);
    const sqlite::pool db(path, sqlite::options().workers(io.get_executor()));
    CHECK_THROWS_WITH(support::run(io, db.query<int>("select 1")),
                      doctest::Contains("not a database"));
}
