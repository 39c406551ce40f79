// SPDX-License-Identifier: BSL-1.0
#include "sqlite_support.hpp"

#include <optional>

using sqlite::transaction;

namespace {

/// Registers an intent and notes the floor that it is given.
awaitable<void> change(transaction* tx, std::optional<std::uint64_t>* floor)
{
    co_await tx->execute("update product set price = price + 1 where id = 1");
    const coffer::transaction_scope& scope = tx->scope();
    scope.after_commit_once("k", 1, [scope, floor] { *floor = scope.floor(); });
}

} // namespace

TEST_CASE("version row: a transaction that invalidates something bumps it and passes it on")
{
    stepped_database w(sqlite::options().version_row());
    std::optional<std::uint64_t> floor;
    const auto body = [&](transaction& tx) { return change(&tx, &floor); };
    CHECK(w.run(w.db.version()) == 0);
    w.run(w.db.transaction(body));
    CHECK(floor == 1);
    CHECK(w.run(w.db.version()) == 1);
    w.run(w.db.transaction(body));
    CHECK(floor == 2);
    CHECK(w.run(w.db.version()) == 2);
}

TEST_CASE("version row: stays as it is without an invalidation, and by a rollback")
{
    stepped_database w(sqlite::options().version_row());
    std::optional<std::uint64_t> floor;
    bool seen_without = true;
    const auto plain = [&](transaction& tx) -> awaitable<void> {
        co_await tx.execute("update product set price = 11 where id = 1");
        const coffer::transaction_scope& scope = tx.scope();
        scope.after_commit([&, scope] { seen_without = scope.floor().has_value(); });
    };
    w.run(w.db.transaction(plain));
    CHECK_FALSE(seen_without);
    const auto fails = [&](transaction& tx) -> awaitable<void> {
        co_await change(&tx, &floor);
        throw std::runtime_error("no");
    };
    CHECK_THROWS(w.run(w.db.transaction(fails)));
    CHECK(w.run(w.db.version()) == 0);
    CHECK_FALSE(floor);
}

TEST_CASE("version row: an intent undone by a savepoint does not count")
{
    stepped_database w(sqlite::options().version_row());
    std::optional<std::uint64_t> floor;
    const auto part = [&](transaction& tx) -> awaitable<void> {
        co_await change(&tx, &floor);
        throw std::runtime_error("no");
    };
    const auto body = [&](transaction& tx) -> awaitable<void> {
        try {
            co_await tx.savepoint(part);
        } catch (const std::runtime_error&) {
        }
    };
    w.run(w.db.transaction(body));
    CHECK(w.run(w.db.version()) == 0);
}

TEST_CASE("version row: is one number for all pools of the file, and part of a snapshot")
{
    stepped_database w(sqlite::options().version_row());
    const sqlite::pool other(w.folder.file(), w.with(sqlite::options().version_row()));
    std::optional<std::uint64_t> floor;
    const auto body = [&](transaction& tx) -> awaitable<void> {
        co_await change(&tx, &floor);
        const auto inside = co_await tx.version();
        CHECK(inside == 1); // the bump is the last thing before the COMMIT
        const auto outside = co_await other.version();
        CHECK(outside == 1);
    };
    w.run(other.transaction([&](transaction& tx) { return change(&tx, &floor); }));
    CHECK(w.run(w.db.version()) == 1);
    w.run(w.db.transaction(body));
    CHECK(floor == 2);
    CHECK(w.run(other.version()) == 2);
}

TEST_CASE("version row: without the option there is none, and nothing is written")
{
    stepped_database w;
    std::optional<std::uint64_t> floor = 7;
    w.run(w.db.transaction([&](transaction& tx) { return change(&tx, &floor); }));
    CHECK_FALSE(floor);
    CHECK_THROWS_WITH(w.run(w.db.version()), doctest::Contains("coffer_version"));
}

TEST_CASE("version row: gone behind our back, no commit is made without it")
{
    stepped_database w(sqlite::options().version_row());
    std::optional<std::uint64_t> floor;
    CHECK(w.run(w.db.version()) == 0);
    w.run(w.db.script("delete from coffer_version"));
    CHECK_THROWS_WITH(w.run(w.db.transaction([&](transaction& tx) { return change(&tx, &floor); })),
                      doctest::Contains("the row is gone"));
    CHECK(w.price(1) == 10);
    CHECK_FALSE(floor);
}
