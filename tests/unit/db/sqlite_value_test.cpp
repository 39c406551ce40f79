// SPDX-License-Identifier: BSL-1.0
#include <coffer/db/sqlite/error.hpp>
#include <coffer/db/sqlite/session.hpp>
#include <coffer/db/sqlite/value.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>

using coffer::detail::sqlite_result;
using coffer::sqlite::blob;
using coffer::sqlite::value;
using coffer::sqlite::values;

namespace {

enum class colour : std::uint8_t { red = 1, blue = 250 };

sqlite_result one_row(values cells)
{
    sqlite_result result;
    result.statement = "select something";
    for (std::size_t i = 0; i < cells.size(); ++i)
        result.columns.push_back("c" + std::to_string(i));
    result.cells = std::move(cells);
    return result;
}

template <class T>
T decoded(value v)
{
    return std::get<0>(*coffer::detail::decode_first<T>(one_row({std::move(v)})));
}

template <class T>
std::string refusal(value v)
{
    try {
        decoded<T>(std::move(v));
    } catch (const coffer::sqlite::error& e) {
        CHECK(e.code() == coffer::errc::database_failed);
        CHECK(e.statement() == "select something");
        return e.what();
    }
    return {};
}

bool contains(const std::string& text, const char* part)
{
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("sqlite value: every kind of argument becomes the kind that SQLite has for it")
{
    using coffer::sqlite::kind_of;
    CHECK(kind_of(value()) == std::string("null"));
    CHECK(value(std::nullopt) == value());
    CHECK(value(true) == value(1));
    CHECK(value('a') == value(97));
    CHECK(value(colour::blue) == value(250));
    CHECK(value(std::uint64_t{7}) == value(std::int64_t{7}));
    CHECK(kind_of(value(1.0f)) == std::string("real"));
    CHECK_FALSE(value(1.0) == value(1));
    CHECK(value("x") == value(std::string("x")));
    CHECK(value(std::string_view("x")) == value("x"));
    CHECK(kind_of(value(blob("x"))) == std::string("blob"));
    CHECK_FALSE(value(blob("x")) == value("x"));
    CHECK(value(std::optional<int>()) == value());
    CHECK(value(std::optional<std::string>("x")) == value("x"));
}

TEST_CASE("sqlite value: the whole range of signed integers fits, larger unsigned ones are refused")
{
    constexpr auto max = std::numeric_limits<std::int64_t>::max();
    constexpr auto min = std::numeric_limits<std::int64_t>::min();
    CHECK(decoded<std::int64_t>(value(max)) == max);
    CHECK(decoded<std::int64_t>(value(min)) == min);
    CHECK(value(static_cast<std::uint64_t>(max)) == value(max));
    CHECK_THROWS_AS(value(static_cast<std::uint64_t>(max) + 1), std::invalid_argument);
    CHECK_THROWS_AS(value(std::numeric_limits<std::uint64_t>::max()), std::invalid_argument);
}

TEST_CASE("sqlite decode: each kind is read as what it is")
{
    CHECK(decoded<int>(value(-5)) == -5);
    CHECK(decoded<bool>(value(2)));
    CHECK_FALSE(decoded<bool>(value(0)));
    CHECK(decoded<colour>(value(250)) == colour::blue);
    CHECK(decoded<double>(value(1.5)) == 1.5);
    CHECK(decoded<double>(value(3)) == 3.0); // an integer in a real column
    CHECK(decoded<std::string>(value("text")) == "text");
    CHECK(decoded<blob>(value(blob(std::string("\0x", 2)))).bytes.size() == 2);
    CHECK(decoded<value>(value("any")) == value("any"));
    CHECK(decoded<std::optional<int>>(value(4)) == 4);
    CHECK_FALSE(decoded<std::optional<int>>(value()));
    CHECK_FALSE(decoded<std::optional<std::string>>(value()));
}

TEST_CASE("sqlite decode: an integer that does not fit its type is refused at both ends")
{
    CHECK(decoded<std::int8_t>(value(127)) == 127);
    CHECK(decoded<std::int8_t>(value(-128)) == -128);
    CHECK(decoded<std::uint8_t>(value(255)) == 255);
    CHECK(decoded<std::uint64_t>(value(std::numeric_limits<std::int64_t>::max())) > 0);
    CHECK(contains(refusal<std::int8_t>(value(128)), "smaller range"));
    CHECK(contains(refusal<std::int8_t>(value(-129)), "smaller range"));
    CHECK(contains(refusal<std::uint8_t>(value(256)), "smaller range"));
    CHECK(contains(refusal<std::uint8_t>(value(-1)), "smaller range"));
    CHECK(contains(refusal<std::uint64_t>(value(-1)), "smaller range"));
    CHECK(contains(refusal<colour>(value(256)), "smaller range"));
    CHECK(contains(refusal<std::optional<std::uint8_t>>(value(256)), "smaller range"));
}

TEST_CASE("sqlite decode: another kind is refused, naming the column, both kinds and the statement")
{
    const std::string text = refusal<int>(value("seven"));
    CHECK(contains(text, "column 1 (c0) of row 1 is text"));
    CHECK(contains(text, "asked for as an integer"));
    CHECK(contains(text, "select something"));
    CHECK(contains(refusal<std::string>(value(7)), "is integer and was asked for as a text"));
    CHECK(contains(refusal<std::string>(value()), "is null"));
    CHECK(contains(refusal<std::string>(value(blob("x"))), "is blob"));
    CHECK(contains(refusal<blob>(value("x")), "asked for as a blob"));
    CHECK(contains(refusal<double>(value("1.5")), "asked for as a real"));
    CHECK(contains(refusal<int>(value(1.5)), "is real"));
    CHECK(contains(refusal<bool>(value("true")), "is text"));
}

TEST_CASE("sqlite decode: rows come as tuples in order, and errors count rows and columns")
{
    sqlite_result result = one_row({1, "one"});
    result.cells.insert(result.cells.end(), {value(2), value("two"), value(3), value()});
    const auto good = coffer::detail::decode_rows<int, std::optional<std::string>>(result);
    REQUIRE(good.size() == 3);
    CHECK(good[1] == std::tuple(2, std::optional<std::string>("two")));
    CHECK(good[2] == std::tuple(3, std::optional<std::string>()));
    using coffer::detail::decode_rows;
    CHECK_THROWS_WITH((decode_rows<int, std::string>(result)),
                      doctest::Contains("column 2 (c1) of row 3 is null"));
}

TEST_CASE("sqlite decode: the number of columns must agree, also without any row")
{
    using coffer::detail::decode_first;
    using coffer::detail::decode_rows;
    CHECK_THROWS_WITH((decode_rows<int>(one_row({1, 2}))),
                      doctest::Contains("gives 2 columns and was asked for 1"));
    CHECK_THROWS_WITH((decode_first<int, int, int>(one_row({1, 2}))),
                      doctest::Contains("asked for 3"));
    sqlite_result none = one_row({1});
    none.cells.clear();
    CHECK(decode_rows<int>(none).empty());
    CHECK_FALSE(decode_first<int>(none));
    CHECK_THROWS_AS((decode_rows<int, int>(none)), coffer::sqlite::error);
    CHECK_THROWS_AS((decode_rows<int>(sqlite_result())), coffer::sqlite::error);
}

TEST_CASE("sqlite error: a long statement is shown in part and kept whole")
{
    const std::string statement = "select " + std::string(1000, 'x');
    const coffer::sqlite::error e(coffer::errc::database_failed, 1, "no such column", statement);
    CHECK(e.statement() == statement);
    CHECK(e.native() == 1);
    CHECK(std::string(e.what()).size() < 400);
    CHECK(contains(e.what(), "no such column, in: select xxx"));
}
