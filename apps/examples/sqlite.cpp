// SPDX-License-Identifier: BSL-1.0
// The snippets of docs/transactions.md with a real database.
#include "example.hpp"

#include <coffer/cached.hpp>
#include <coffer/db/sqlite.hpp>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <tuple>

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

asio::awaitable<std::int64_t> load_price(coffer::sqlite::pool db, std::int64_t id)
{
    auto rows = co_await db.query<std::int64_t>("select price from product where id = ?", id);
    co_return std::get<0>(rows.at(0));
}

asio::awaitable<void> shop(coffer::sqlite::pool db)
{
    co_await db.execute("create table product (id integer primary key, price integer not null)");
    co_await db.execute("insert into product values (42, 100)");
    auto prices = coffer::cached(
        "price", [db](std::int64_t id) { return load_price(db, id); },
        coffer::options().ttl(5min).allow_concurrent(false));
    std::int64_t before = co_await prices(42);
    std::int64_t inside = 0;

    //! [sqlite]
    auto raise = [&](coffer::sqlite::transaction& tx) -> asio::awaitable<void> {
        co_await tx.execute("update product set price = price + 1 where id = ?", 42);
        inside = co_await prices.in(tx.scope())(42); // sees the write, stores nothing
        prices.invalidate_after_commit(tx.scope(), 42);
    };
    co_await db.transaction(raise); // returns after COMMIT and the callbacks
    std::int64_t after = co_await prices(42);
    //! [sqlite]
    expect(before == 100 && inside == 101 && after == 101, "nobody sees the old price any more");
    co_await prices.close();
    co_await db.close();
}

} // namespace

int main()
{
    std::string name = (std::filesystem::temp_directory_path() / "coffer-example-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
        return 1;
    run(shop(coffer::sqlite::pool(name + "/shop.db")));
    std::filesystem::remove_all(name);
}
