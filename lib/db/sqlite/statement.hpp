// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "db/sqlite/failure.hpp"
#include "db/sqlite/statement_cache.hpp"

#include <coffer/db/detail/sqlite_decode.hpp>

#include <cstddef>
#include <string>
#include <string_view>

struct sqlite3;

namespace coffer::detail {

/// A failure of ours, about a statement.
sqlite_failure refused(errc code, std::string message, std::string_view text);
/// Throws what `code` and the connection's last error say.
[[noreturn]] void fail(sqlite3* database, int code, std::string_view text);

/// Compiles the first statement of `text`, null if there is none. Without `rest` it must be the
/// only one; else `*rest` is where the next begins.
statement_ptr prepare(sqlite3* database, const std::string& text, const char** rest);

/// A prepared statement in use; goes back to the cache clean.
class statement_in_use {
public:
    /// `text` must outlive it.
    statement_in_use(sqlite3* database, statement_cache& cache, const std::string& text);
    statement_in_use(const statement_in_use&) = delete;
    statement_in_use& operator=(const statement_in_use&) = delete;
    ~statement_in_use();

    bool writes() const noexcept;
    /// The arguments must outlive it: they are not copied.
    void bind_all(const sqlite::values& arguments);
    /// Carries it out. Throws `errc::value_too_large` beyond `most` bytes of result.
    void collect(sqlite_result& into, std::size_t most);

private:
    bool step();

    sqlite3* const database_;
    statement_cache& cache_;
    const std::string& text_;
    statement_ptr held_;
};

} // namespace coffer::detail
