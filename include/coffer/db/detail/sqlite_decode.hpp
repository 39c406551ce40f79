// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/db/sqlite/value.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace coffer::detail {

/// What a statement gave: its cells row by row.
struct sqlite_result {
    std::string statement;
    std::vector<std::string> columns;
    sqlite::values cells; ///< columns.size() of them for each row
    std::int64_t changes = 0;
    bool wrote = false; ///< any row, also by a trigger

    std::size_t rows() const noexcept
    {
        return columns.empty() ? 0 : cells.size() / columns.size();
    }
};

[[noreturn]] void refuse_cell(const sqlite_result& from, std::size_t cell, const char* wanted);
/// Throws unless the result has as many columns as were asked for.
void require_columns(const sqlite_result& from, std::size_t wanted);

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

/// A type that a column can be read as.
template <class T>
concept sqlite_column =
    is_optional<T> || std::integral<T> || std::floating_point<T> || std::is_enum_v<T> ||
    std::same_as<T, std::string> || std::same_as<T, sqlite::blob> || std::same_as<T, sqlite::value>;

template <std::integral T>
T decode_whole(sqlite_result& from, std::size_t cell)
{
    const auto* number = std::get_if<std::int64_t>(&from.cells[cell].held());
    if (!number)
        refuse_cell(from, cell, "an integer");
    if constexpr (std::same_as<T, bool>) {
        return *number != 0;
    } else {
        using limits = std::numeric_limits<T>; // signed and unsigned alike fit the comparison below
        const bool low = *number < 0 && (std::is_unsigned_v<T> ||
                                         *number < static_cast<std::int64_t>(limits::min()));
        const bool high = *number > 0 && static_cast<std::uint64_t>(*number) >
                                             static_cast<std::uint64_t>(limits::max());
        if (low || high)
            refuse_cell(from, cell, "an integer of a smaller range");
        return static_cast<T>(*number);
    }
}

template <std::floating_point T>
T decode_real(sqlite_result& from, std::size_t cell)
{
    const auto& held = from.cells[cell].held();
    if (const auto* real = std::get_if<double>(&held))
        return static_cast<T>(*real);
    if (const auto* number = std::get_if<std::int64_t>(&held))
        return static_cast<T>(*number);
    refuse_cell(from, cell, "a real");
}

template <class T>
T decode_held(sqlite_result& from, std::size_t cell, const char* wanted)
{
    if (auto* held = std::get_if<T>(&from.cells[cell].held()))
        return std::move(*held);
    refuse_cell(from, cell, wanted);
}

/// Takes one cell out of the result as a `T`; throws `sqlite::error` if it is something else.
template <sqlite_column T>
T decode_cell(sqlite_result& from, std::size_t cell)
{
    if constexpr (is_optional<T>) {
        if (from.cells[cell].is_null())
            return std::nullopt;
        return decode_cell<typename T::value_type>(from, cell);
    } else if constexpr (std::same_as<T, sqlite::value>) {
        return std::move(from.cells[cell]);
    } else if constexpr (std::is_enum_v<T>) {
        return static_cast<T>(decode_whole<std::underlying_type_t<T>>(from, cell));
    } else if constexpr (std::integral<T>) {
        return decode_whole<T>(from, cell);
    } else if constexpr (std::floating_point<T>) {
        return decode_real<T>(from, cell);
    } else if constexpr (std::same_as<T, std::string>) {
        return decode_held<T>(from, cell, "a text");
    } else {
        return decode_held<T>(from, cell, "a blob");
    }
}

template <class... Columns, std::size_t... Index>
std::tuple<Columns...> decode_cells(sqlite_result& from, std::size_t first,
                                    std::index_sequence<Index...>)
{
    return std::tuple<Columns...>{decode_cell<Columns>(from, first + Index)...};
}

template <sqlite_column... Columns>
std::tuple<Columns...> decode_row(sqlite_result& from, std::size_t row)
{
    return decode_cells<Columns...>(from, row * sizeof...(Columns),
                                    std::index_sequence_for<Columns...>());
}

template <sqlite_column... Columns>
std::vector<std::tuple<Columns...>> decode_rows(sqlite_result from)
{
    require_columns(from, sizeof...(Columns));
    std::vector<std::tuple<Columns...>> rows;
    rows.reserve(from.rows());
    for (std::size_t row = 0; row < from.rows(); ++row)
        rows.push_back(decode_row<Columns...>(from, row));
    return rows;
}

template <sqlite_column... Columns>
std::optional<std::tuple<Columns...>> decode_first(sqlite_result from)
{
    require_columns(from, sizeof...(Columns));
    if (from.rows() == 0)
        return std::nullopt;
    return decode_row<Columns...>(from, 0);
}

} // namespace coffer::detail
