// SPDX-License-Identifier: BSL-1.0
// Cached functions of several processes over one server.
#include "fixture.hpp"

#include <coffer/cached.hpp>
#include <coffer/storage/breaker.hpp>
#include <coffer/storage/retry_queue.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <utility>

using namespace support;
using coffer::storage_ptr;
namespace {

using cached = coffer::cached_function<std::string(int)>;

/// What is behind the functions.
class source {
public:
    std::atomic<int> value{1};
    std::atomic<int> loads{0};
    std::chrono::milliseconds slow{0};

    static asio::awaitable<std::string> load(source* from, int key)
    {
        ++from->loads;
        const std::string found = std::to_string(key) + "=" + std::to_string(from->value);
        if (from->slow > 0ms) {
            asio::steady_timer timer(co_await asio::this_coro::executor, from->slow);
            co_await timer.async_wait(asio::use_awaitable);
        }
        co_return found;
    }
    static asio::awaitable<std::vector<std::string>> load_many(source* from, std::vector<int> keys)
    {
        ++from->loads;
        std::vector<std::string> all;
        for (const int key : keys)
            all.push_back(std::to_string(key) + "=" + std::to_string(from->value));
        co_return all;
    }
    cached over(storage_ptr where, std::chrono::milliseconds wait = 0ms)
    {
        auto load = [this](int key) { return source::load(this, key); };
        auto how = coffer::options().storage(where).allow_concurrent(false);
        if (wait > 0ms)
            how.lease_wait(wait);
        return coffer::cached("shared", load, how);
    }
};

asio::awaitable<std::string> call(cached f, int key)
{
    std::string value = co_await f(key);
    co_return value;
}

std::string peer(const redis_server& server, const std::string& prefix, const std::string& verb,
                 const std::string& key)
{
    const scratch_folder folder;
    child_process other(REDIS_STORAGE_PEER, "peer", {server.url(), prefix, verb, key},
                        folder / "out");
    CHECK(other.wait(20) == 0);
    return tail_of(folder / "out");
}

} // namespace

// As docs/redis-storage.md shows it.
TEST_CASE("functions over Redis: the example of the document")
{
    asio::io_context io;
    source from;
    auto load_product = [&from](int key) { return source::load(&from, key); };
    const coffer::redis::config server(shared_server().url());

    //! [example]
    coffer::redis_storage shared(io.get_executor(), server,
                                 coffer::redis_storage_options().prefix("shop"));

    auto products =
        coffer::cached("product", load_product,
                       coffer::options().storage(shared).allow_concurrent(false).lease_wait(500ms));
    //! [example]

    auto work = [](cached f, redis_storage over) -> asio::awaitable<void> {
        std::string value = co_await f(42);
        CHECK(value == "42=1");
        CHECK((co_await read(over, "unknown")) == std::nullopt);
        co_await f.close();
        co_await over->close();
    };
    auto done = asio::co_spawn(io, work(products, shared), asio::use_future);
    io.run_for(30s);
    REQUIRE(done.wait_for(0s) == std::future_status::ready);
    done.get();
    CHECK(from.loads == 1);
}

TEST_CASE("functions over Redis: what one invalidates, the other loads again")
{
    client_thread one;
    client_thread two;
    const auto how = redis_storage_options().prefix(new_prefix());
    source from;
    const cached here = from.over(storage_at(one, how));
    const cached there = from.over(storage_at(two, how));
    CHECK(one.run(call(here, 1)) == "1=1");
    CHECK(two.run(call(there, 1)) == "1=1");
    CHECK(from.loads == 1);
    from.value = 2;
    two.run(there.invalidate(1));
    CHECK(one.run(call(here, 1)) == "1=2");
    CHECK(two.run(call(there, 1)) == "1=2");
    CHECK(from.loads == 2);
    from.value = 3;
    one.run(here.clear());
    CHECK(two.run(call(there, 1)) == "1=3");
}

TEST_CASE("functions over Redis: another process has the same entries, and its changes are seen")
{
    client_thread on;
    const std::string prefix = new_prefix();
    source from;
    const cached here = from.over(storage_at(on, redis_storage_options().prefix(prefix)));
    CHECK(on.run(call(here, 1)) == "1=1");
    CHECK(peer(shared_server(), prefix, "get", "1") == "1=1\n");
    CHECK(peer(shared_server(), prefix, "get", "2") == "2=peer\n");
    CHECK(on.run(call(here, 2)) == "2=peer");
    CHECK(from.loads == 1);
    from.value = 2;
    CHECK(peer(shared_server(), prefix, "invalidate", "1") == "done\n");
    CHECK(on.run(call(here, 1)) == "1=2");
    CHECK(peer(shared_server(), prefix, "clear", "") == "done\n");
    CHECK(on.run(call(here, 2)) == "2=2");
}

TEST_CASE("functions over Redis: one load for all processes that ask")
{
    client_thread one;
    client_thread two;
    const auto how = redis_storage_options().prefix(new_prefix());
    source from;
    from.slow = 300ms;
    const cached here = from.over(storage_at(one, how), 20s);
    const cached there = from.over(storage_at(two, how), 20s);
    auto first = asio::co_spawn(one.executor(), call(here, 1), asio::use_future);
    auto second = asio::co_spawn(two.executor(), call(there, 1), asio::use_future);
    REQUIRE(first.wait_for(30s) == std::future_status::ready);
    REQUIRE(second.wait_for(30s) == std::future_status::ready);
    CHECK(first.get() == "1=1");
    CHECK(second.get() == "1=1");
    CHECK(from.loads == 1);
}

TEST_CASE("functions over Redis: get_many with a batch loader is one trip")
{
    client_thread on;
    const auto store = storage_at(on, redis_storage_options().prefix(new_prefix()));
    source from;
    auto load = [&from](int key) { return source::load(&from, key); };
    auto load_many = [&from](std::vector<int> all) { return source::load_many(&from, all); };
    const cached f =
        coffer::cached("shared", load, coffer::options().storage(store).batch(load_many));
    std::vector<int> keys;
    for (int i = 0; i < 100; ++i)
        keys.push_back(i);
    CHECK(on.run(f.get_many(keys)).at(7).value() == "7=1");
    CHECK(from.loads == 1);
    auto before = store.stats(); // fills may go on after the answer
    for (int i = 0; i < 100; ++i) {
        std::this_thread::sleep_for(20ms);
        if (std::exchange(before, store.stats()).trips == store.stats().trips)
            break;
    }
    CHECK(on.run(f.get_many(keys)).at(99).value() == "99=1");
    CHECK(store.stats().trips == before.trips + 1);
    CHECK(store.stats().commands == before.commands + 101);
    CHECK(from.loads == 1);
}

TEST_CASE("functions over Redis: without its server a function loads, and trusts nothing stale")
{
    client_thread on;
    redis_server server;
    const auto how = coffer::redis::config(server.url("?deadline=300ms")).pause(10ms, 50ms);
    const redis_storage store(on.executor(), how);
    const coffer::breaker guarded(store,
                                  coffer::breaker_options().failures(2).cool_down(20ms, 50ms));
    const coffer::retry_queue queue(guarded, coffer::retry_options().pause(20ms, 100ms));
    source from;
    const cached f = from.over(queue);
    CHECK(on.run(call(f, 1)) == "1=1");
    CHECK(on.run(call(f, 2)) == "2=1");
    CHECK(on.run(call(f, 1)) == "1=1");
    CHECK(from.loads == 2);

    server.pause(); // keeps its entries
    from.value = 2;
    CHECK_THROWS(on.run(f.invalidate(1)));
    CHECK(queue.pending() == 1);
    CHECK(on.run(call(f, 1)) == "1=2"); // from the loader
    CHECK(on.run(call(f, 2)) == "2=2");
    server.resume();
    for (int i = 0; i < 200 && queue.pending() > 0; ++i) {
        CHECK(on.run(call(f, 1)) == "1=2"); // never the older one that the server still has
        std::this_thread::sleep_for(20ms);
    }
    CHECK(queue.pending() == 0);
    CHECK(on.run(call(f, 1)) == "1=2");

    server.kill();
    from.value = 3;
    CHECK_THROWS(on.run(f.invalidate(1)));
    CHECK(on.run(call(f, 1)) == "1=3");
    server.start();
    for (int i = 0; i < 200 && queue.pending() > 0; ++i) {
        CHECK(on.run(call(f, 1)) == "1=3");
        std::this_thread::sleep_for(20ms);
    }
    CHECK(queue.pending() == 0);
    const int before = from.loads;
    for (int i = 0; i < 200 && from.loads != before; ++i)
        on.run(call(f, 5));
    CHECK(on.run(call(f, 5)) == "5=3");
    on.run(queue.close());
}
