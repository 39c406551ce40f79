// SPDX-License-Identifier: BSL-1.0
#include "db/sqlite/connection.hpp"

#include "db/sqlite/statement.hpp"

#include <sqlite3.h>

#include <utility>

namespace coffer::detail {
namespace {

constexpr int steps_between_looks = 1000; // of SQLite's machine, at the cancellation flag

} // namespace

void connection::close_database::operator()(sqlite3* database) const noexcept
{
    ::sqlite3_close_v2(database);
}

connection::connection(connection_settings settings)
    : settings_(std::move(settings)), cache_(settings_.statements),
      controls_(8) // the few that are always the same
{}

connection::~connection()
{
    close();
}

void connection::close() noexcept
{
    interruptible_.store(nullptr);
    cache_.clear(); // statements keep the database open
    controls_.clear();
    database_.reset();
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
            fail(database_.get(), code, "open " + settings_.path);
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

sqlite_result connection::run(const std::string& text, const sqlite::values& arguments,
                              bool may_write)
{
    statement_in_use statement(database_.get(), controlling_ ? controls_ : cache_, text);
    const bool writes = statement.writes();
    if (writes && !may_write) {
        auto failure = refused(errc::database_failed, "it writes", text);
        failure.what = sqlite_failure::kind::needs_turn;
        throw failure;
    }
    statement.bind_all(arguments);
    sqlite_result result;
    result.statement = text;
    const auto before = ::sqlite3_total_changes64(database_.get());
    statement.collect(result, settings_.max_result);
    // `sqlite3_changes` would repeat the number of an earlier statement after one that writes none.
    result.wrote = writes && ::sqlite3_total_changes64(database_.get()) != before;
    if (result.wrote)
        result.changes = ::sqlite3_changes64(database_.get());
    return result;
}

void connection::script(const std::string& text)
{
    std::string left = text;
    while (left.find_first_not_of(" \t\r\n;") != std::string::npos) {
        const char* rest = nullptr;
        const statement_ptr statement = prepare(database_.get(), left, &rest);
        int code = statement ? SQLITE_ROW : SQLITE_DONE; // none: there was only a comment
        while (code == SQLITE_ROW)
            code = ::sqlite3_step(statement.get());
        if (code != SQLITE_DONE)
            fail(database_.get(), code, left);
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
