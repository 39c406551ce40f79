// SPDX-License-Identifier: BSL-1.0
#include <coffer/storage/lazy_storage.hpp>

#include <coffer/net/as_result.hpp>
#include <coffer/net/event.hpp>
#include <coffer/storage/memory_storage.hpp>
#include <coffer/storage/null_storage.hpp>
#include <coffer/testing/manual_clock.hpp>

#include "support/conformance.hpp"
#include "support/coro_test.hpp"

#include <boost/asio/error.hpp>

#include <stdexcept>

using namespace std::chrono_literals;
using coffer::errc;
using coffer::event;
using coffer::lazy_storage;
using coffer::storage_key;
using coffer::storage_ptr;
using support::drain;
using support::start;
namespace asio = boost::asio;

namespace {

const storage_key key("space", "group", "id");

asio::awaitable<storage_ptr> make_after(event what, int* times)
{
    ++*times;
    co_await what.wait();
    co_return coffer::memory_storage();
}

asio::awaitable<std::string> cached(storage_ptr in, std::string computed)
{
    auto answer = co_await in->acquire(key, 1s);
    if (answer.found)
        co_return answer.found->payload;
    const coffer::entry value(computed);
    co_await in->fill(key, answer.grant, value);
    co_return computed;
}

} // namespace

TEST_CASE("lazy storage: two functions over two factories never share, however equal they are")
{
    auto factory = [] { return coffer::memory_storage(); };
    const lazy_storage first(factory);
    const lazy_storage second(factory);
    CHECK(support::run(cached(first, "7")) == "7");
    CHECK(support::run(cached(second, "1")) == "1"); // the document's program prints 7 and 1
}

TEST_CASE("lazy storage: by an explicit key in one registry they do")
{
    const coffer::storage_registry registry;
    auto factory = [] { return coffer::memory_storage(); };
    const lazy_storage first = registry.at("redis", factory);
    const lazy_storage second = registry.at("redis", factory);
    const lazy_storage other = registry.at("other", factory);
    const coffer::storage_registry elsewhere;
    const lazy_storage far = elsewhere.at("redis", factory);
    CHECK(support::run(cached(first, "7")) == "7");
    CHECK(support::run(cached(second, "1")) == "7");
    CHECK(support::run(cached(other, "1")) == "1");
    CHECK(support::run(cached(far, "1")) == "1");
    CHECK(first.made() == second.made());
    support::run(registry.close());
    CHECK_THROWS_AS(support::run(first->get(key)), boost::system::system_error);
    CHECK(support::run(cached(registry.at("redis", factory), "new")) == "new");
}

TEST_CASE("lazy storage: made once on first use, whoever asks meanwhile waits for it")
{
    asio::io_context io;
    event go;
    int times = 0;
    const lazy_storage lazy([&] { return make_after(go, &times); });
    CHECK(times == 0);
    CHECK(lazy.made() == nullptr);
    auto first = start(io, lazy->get(key));
    auto second = start(io, lazy.make());
    drain(io);
    CHECK(times == 1);
    CHECK_FALSE(second.done());
    go.set();
    drain(io);
    CHECK(first.done());
    CHECK(second.get() == lazy.made());
    support::run(io, lazy->get(key));
    CHECK(times == 1);
}

TEST_CASE("lazy storage: a factory that fails is tried again by the next use")
{
    asio::io_context io;
    int times = 0;
    const lazy_storage lazy([&]() -> storage_ptr {
        if (++times < 3)
            throw std::runtime_error("not yet");
        return coffer::memory_storage();
    });
    for (int i = 0; i < 2; ++i) {
        auto failed = start(io, lazy->get(key));
        drain(io);
        CHECK_THROWS_AS(failed.get(), std::runtime_error);
    }
    CHECK_FALSE(support::run(io, lazy->get(key)));
    CHECK(times == 3);
}

TEST_CASE("lazy storage: all who waited for a failing factory get its error")
{
    asio::io_context io;
    event go;
    int times = 0;
    const auto fail = [](event after, int* count) -> asio::awaitable<storage_ptr> {
        ++*count;
        co_await after.wait();
        throw std::runtime_error("no");
    };
    const lazy_storage lazy([&] { return fail(go, &times); });
    auto first = start(io, lazy->get(key));
    auto second = start(io, lazy->get(key));
    drain(io);
    go.set();
    drain(io);
    CHECK_THROWS_AS(first.get(), std::runtime_error);
    CHECK_THROWS_AS(second.get(), std::runtime_error);
    CHECK(times == 1);
}

TEST_CASE("lazy storage: if the one who makes it is cancelled, another one who waits makes it")
{
    asio::io_context io;
    event go;
    int times = 0;
    const lazy_storage lazy([&] { return make_after(go, &times); });
    auto first = start(io, lazy->get(key));
    auto second = start(io, lazy->get(key));
    drain(io);
    first.cancel();
    drain(io);
    CHECK(first.error() == asio::error::operation_aborted);
    CHECK(times == 2);
    go.set();
    drain(io);
    CHECK(second.done());
    CHECK_FALSE(second.failed());
}

TEST_CASE("lazy storage: if the context of the one who makes it is gone, another one makes it")
{
    asio::io_context io;
    event go;
    int times = 0;
    const lazy_storage lazy([&] { return make_after(go, &times); });
    auto gone = std::make_unique<asio::io_context>();
    start(*gone, lazy->get(key));
    drain(*gone);
    auto waits = start(io, lazy->get(key));
    drain(io);
    gone.reset();
    drain(io);
    CHECK(times == 2);
    go.set();
    drain(io);
    CHECK(waits.done());
}

TEST_CASE("lazy storage: what was declared must be kept")
{
    using enum coffer::capability;
    const lazy_storage good([] { return coffer::memory_storage(); });
    coffer::storage_limits limits;
    limits.max_key = 10;
    good.declares({leases, tags}, limits);
    CHECK(good->able() == coffer::capabilities{leases, tags});
    CHECK(good->limits().max_key == 10);
    CHECK_FALSE(support::run(good->get(key)));
    CHECK(good->able() == coffer::memory_storage()->able());
    CHECK(good->limits().max_key > 10);

    const lazy_storage bad([] { return coffer::null_storage(); });
    bad.declares({leases});
    asio::io_context io;
    auto refused = start(io, bad->get(key));
    drain(io);
    CHECK(refused.error() == errc::unsupported);
    CHECK(bad.made() == nullptr);
}

TEST_CASE("lazy storage: a factory that makes nothing is refused")
{
    const lazy_storage lazy([]() -> storage_ptr { return nullptr; });
    CHECK_THROWS_AS(support::run(lazy->get(key)), std::invalid_argument);
}

TEST_CASE("lazy storage: closed before its first use it makes nothing any more")
{
    int times = 0;
    const lazy_storage lazy([&] {
        ++times;
        return coffer::memory_storage();
    });
    CHECK(lazy->describe() == "storage to be made on first use");
    support::run(lazy->close());
    support::run(lazy->close());
    asio::io_context io;
    auto refused = start(io, lazy->get(key));
    drain(io);
    CHECK(refused.error() == errc::closed);
    CHECK(times == 0);
}

TEST_CASE("lazy storage: close waits for the factory that runs, and closes what it made")
{
    asio::io_context io;
    event go;
    int times = 0;
    const lazy_storage lazy([&] { return make_after(go, &times); });
    auto first = start(io, lazy.make());
    drain(io);
    auto closing = start(io, lazy->close());
    drain(io);
    CHECK_FALSE(closing.done());
    go.set();
    drain(io);
    CHECK(closing.done());
    const storage_ptr made = first.get();
    auto refused = start(io, made->get(key));
    drain(io);
    CHECK(refused.error() == errc::closed);
}

TEST_CASE("storage registry: a factory may be a coroutine; the first one of a key makes for all")
{
    const coffer::storage_registry registry;
    event go;
    int times = 0;
    const lazy_storage first = registry.at("k", [&] { return make_after(go, &times); });
    const lazy_storage second =
        registry.at("k", []() -> storage_ptr { throw std::logic_error("never called"); });
    asio::io_context io;
    auto one = start(io, first.make());
    auto two = start(io, second.make());
    drain(io);
    CHECK_FALSE(two.done());
    go.set();
    drain(io);
    CHECK(one.get() == two.get());
    CHECK(times == 1);
}

TEST_CASE("lazy storage: it passes every check of the suite")
{
    coffer::testing::manual_clock time;
    const auto memory = coffer::memory_storage_options().clock(time).max_key(1'000);
    const auto known = coffer::memory_storage(memory);
    auto make = [&] {
        const lazy_storage lazy([memory] { return coffer::memory_storage(memory); });
        lazy.declares(known->able(), known->limits());
        return storage_ptr(lazy);
    };
    support::conforms(coffer::testing::storage_subject(make).clock(time));
}
