// SPDX-License-Identifier: BSL-1.0
#include "db/sqlite/connection.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <climits>
#include <cstring>
#include <utility>

namespace coffer::detail {
namespace {

constexpr int steps_between_looks = 1000; // of SQLite's machine, at the cancellation flag

sqlite_failure refused(errc code, std::string message, std::string_view text)
{
    sqlite_failure failure;
    failure.code = code;
    failure.message = std::move(message);
    failure.statement = text;
    return failure;
}

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

void connection::close_database::operator()(sqlite3* database) const noexcept
{
    ::sqlite3_close_v2(database);
}

/// A prepared statement in use; goes back to the cache clean, or is dropped if it failed.
class connection::use {
public:
    use(connection& on, const std::string& text) : on_(on), text_(text), held_(on.cache_.take(text))
    {
        if (!held_)
            held_ = on.prepare(text, nullptr);
        if (!held_)
            throw refused(errc::database_failed, "there is no statement", text);
    }
    use(const use&) = delete;
    use& operator=(const use&) = delete;
    ~use()
    {
        if (!held_)
            return;
        ::sqlite3_reset(held_.get());
        ::sqlite3_clear_bindings(held_.get());
        try {
            on_.cache_.keep(text_, std::move(held_));
        } catch (...) { // out of memory: then it is not kept
        }
    }

    void bind_all(const sqlite::values& arguments)
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
                on_.fail(code, text_);
        }
    }

    /// True for a row, false at the end.
    bool step()
    {
        const int code = ::sqlite3_step(held_.get());
        if (code == SQLITE_ROW)
            return true;
        if (code == SQLITE_DONE)
            return false;
        on_.fail(code, text_);
    }

    sqlite3_stmt* get() const noexcept { return held_.get(); }
    const std::string& text() const noexcept { return text_; }

private:
    connection& on_;
    const std::string& text_;
    statement_ptr held_;
};

connection::connection(connection_settings settings)
    : settings_(std::move(settings)), cache_(settings_.statements)
{}

connection::~connection()
{
    close();
}

void connection::close() noexcept
{
    interruptible_.store(nullptr);
    cache_.clear(); // statements keep the database open
    database_.reset();
}

void connection::fail(int code, std::string_view text)
{
    sqlite_failure failure =
        refused(errc::database_failed, ::sqlite3_errmsg(database_.get()), text);
    failure.native = ::sqlite3_extended_errcode(database_.get());
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

int connection::on_progress(void* self) noexcept
{
    const auto* flag = static_cast<connection*>(self)->cancelled_;
    return flag && flag->load(std::memory_order_relaxed) ? 1 : 0; // a hint: it orders nothing
}

int connection::authorize(void* self, int action, const char*, const char*, const char*,
                          const char*) noexcept
{
    const bool control = action == SQLITE_TRANSACTION || action == SQLITE_SAVEPOINT;
    return control && !static_cast<connection*>(self)->controlling_ ? SQLITE_DENY : SQLITE_OK;
}

void connection::open()
{
    if (database_)
        return;
    sqlite3* opened = nullptr;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    const int code = ::sqlite3_open_v2(settings_.path.c_str(), &opened, flags, nullptr);
    database_.reset(opened); // also a failed one holds memory, and the message
    try {
        if (code != SQLITE_OK)
            fail(code, "open " + settings_.path);
        configure();
        interruptible_.store(database_.get());
    } catch (...) {
        close();
        throw;
    }
}

void connection::configure()
{
    sqlite3* const database = database_.get();
    ::sqlite3_extended_result_codes(database, 1);
    ::sqlite3_busy_timeout(database, 0); // waiting is the coroutine's business
    ::sqlite3_progress_handler(database, steps_between_looks, &connection::on_progress, this);
    ::sqlite3_set_authorizer(database, &connection::authorize, this);
    const auto mode = run("pragma journal_mode = wal", {}, true);
    run("pragma foreign_keys = on", {}, true);
    const auto& said = std::get<std::string>(mode.cells.at(0).held());
    if (said != "wal" && said != "memory")
        throw refused(errc::database_failed, "the file cannot be switched to WAL mode",
                      "open " + settings_.path);
    if (settings_.version_row && !has_version_row())
        make_version_row();
}

bool connection::has_version_row()
{
    const auto known = run("select 1 from sqlite_master where type = 'table' and "
                           "name = 'coffer_version'",
                           {}, false);
    return known.rows() != 0;
}

void connection::make_version_row()
{
    control("begin immediate");
    try {
        script("create table if not exists coffer_version "
               "(one integer primary key check (one = 1), n integer not null); "
               "insert or ignore into coffer_version values (1, 0)");
        control("commit");
    } catch (...) {
        if (in_transaction())
            control("rollback");
        throw;
    }
}

std::uint64_t connection::bump_version()
{
    const auto bumped = run("update coffer_version set n = n + 1 returning n", {}, true);
    if (bumped.rows() != 1)
        throw refused(errc::database_failed, "the row is gone", "update coffer_version");
    return static_cast<std::uint64_t>(std::get<std::int64_t>(bumped.cells[0].held()));
}

statement_ptr connection::prepare(const std::string& text, const char** rest)
{
    sqlite3_stmt* made = nullptr;
    const char* tail = nullptr;
    const auto size = static_cast<int>(std::min<std::size_t>(text.size(), INT_MAX));
    const int code = ::sqlite3_prepare_v3(database_.get(), text.c_str(), size,
                                          SQLITE_PREPARE_PERSISTENT, &made, &tail);
    statement_ptr statement(made);
    if (code != SQLITE_OK)
        fail(code, text);
    if (rest)
        *rest = tail;
    else if (std::strspn(tail, " \t\r\n;") != std::strlen(tail))
        throw refused(errc::database_failed, "one statement at a time; script() takes several",
                      text);
    return statement;
}

void connection::collect(use& statement, sqlite_result& into)
{
    const int columns = ::sqlite3_column_count(statement.get());
    for (int i = 0; i < columns; ++i)
        into.columns.emplace_back(::sqlite3_column_name(statement.get(), i));
    std::size_t bytes = 0;
    while (statement.step())
        for (int i = 0; i < columns; ++i) {
            bytes += sizeof(sqlite::value) + bytes_at(statement.get(), i);
            if (bytes > settings_.max_result)
                throw refused(errc::value_too_large, "the result takes more than max_result bytes",
                              statement.text());
            into.cells.push_back(cell_at(statement.get(), i));
        }
}

sqlite_result connection::run(const std::string& text, const sqlite::values& arguments,
                              bool may_write)
{
    use statement(*this, text);
    const bool writes = ::sqlite3_stmt_readonly(statement.get()) == 0;
    if (writes && !may_write) {
        auto failure = refused(errc::database_failed, "it writes", text);
        failure.what = sqlite_failure::kind::needs_turn;
        throw failure;
    }
    statement.bind_all(arguments);
    sqlite_result result;
    result.statement = text;
    const auto before = ::sqlite3_total_changes64(database_.get());
    collect(statement, result);
    // `sqlite3_changes` would repeat the number of an earlier statement after one that writes none.
    if (writes && ::sqlite3_total_changes64(database_.get()) != before)
        result.changes = ::sqlite3_changes64(database_.get());
    return result;
}

void connection::script(const std::string& text)
{
    std::string left = text;
    while (left.find_first_not_of(" \t\r\n;") != std::string::npos) {
        const char* rest = nullptr;
        const statement_ptr statement = prepare(left, &rest);
        int code = statement ? SQLITE_ROW : SQLITE_DONE; // none: there was only a comment
        while (code == SQLITE_ROW)
            code = ::sqlite3_step(statement.get());
        if (code != SQLITE_DONE)
            fail(code, left);
        left.erase(0, static_cast<std::size_t>(rest - left.c_str()));
    }
}

void connection::control(const char* text)
{
    struct allowed {
        bool& flag;
        explicit allowed(bool& f) : flag(f) { flag = true; }
        ~allowed() { flag = false; }
    } const here(controlling_);
    run(text, {}, true);
}

bool connection::in_transaction() const noexcept
{
    return database_ && ::sqlite3_get_autocommit(database_.get()) == 0;
}

void connection::interrupt() noexcept
{
    if (sqlite3* const database = interruptible_.load())
        ::sqlite3_interrupt(database);
}

} // namespace coffer::detail
