// SPDX-License-Identifier: BSL-1.0
//
// A process that is killed at any write to the file, or between any two steps of a transaction,
// leaves the database whole: with all of the transaction or nothing of it.
#include "sqlite_support.hpp"

#include <csignal>
#include <functional>
#include <list>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

using sqlite::transaction;

namespace {

long writes_left = -1; // until this process kills itself; negative: it does not
sqlite3_vfs* real_files = nullptr;

/// SQLite's functions for one kind of file, with ours in front of those that write.
struct counting_methods {
    sqlite3_io_methods ours; // first: a file points to it
    const sqlite3_io_methods* real;
};

const sqlite3_io_methods& real_of(const sqlite3_file* file)
{
    return *reinterpret_cast<const counting_methods*>(file->pMethods)->real;
}

void count_write()
{
    if (writes_left-- == 0)
        ::raise(SIGKILL);
}

int write_file(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at)
{
    count_write();
    return real_of(file).xWrite(file, bytes, size, at);
}

int sync_file(sqlite3_file* file, int flags)
{
    count_write();
    return real_of(file).xSync(file, flags);
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size)
{
    count_write();
    return real_of(file).xTruncate(file, size);
}

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out)
{
    static std::list<counting_methods> kinds; // the database and its log are of different kinds
    const int code = real_files->xOpen(real_files, name, file, flags, out);
    if (code != SQLITE_OK || !file->pMethods)
        return code;
    counting_methods& kind = kinds.emplace_back(counting_methods{*file->pMethods, file->pMethods});
    kind.ours.xWrite = write_file;
    kind.ours.xSync = sync_file;
    kind.ours.xTruncate = truncate_file;
    file->pMethods = &kind.ours;
    return code;
}

/// From now on SQLite's own files go through the functions above.
void kill_at_write(long which)
{
    static sqlite3_vfs files;
    real_files = ::sqlite3_vfs_find(nullptr);
    files = *real_files;
    files.zName = "killing";
    files.xOpen = open_file;
    ::sqlite3_vfs_register(&files, 1);
    writes_left = which;
}

awaitable<void> undone_part(transaction* tx)
{
    co_await tx->execute("update account set balance = 0");
    throw std::domain_error("undone");
}

awaitable<void> move_money(transaction* tx)
{
    co_await tx->execute("update account set balance = balance - 40 where id = 1");
    const auto undone = [](transaction& inner) { return undone_part(&inner); };
    try {
        co_await tx->savepoint(undone);
    } catch (const std::domain_error&) {
    }
    const auto kept = [](transaction& inner) {
        return inner.execute("update account set balance = balance + 40 where id = 2");
    };
    co_await tx->savepoint(kept);
    co_await tx->execute("insert into move values (1, 2, 40, ?)", std::string(20'000, 'x'));
    const coffer::transaction_scope& scope = tx->scope();
    scope.after_commit_once("k", 1, [] {});
}

sqlite::pool open(const std::string& path, asio::io_context& io)
{
    return sqlite::pool(path, sqlite::options().workers(io.get_executor()).version_row());
}

void create(const std::string& path)
{
    asio::io_context io;
    support::run(io, open(path, io).script(
                         "create table account (id integer primary key, balance integer);"
                         "create table move (source integer, target integer, amount integer, x);"
                         "insert into account values (1, 100), (2, 100)"));
}

/// The child's whole life: one transaction, unless something kills it. Never returns.
[[noreturn]] void live(const std::string& path, const std::function<void(asio::io_context&)>& drive)
{
    {
        asio::io_context io;
        const auto db = open(path, io);
        const auto body = [](transaction& tx) { return move_money(&tx); };
        const support::started work(io, db.transaction(body));
        drive(io);
    }
    ::_exit(0);
}

/// True if the child lived to its end; false if it was killed.
bool survives(const std::string& path, const std::function<void(asio::io_context&)>& drive)
{
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0)
        live(path, drive);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    if (WIFEXITED(status)) {
        REQUIRE(WEXITSTATUS(status) == 0);
        return true;
    }
    REQUIRE(WTERMSIG(status) == SIGKILL);
    return false;
}

/// True if the transaction is in the file, false if nothing of it is; anything else fails.
bool committed(const std::string& path)
{
    asio::io_context io;
    const auto db = open(path, io);
    const auto check = support::run(io, db.query<std::string>("pragma integrity_check"));
    CHECK(std::get<0>(check.at(0)) == "ok");
    const auto rows = support::run(io, db.query<int>("select balance from account order by id"));
    const int first = std::get<0>(rows.at(0)), second = std::get<0>(rows.at(1));
    const auto moves = support::run(io, db.query<int>("select amount from move")).size();
    const auto version = support::run(io, db.version());
    const bool all = first == 60 && second == 140 && moves == 1 && version == 1;
    const bool none = first == 100 && second == 100 && moves == 0 && version == 0;
    CHECK((all || none));
    return all;
}

} // namespace

TEST_CASE("killed between any two steps, the file holds all of the transaction or nothing")
{
    std::size_t k = 0;
    bool ever_committed = false;
    for (bool lived = false; !lived; ++k) {
        CAPTURE(k);
        REQUIRE(k < 1000);
        const temp_folder folder;
        create(folder.file());
        lived = survives(folder.file(), [k](asio::io_context& io) {
            if (support::step(io, k) == k)
                ::raise(SIGKILL);
        });
        const bool now = committed(folder.file());
        CHECK(now >= ever_committed); // once it is in at some step, it is in at every later one
        ever_committed = now;
    }
    CHECK(ever_committed);
    CHECK(k > 20);
}

TEST_CASE("killed at any write to the file, it holds all of the transaction or nothing")
{
    long n = 0;
    bool ever_committed = false;
    for (bool lived = false; !lived; ++n) {
        CAPTURE(n);
        REQUIRE(n < 1000);
        const temp_folder folder;
        create(folder.file());
        lived = survives(folder.file(), [n](asio::io_context& io) {
            kill_at_write(n);
            support::drain(io);
        });
        ever_committed = committed(folder.file());
    }
    CHECK(ever_committed);
    CHECK(n > 10);
}
