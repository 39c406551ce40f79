// SPDX-License-Identifier: BSL-1.0
#include "catalog_fixture.hpp"

#include "data/import.hpp"
#include "data/queries.hpp"

using namespace catalog_test;

namespace {

asio::awaitable<std::int64_t> count_rows(sqlite::pool db, std::string of)
{
    const auto row = co_await db.query_one<std::int64_t>("select count(*) from " + of);
    co_return std::get<0>(row.value());
}

/// A database file, and imports into it.
class imports {
public:
    imports() : io(1), db_(std::in_place, file()) {}
    ~imports()
    {
        try {
            io.run(db_->close());
        } catch (const std::exception& failure) {
            FAIL_CHECK(failure.what());
        }
    }

    /// Returns whether it imported anything.
    bool import(const std::filesystem::path& from) { return run(io, import_once(*db_, from)); }

    std::string error_of(const std::filesystem::path& from)
    {
        try {
            import(from);
        } catch (const std::exception& failure) {
            return failure.what();
        }
        return {};
    }

    void execute(std::string statement) { run(io, db_->execute(std::move(statement))); }
    /// Of a table, or of `table where condition`.
    std::int64_t count(std::string of) { return run(io, count_rows(*db_, std::move(of))); }

    /// As another process would see it.
    void open_again()
    {
        io.run(db_->close());
        db_.emplace(file());
    }

    temporary_folder folder;
    io_threads io;

private:
    std::string file() const { return (folder.path() / "catalog.db").string(); }

    std::optional<sqlite::pool> db_;
};

} // namespace

TEST_CASE("catalog import: Debian's package gives some thirteen thousand records")
{
    imports on;
    CHECK(on.import(iso_codes_folder));
    CHECK(on.count("language") > 7'000);
    CHECK(on.count("country") > 240);
    CHECK(on.count("subdivision") > 5'000);
    CHECK(on.count("subdivision where parent <> '' and instr(parent, '-') = 0") == 0);
}

TEST_CASE("catalog import: a second one changes nothing, and needs no files")
{
    imports on;
    CHECK(on.import(small_iso_codes(on.folder.path())));
    on.execute("update language set name = 'kept' where code = 'lat'");
    on.open_again();
    CHECK_FALSE(on.import("/nowhere"));
    CHECK(on.count("language where name = 'kept'") == 1);
}

TEST_CASE("catalog import: a missing file names the package to install")
{
    imports on;
    const auto error = on.error_of(on.folder.path());
    CHECK(contains(error, (on.folder.path() / "iso_639-3.json").string()));
    CHECK(contains(error, "install the Debian package iso-codes"));
}

TEST_CASE(
    "catalog import: a file that is wrong is named, and leaves the database empty for another try")
{
    imports on;
    small_iso_codes(on.folder.path());
    for (const char* text : {"{", "{}", R"({"3166-2": []})", R"({"3166-2": [{"code": "AD-02"}]})",
                             R"({"3166-2": [{"code": "XX-1", "name": "x", "type": "y"}]})"}) {
        CAPTURE(text);
        write_file(on.folder.path() / "iso_3166-2.json", text);
        CHECK(
            contains(on.error_of(on.folder.path()), "iso_3166-2.json is not a list of ISO codes"));
        CHECK(on.count("sqlite_master") == 0);
    }
    CHECK(on.import(small_iso_codes(on.folder.path())));
}

TEST_CASE("catalog import: a database of something else is refused and left alone")
{
    imports on;
    on.execute("create table other (x)");
    CHECK(contains(on.error_of(small_iso_codes(on.folder.path())), "not a catalogue"));
    CHECK(on.count("sqlite_master") == 1);
}
