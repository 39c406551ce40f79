// SPDX-License-Identifier: BSL-1.0
#include "data/queries.hpp"

#include <tuple>
#include <utility>

namespace catalog {
namespace {

using text = std::string;
using whole = std::int64_t;

/// A record from the columns of a row, in the order of its members.
template <class Record, class... Columns>
Record record_of(std::tuple<Columns...> row)
{
    return std::apply([](Columns&... column) { return Record{std::move(column)...}; }, row);
}

template <class Record, class... Columns>
std::optional<Record> maybe_record(std::optional<std::tuple<Columns...>> row)
{
    if (!row)
        return std::nullopt;
    return record_of<Record>(*std::move(row));
}

template <class Record, class... Columns>
std::vector<Record> records(std::vector<std::tuple<Columns...>> rows)
{
    std::vector<Record> all;
    all.reserve(rows.size());
    for (auto& row : rows)
        all.push_back(record_of<Record>(std::move(row)));
    return all;
}

/// Makes what a user types mean itself in a LIKE pattern.
std::string like_pattern(const std::string& typed)
{
    std::string pattern = "%";
    for (const char c : typed) {
        if (c == '%' || c == '_' || c == '\\')
            pattern += '\\';
        pattern += c;
    }
    return pattern + '%';
}

} // namespace

asio::awaitable<std::optional<language>> find_language(sqlite::session db, std::string code)
{
    auto row = co_await db.query_one<text, text, text, text, text, text, text, text, whole>(
        "select code, name, inverted_name, common_name, alpha_2, bibliographic, scope, type, "
        "revision from language where code = ?",
        std::move(code));
    co_return maybe_record<language>(std::move(row));
}

asio::awaitable<std::vector<language_hit>> search_languages(sqlite::session db, std::string typed,
                                                            int limit)
{
    auto rows = co_await db.query<text, text, whole>(
        "select code, name, revision from language where name like ? escape '\\' "
        "order by length(name), name, code limit ?",
        like_pattern(typed), limit);
    co_return records<language_hit>(std::move(rows));
}

asio::awaitable<std::optional<country>> find_country(sqlite::session db, std::string code)
{
    auto row = co_await db.query_one<text, text, text, text, text, text, text>(
        "select code, alpha_3, numeric, name, official_name, common_name, flag from country "
        "where code = ?",
        std::move(code));
    co_return maybe_record<country>(std::move(row));
}

asio::awaitable<std::vector<subdivision>> list_subdivisions(sqlite::session db, std::string of,
                                                            std::string type)
{
    auto rows = co_await db.query<text, text, text, text, text, whole>(
        "select code, country, name, type, parent, revision from subdivision "
        "where country = ?1 and (?2 = '' or type = ?2) order by code",
        std::move(of), std::move(type));
    co_return records<subdivision>(std::move(rows));
}

asio::awaitable<std::int64_t> put_language(sqlite::session db, std::string code,
                                           language_change change)
{
    const auto row = co_await db.query_one<whole>(
        "insert into language (code, name, inverted_name, common_name, scope, type, alpha_2, "
        "bibliographic) values (?, ?, coalesce(?, ''), coalesce(?, ''), coalesce(?, 'I'), "
        "coalesce(?, 'L'), '', '') on conflict (code) do update set name = excluded.name, "
        "inverted_name = excluded.inverted_name, common_name = excluded.common_name, "
        "scope = excluded.scope, type = excluded.type, revision = revision + 1 returning revision",
        std::move(code), change.name, change.inverted_name, change.common_name, change.scope,
        change.type);
    co_return std::get<0>(row.value());
}

asio::awaitable<std::optional<std::int64_t>> amend_language(sqlite::session db, std::string code,
                                                            language_change change)
{
    const auto row = co_await db.query_one<whole>(
        "update language set name = coalesce(?2, name), inverted_name = coalesce(?3, "
        "inverted_name), common_name = coalesce(?4, common_name), scope = coalesce(?5, scope), "
        "type = coalesce(?6, type), revision = revision + 1 where code = ?1 returning revision",
        std::move(code), change.name, change.inverted_name, change.common_name, change.scope,
        change.type);
    if (!row)
        co_return std::nullopt;
    co_return std::get<0>(*row);
}

asio::awaitable<std::optional<subdivision>> rename_subdivision(sqlite::session db, std::string code,
                                                               std::string name)
{
    auto row = co_await db.query_one<text, text, text, text, text, whole>(
        "update subdivision set name = ?2, revision = revision + 1 where code = ?1 "
        "returning code, country, name, type, parent, revision",
        std::move(code), std::move(name));
    co_return maybe_record<subdivision>(std::move(row));
}

asio::awaitable<void> log_change(sqlite::session db, std::string code, std::int64_t revision,
                                 std::string kind)
{
    co_await db.execute("insert into change_log (code, revision, kind) values (?, ?, ?)",
                        std::move(code), revision, std::move(kind));
}

} // namespace catalog
