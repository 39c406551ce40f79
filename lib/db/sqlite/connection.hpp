// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "db/sqlite/failure.hpp"
#include "db/sqlite/statement_cache.hpp"

#include <coffer/db/detail/sqlite_decode.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>

struct sqlite3;

namespace coffer::detail {

/// What every connection of a pool has in common.
struct connection_settings {
    std::string path;
    std::size_t statements = 0;
    std::size_t max_result = 0;
    bool version_row = false;
};

/// One SQLite connection: blocking, used by one thread at a time.
///
/// Errors: `sqlite_failure` is thrown; this is the worker's side.
class connection {
public:
    explicit connection(connection_settings settings);
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;
    ~connection();

    /// Opens the file unless it is open: WAL, foreign keys, the version row.
    void open();
    void close() noexcept;

    /// One statement. `may_write` is false for one that was sent without the pool's write turn.
    sqlite_result run(const std::string& text, const sqlite::values& arguments, bool may_write);
    /// Several statements without arguments.
    void script(const std::string& text);
    /// A statement of ours that begins or ends a transaction or savepoint; refused in `run`.
    void control(const char* text);

    bool in_transaction() const noexcept;
    /// Bumps the version row and returns its number.
    std::uint64_t bump_version();

    /// A statement ends with *interrupted* soon after `*flag` became true; null for none.
    void obey(const std::atomic<bool>* flag) noexcept { cancelled_ = flag; }
    /// From any thread, but not during `close()`: ends a statement that runs.
    void interrupt() noexcept;

private:
    struct close_database {
        void operator()(sqlite3* database) const noexcept;
    };

    static int on_progress(void* self) noexcept;
    static int authorize(void* self, int action, const char*, const char*, const char*,
                         const char*) noexcept;

    void configure();
    void make_version_row();
    bool has_version_row();

    const connection_settings settings_;
    std::unique_ptr<sqlite3, close_database> database_; // null until opened
    std::atomic<sqlite3*> interruptible_{nullptr}; // the same once it is open, for other threads
    statement_cache cache_;
    statement_cache controls_; // apart: the user's statements must not find those
    const std::atomic<bool>* cancelled_ = nullptr;
    bool controlling_ = false; // statements that control transactions are allowed
};

} // namespace coffer::detail
