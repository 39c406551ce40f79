// SPDX-License-Identifier: BSL-1.0
#include "db/sqlite/statement.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <climits>
#include <cstring>
#include <utility>

namespace coffer::detail {
namespace {

int bind(sqlite3_stmt* to, int at, const sqlite::value& v)
{
    struct binder {
        sqlite3_stmt* to;
        int at;

        int operator()(std::monostate) const { return ::sqlite3_bind_null(to, at); }
        int operator()(std::int64_t number) const { return ::sqlite3_bind_int64(to, at, number); }
        int operator()(double real) const { return ::sqlite3_bind_double(to, at, real); }
        // The arguments outlive the statement's use: no copy.
        int operator()(const std::string& text) const
        {
            return ::sqlite3_bind_text64(to, at, text.data(), text.size(), SQLITE_STATIC,
                                         SQLITE_UTF8);
        }
        int operator()(const sqlite::blob& b) const
        {
            const char* begin = b.bytes.empty() ? "" : b.bytes.data(); // null would bind NULL
            return ::sqlite3_bind_blob64(to, at, begin, b.bytes.size(), SQLITE_STATIC);
        }
    };
    return std::visit(binder{to, at}, v.held());
}

std::string text_at(sqlite3_stmt* from, int column)
{
    const auto* begin = ::sqlite3_column_blob(from, column);
    const auto size = static_cast<std::size_t>(::sqlite3_column_bytes(from, column));
    return size == 0 ? std::string() : std::string(static_cast<const char*>(begin), size);
}

sqlite::value cell_at(sqlite3_stmt* from, int column)
{
    switch (::sqlite3_column_type(from, column)) {
    case SQLITE_INTEGER:
        return std::int64_t{::sqlite3_column_int64(from, column)};
    case SQLITE_FLOAT:
        return ::sqlite3_column_double(from, column);
    case SQLITE_TEXT:
        return text_at(from, column);
    case SQLITE_BLOB:
        return sqlite::blob(text_at(from, column));
    default:
        return std::nullopt;
    }
}

std::size_t bytes_at(sqlite3_stmt* from, int column)
{
    const int type = ::sqlite3_column_type(from, column);
    const bool counted = type == SQLITE_TEXT || type == SQLITE_BLOB;
    return counted ? static_cast<std::size_t>(::sqlite3_column_bytes(from, column)) : 0;
}

} // namespace

sqlite_failure refused(errc code, std::string message, std::string_view text)
{
    sqlite_failure failure;
    failure.code = code;
    failure.message = std::move(message);
    failure.statement = text;
    return failure;
}

void fail(sqlite3* database, int code, std::string_view text)
{
    sqlite_failure failure = refused(errc::database_failed, ::sqlite3_errmsg(database), text);
    failure.native = ::sqlite3_extended_errcode(database);
    const int primary = code & 0xff;
    if (primary == SQLITE_BUSY || primary == SQLITE_LOCKED) {
        // A snapshot that is too old to be written from stays so, however long one waits.
        if (failure.native != SQLITE_BUSY_SNAPSHOT)
            failure.what = sqlite_failure::kind::busy;
        failure.code = errc::database_busy;
    } else if (primary == SQLITE_INTERRUPT) {
        failure.what = sqlite_failure::kind::interrupted;
    } else if (primary == SQLITE_AUTH) {
        failure.message = "transactions are begun and ended by pool::transaction and "
                          "transaction::savepoint only";
    } else if (primary == SQLITE_TOOBIG) {
        failure.code = errc::value_too_large;
    }
    throw failure;
}

statement_ptr prepare(sqlite3* database, const std::string& text, const char** rest)
{
    sqlite3_stmt* made = nullptr;
    const char* tail = nullptr;
    const auto size = static_cast<int>(std::min<std::size_t>(text.size(), INT_MAX));
    const int code =
        ::sqlite3_prepare_v3(database, text.c_str(), size, SQLITE_PREPARE_PERSISTENT, &made, &tail);
    statement_ptr statement(made);
    if (code != SQLITE_OK)
        fail(database, code, text);
    if (rest)
        *rest = tail;
    else if (std::strspn(tail, " \t\r\n;") != std::strlen(tail))
        throw refused(errc::database_failed, "one statement at a time; script() takes several",
                      text);
    return statement;
}

statement_in_use::statement_in_use(sqlite3* database, statement_cache& cache,
                                   const std::string& text)
    : database_(database), cache_(cache), text_(text), held_(cache.take(text))
{
    if (!held_)
        held_ = prepare(database, text, nullptr);
    if (!held_)
        throw refused(errc::database_failed, "there is no statement", text);
}

statement_in_use::~statement_in_use()
{
    ::sqlite3_reset(held_.get());
    ::sqlite3_clear_bindings(held_.get());
    try {
        cache_.keep(text_, std::move(held_));
    } catch (...) { // out of memory: then it is not kept
    }
}

bool statement_in_use::writes() const noexcept
{
    return ::sqlite3_stmt_readonly(held_.get()) == 0;
}

void statement_in_use::bind_all(const sqlite::values& arguments)
{
    const int wanted = ::sqlite3_bind_parameter_count(held_.get());
    if (static_cast<std::size_t>(wanted) != arguments.size())
        throw refused(errc::database_failed,
                      "the statement takes " + std::to_string(wanted) + " arguments and got " +
                          std::to_string(arguments.size()),
                      text_);
    for (int i = 0; i < wanted; ++i) {
        const auto at = static_cast<std::size_t>(i);
        if (const int code = bind(held_.get(), i + 1, arguments[at]); code != SQLITE_OK)
            fail(database_, code, text_);
    }
}

/// True for a row, false at the end.
bool statement_in_use::step()
{
    const int code = ::sqlite3_step(held_.get());
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        fail(database_, code, text_);
    return code == SQLITE_ROW;
}

void statement_in_use::collect(sqlite_result& into, std::size_t most)
{
    const int columns = ::sqlite3_column_count(held_.get());
    for (int i = 0; i < columns; ++i)
        into.columns.emplace_back(::sqlite3_column_name(held_.get(), i));
    std::size_t bytes = 0;
    while (step())
        for (int i = 0; i < columns; ++i) {
            bytes += sizeof(sqlite::value) + bytes_at(held_.get(), i);
            if (bytes > most)
                throw refused(errc::value_too_large, "the result takes more than max_result bytes",
                              text_);
            into.cells.push_back(cell_at(held_.get(), i));
        }
}

} // namespace coffer::detail
