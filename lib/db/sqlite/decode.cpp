// SPDX-License-Identifier: BSL-1.0
#include <coffer/db/detail/sqlite_decode.hpp>
#include <coffer/db/sqlite/error.hpp>

namespace coffer {
namespace sqlite {

const char* kind_of(const value& v) noexcept
{
    constexpr const char* kinds[] = {"null", "integer", "real", "text", "blob"};
    return kinds[v.held().index()];
}

} // namespace sqlite

namespace detail {

void refuse_cell(const sqlite_result& from, std::size_t cell, const char* wanted)
{
    const std::size_t column = cell % from.columns.size();
    std::string message = "column " + std::to_string(column + 1) + " (" + from.columns[column] +
                          ") of row " + std::to_string(cell / from.columns.size() + 1) + " is " +
                          kind_of(from.cells[cell]) + " and was asked for as " + wanted;
    throw sqlite::error(errc::database_failed, 0, message, from.statement);
}

void require_columns(const sqlite_result& from, std::size_t wanted)
{
    if (from.columns.size() == wanted)
        return;
    throw sqlite::error(errc::database_failed, 0,
                        "the statement gives " + std::to_string(from.columns.size()) +
                            " columns and was asked for " + std::to_string(wanted),
                        from.statement);
}

} // namespace detail
} // namespace coffer
