// SPDX-License-Identifier: BSL-1.0
#include "data/import.hpp"

#include <cstdint>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace catalog {
namespace {

namespace sqlite = coffer::sqlite;

// What `pragma application_id` says of our files ("coff"), and the version of the tables.
constexpr std::int64_t our_id = 0x636f6666;
constexpr std::int64_t our_version = 2;

const char* const tables = R"(
create table language (
    code text primary key, name text not null, inverted_name text not null, common_name text not null,
    alpha_2 text not null, bibliographic text not null, scope text not null, type text not null,
    revision integer not null default 0) without rowid;
create table country (
    code text primary key, alpha_3 text not null, numeric text not null, name text not null,
    official_name text not null, common_name text not null, flag text not null) without rowid;
create table subdivision (
    code text primary key, country text not null references country (code), name text not null,
    type text not null, parent text not null, revision integer not null default 0) without rowid;
create index subdivision_country on subdivision (country, code);
create table change_log (
    id integer primary key, code text not null, revision integer not null,
    kind text not null check (kind in ('put', 'amend', 'rename')));
create table identity (value text not null);
insert into identity values (lower(hex(randomblob(16))));
)";

/// One file of the package, and the statement that takes its text apart.
struct list {
    const char* file;
    const char* insert;
};

constexpr list lists[] = {
    {"iso_639-3.json", R"(
insert into language (code, name, inverted_name, common_name, alpha_2, bibliographic, scope, type)
select value ->> 'alpha_3', value ->> 'name', coalesce(value ->> 'inverted_name', ''),
       coalesce(value ->> 'common_name', ''), coalesce(value ->> 'alpha_2', ''),
       coalesce(value ->> 'bibliographic', ''), value ->> 'scope', value ->> 'type'
from json_each(?, '$."639-3"'))"},
    {"iso_3166-1.json", R"(
insert into country
select value ->> 'alpha_2', value ->> 'alpha_3', value ->> 'numeric', value ->> 'name',
       coalesce(value ->> 'official_name', ''), coalesce(value ->> 'common_name', ''),
       coalesce(value ->> 'flag', '')
from json_each(?, '$."3166-1"'))"},
    // Some entries name their parent without its country.
    {"iso_3166-2.json", R"(
insert into subdivision (code, country, name, type, parent)
select code, substr(code, 1, 2), name, type,
       case when parent = '' or instr(parent, '-') then parent
            else substr(code, 1, 2) || '-' || parent end
from (select value ->> 'code' as code, value ->> 'name' as name, value ->> 'type' as type,
             coalesce(value ->> 'parent', '') as parent
      from json_each(?, '$."3166-2"')))"},
};

std::string read_file(const std::filesystem::path& file)
{
    std::ifstream from(file, std::ios::binary);
    if (!from)
        throw std::runtime_error("cannot read " + file.string() +
                                 ": install the Debian package iso-codes");
    return std::string(std::istreambuf_iterator<char>(from), {});
}

asio::awaitable<void> import_list(sqlite::session db, const list& one, std::filesystem::path folder)
{
    const auto file = folder / one.file;
    auto text = read_file(file);
    std::string failure;
    try {
        const auto rows = co_await db.execute(one.insert, std::move(text));
        if (rows == 0)
            failure = "it holds no entries";
    } catch (const sqlite::error& refused) {
        failure = refused.what();
    }
    if (!failure.empty())
        throw std::runtime_error(file.string() + " is not a list of ISO codes: " + failure);
}

asio::awaitable<std::int64_t> number(sqlite::session db, std::string statement)
{
    const auto row = co_await db.query_one<std::int64_t>(std::move(statement));
    co_return std::get<0>(row.value());
}

/// Whether the file is ours already.
asio::awaitable<bool> is_catalogue(sqlite::session db)
{
    const auto id = co_await number(db, "pragma application_id");
    const auto version = co_await number(db, "pragma user_version");
    if (id == our_id && version == our_version)
        co_return true;
    const auto held = co_await number(db, "select count(*) from sqlite_master");
    if (id != 0 || version != 0 || held != 0)
        throw std::runtime_error(
            "the database is not a catalogue of this version; give another file");
    co_return false;
}

asio::awaitable<bool> import_in(sqlite::session db, std::filesystem::path folder)
{
    const bool there = co_await is_catalogue(db);
    if (there)
        co_return false;
    co_await db.script(tables);
    for (const auto& one : lists)
        co_await import_list(db, one, folder);
    // Part of the transaction: an import that was cut short leaves an empty file.
    co_await db.script("pragma application_id = " + std::to_string(our_id) +
                       "; pragma user_version = " + std::to_string(our_version));
    co_return true;
}

} // namespace

asio::awaitable<std::string> identity_of(sqlite::pool db)
{
    const auto row = co_await db.query_one<std::string>("select value from identity");
    co_return std::get<0>(row.value());
}

asio::awaitable<bool> import_once(sqlite::pool db, std::filesystem::path folder)
{
    auto import = [folder = std::move(folder)](sqlite::transaction& tx) {
        return import_in(tx, folder);
    };
    co_return co_await db.transaction(std::move(import));
}

} // namespace catalog
