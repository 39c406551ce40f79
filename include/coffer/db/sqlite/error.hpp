// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/errc.hpp>
#include <coffer/db/detail/sqlite_part.hpp>

#include <boost/system/system_error.hpp>

#include <string>
#include <utility>

namespace coffer::sqlite {

/// A statement that failed; `what()` says why and names the statement.
///
/// `code()` is `errc::database_failed`, `errc::database_busy` or another of coffer's.
class error : public boost::system::system_error {
public:
    error(errc code, int native, const std::string& message, std::string statement);

    /// SQLite's extended result code, e.g. 2067 for a violated unique index; 0 if the database was
    /// not what failed.
    int native() const noexcept { return native_; }
    /// The text of the statement; arguments are not part of it.
    const std::string& statement() const noexcept { return statement_; }

private:
    int native_;
    std::string statement_;
};

} // namespace coffer::sqlite
