// SPDX-License-Identifier: BSL-1.0
//
// Transactions from many threads at once, some failing, some cancelled: the file and the callbacks
// agree on which of them happened.
#include "integration/sqlite/sqlite_support.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

#include <atomic>
#include <future>
#include <random>
#include <vector>

using sqlite::transaction;

namespace {

constexpr int tasks = 8, rounds = 100;

struct counts {
    std::atomic<int> committed{0}, rolled_back{0}, returned{0};
};

awaitable<void> undone(transaction* tx)
{
    co_await tx->execute("update counter set n = n + 1000");
    tx->scope().after_commit([] { FAIL("undone by a savepoint"); });
    throw std::domain_error("undone");
}

/// Reads, thinks and writes: lost updates would show.
awaitable<void> increment(transaction* tx, counts* seen, bool fails)
{
    const auto row = co_await tx->query_one<int>("select n from counter");
    tx->scope().after_commit([seen] { ++seen->committed; });
    tx->scope().after_rollback([seen] { ++seen->rolled_back; });
    const auto part = [](transaction& inner) { return undone(&inner); };
    try {
        co_await tx->savepoint(part);
    } catch (const std::domain_error&) {
    }
    co_await tx->execute("update counter set n = ?", std::get<0>(*row) + 1);
    if (fails)
        throw std::domain_error("asked to fail");
}

awaitable<void> one(sqlite::pool db, counts* seen, bool fails)
{
    const auto body = [seen, fails](transaction& tx) { return increment(&tx, seen, fails); };
    co_await db.transaction(body);
    ++seen->returned;
}

/// Starts a transaction and cancels it from its own strand after some steps.
awaitable<void> interrupted(sqlite::pool db, counts* seen, unsigned steps)
{
    auto cancel = std::make_shared<asio::cancellation_signal>();
    const auto executor = co_await asio::this_coro::executor;
    auto after = [](std::shared_ptr<asio::cancellation_signal> signal,
                    unsigned left) -> awaitable<void> {
        for (; left != 0; --left)
            co_await asio::post(asio::use_awaitable);
        signal->emit(asio::cancellation_type::terminal);
    };
    asio::co_spawn(executor, after(cancel, steps), asio::detached);
    auto work = one(std::move(db), seen, false);
    auto token = asio::bind_cancellation_slot(cancel->slot(), asio::use_awaitable);
    try {
        co_await asio::co_spawn(executor, std::move(work), token);
    } catch (const boost::system::system_error&) {
    }
}

awaitable<void> worker(sqlite::pool db, counts* seen, unsigned seed)
{
    std::mt19937 random(seed);
    for (int i = 0; i < rounds; ++i) {
        const auto choice = random() % 4;
        if (choice == 0) {
            co_await interrupted(db, seen, random() % 200);
            continue;
        }
        try {
            co_await one(db, seen, choice == 1);
        } catch (const std::domain_error&) {
        }
    }
}

int counter(asio::thread_pool& callers, const sqlite::pool& db)
{
    auto work = db.query_one<int>("select n from counter");
    return std::get<0>(*asio::co_spawn(callers, std::move(work), asio::use_future).get());
}

} // namespace

TEST_CASE("sqlite stress: concurrent transactions from many threads lose no update and no callback")
{
    const temp_folder folder;
    asio::thread_pool callers(4);
    counts seen;
    sqlite::pool db(folder.file(), sqlite::options().connections(3).busy(60s).acquire_within(60s));
    auto setup = db.script("create table counter (n integer); insert into counter values (0)");
    asio::co_spawn(callers, std::move(setup), asio::use_future).get();
    std::vector<std::future<void>> all;
    for (unsigned i = 0; i < tasks; ++i) {
        CAPTURE(i);
        all.push_back(
            asio::co_spawn(asio::make_strand(callers), worker(db, &seen, i + 1), asio::use_future));
    }
    for (auto& task : all)
        task.get();
    const int n = counter(callers, db);
    asio::co_spawn(callers, db.close(), asio::use_future).get(); // callbacks of who left included
    CHECK(n == seen.committed);
    CHECK(db.stats().committed == static_cast<std::uint64_t>(seen.committed));
    CHECK(seen.returned <= seen.committed);
    CHECK(seen.returned > tasks);
    CHECK(seen.rolled_back > 0);
    CHECK(db.stats().callback_errors == 0);
}

TEST_CASE("sqlite stress: two pools on one file, as two processes, lose no update")
{
    const temp_folder folder;
    asio::thread_pool callers(4);
    counts seen;
    const auto how = sqlite::options().connections(2).busy(60s).acquire_within(60s);
    const std::vector<sqlite::pool> pools{sqlite::pool(folder.file(), how),
                                          sqlite::pool(folder.file(), how)};
    auto setup =
        pools[0].script("create table counter (n integer); insert into counter values (0)");
    asio::co_spawn(callers, std::move(setup), asio::use_future).get();
    std::vector<std::future<void>> all;
    for (unsigned i = 0; i < 4; ++i)
        all.push_back(asio::co_spawn(asio::make_strand(callers), worker(pools[i % 2], &seen, i + 9),
                                     asio::use_future));
    for (auto& task : all)
        task.get();
    const int n = counter(callers, pools[1]);
    for (const auto& db : pools)
        asio::co_spawn(callers, db.close(), asio::use_future).get();
    CHECK(n == seen.committed);
}

TEST_CASE("sqlite stress: contexts destroyed in the middle of transactions leave a working pool")
{
    const temp_folder folder;
    counts seen;
    sqlite::pool db(folder.file(), sqlite::options().connections(2).busy(60s).acquire_within(60s));
    asio::thread_pool callers(1);
    auto setup = db.script("create table counter (n integer); insert into counter values (0)");
    asio::co_spawn(callers, std::move(setup), asio::use_future).get();
    for (int round = 0; round < 40; ++round) {
        asio::io_context io;
        for (int i = 0; i < 3; ++i)
            asio::co_spawn(io, one(db, &seen, false), asio::detached);
        for (int i = 0; i < round; ++i)
            io.run_one();
    }
    const int before = counter(callers, db);
    asio::co_spawn(callers, one(db, &seen, false), asio::use_future).get();
    CHECK(counter(callers, db) == before + 1);
    asio::co_spawn(callers, db.close(), asio::use_future).get();
}
