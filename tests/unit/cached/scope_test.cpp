// SPDX-License-Identifier: BSL-1.0
// Calls inside a transaction.
#include "unit/cached/stored_fixture.hpp"

#include <coffer/transaction_scope.hpp>

using namespace fixture;
using coffer::transaction_scope;
using origin = coffer::source;

TEST_CASE("in(scope): a key that was not touched is answered by the cache")
{
    bench b;
    b.now(7);
    const transaction_scope scope;
    b.from->version = 2;
    CHECK(b.run(b.f.in(scope)(7).as_awaitable()) == 7001);
    CHECK(b.f.in(scope).peek(7) == 7001);
    CHECK(b.run(b.f.in(scope).find(7)) == 7001);
    b.settled(2);
}

TEST_CASE("in(scope): a key that was touched is loaded past the cache, every time, and not stored")
{
    bench b;
    b.now(7);
    const transaction_scope scope;
    b.f.invalidate_after_commit(scope, 7);
    b.from->version = 2;
    CHECK(b.run(b.f.in(scope)(7).as_awaitable()) == 7002);
    b.from->version = 3;
    CHECK(b.run(b.f.in(scope)(7).as_awaitable()) == 7003);
    CHECK_FALSE(b.f.in(scope).peek(7));
    CHECK_FALSE(b.run(b.f.in(scope).find(7)));
    CHECK(b.now(7) == 7001); // outside, nothing is committed yet
    CHECK(b.f.stats().stored == 1);
    b.settled(4);
}

TEST_CASE("in(scope): the loader finds the scope, also that of a load that it runs in")
{
    bench b;
    const transaction_scope scope;
    struct nested {
        static asio::awaitable<int> ask(numbers f)
        {
            const int value = co_await f(8);
            co_return value + 1;
        }
    };
    b.from->instead = [&](coffer::load_context& load, int key) -> asio::awaitable<int> {
        REQUIRE(load.scope() != nullptr);
        CHECK(*load.scope() == scope);
        if (key == 7)
            return nested::ask(b.f);
        return [](int value) -> asio::awaitable<int> { co_return value; }(key);
    };
    CHECK(b.run(b.f.in(scope)(7).as_awaitable()) == 9);
    CHECK(b.f.stats().near_entries == 0); // what a load inside a transaction needs is not stored
    CHECK(b.f.stats().declined == 2);
    b.settled(2);
}

TEST_CASE("in(scope): a loader that asks for another key sees the transaction, past near hits too")
{
    bench b;
    b.now(8);
    b.now(9);
    b.from->version = 2;
    const transaction_scope scope;
    b.f.invalidate_after_commit(scope, 8);
    struct nested {
        static asio::awaitable<int> ask(numbers f)
        {
            const int touched = co_await f(8);
            CHECK_FALSE(f.peek(8));
            const auto found = co_await f.find(8);
            CHECK_FALSE(found);
            const int untouched = co_await f(9);
            CHECK(untouched == 9001); // committed, and nobody changes it
            CHECK(f.peek(9) == 9001);
            co_return touched;
        }
    };
    b.from->instead = [&](coffer::load_context&, int key) -> asio::awaitable<int> {
        if (key == 7)
            return nested::ask(b.f);
        return [](int value) -> asio::awaitable<int> { co_return value; }(b.from->value_of(key));
    };
    CHECK(b.run(b.f.in(scope)(7).as_awaitable()) == 8002);
    CHECK(b.f.peek(8) == 8001); // outside it is as before
    CHECK(b.now(8) == 8001);
    b.settled(6);
}

TEST_CASE("in(scope): an untouched key that misses is loaded, and not stored")
{
    bench b;
    const transaction_scope scope;
    CHECK(b.run(b.f.in(scope)(7).as_awaitable()) == 7001);
    CHECK_FALSE(b.f.peek(7));
    CHECK(b.f.stats().declined == 1);
    b.settled(1);
}

TEST_CASE("in(scope): bypasses running loads, in both directions")
{
    bench b;
    const transaction_scope scope;
    b.f.invalidate_after_commit(scope, 7);
    b.from->gate.emplace();
    auto outside = b.call(7);
    b.drain();
    b.from->version = 2;
    auto inside = b.start(b.f.in(scope)(7).as_awaitable());
    auto also = b.start(b.f.in(scope)(7).as_awaitable());
    auto joiner = b.call(7);
    b.drain();
    CHECK(b.from->runs == 3);
    b.from->gate->set();
    b.drain();
    CHECK(outside.get() == 7001);
    CHECK(joiner.get() == 7001);
    CHECK(inside.get() == 7002);
    CHECK(also.get() == 7002);
    CHECK(b.f.peek(7) == 7001); // loaded outside, and nothing committed
    b.settled(4);
}

TEST_CASE("in(scope): over a storage, touched keys are not read there either")
{
    stored_bench b(shared_loads().near(1h));
    b.there(7);
    const transaction_scope scope;
    CHECK(b.run(b.f.in(scope).get(7)).source() == origin::storage);
    CHECK_FALSE(b.f.peek(7)); // not even what others may see is stored from in there
    b.f.invalidate_after_commit(scope, 7);
    b.from->version = 2;
    b.store.forget();
    CHECK(b.run(b.f.in(scope)(7).as_awaitable()) == 7002);
    CHECK(b.store.calls() == 0);
    CHECK(b.there(7) == 7001);
    b.settled(2);
}

TEST_CASE("in(scope): tags and clear() touch all that they may reach")
{
    bench b(shared_loads().tag("all"));
    for (const bool tag : {true, false}) {
        b.from->version = 1;
        b.run(b.f.clear());
        b.now(7);
        b.from->version = 2;
        const transaction_scope scope;
        if (tag)
            b.f.invalidate_tag_after_commit(scope, "all");
        else
            b.f.clear_after_commit(scope);
        CHECK(b.run(b.f.in(scope)(7).as_awaitable()) == 7002);
        CHECK(b.now(7) == 7001);
    }
    b.settled(6);
}

TEST_CASE("in(scope): what a savepoint touched and undid is not touched")
{
    bench b;
    b.now(7);
    b.now(8);
    b.from->version = 2;
    const transaction_scope scope;
    {
        auto part = scope.savepoint();
        b.f.invalidate_after_commit(scope, 7);
        part.rollback();
    }
    {
        auto part = scope.savepoint();
        b.f.invalidate_after_commit(scope, 8);
        part.release();
    }
    CHECK(b.run(b.f.in(scope)(7).as_awaitable()) == 7001);
    CHECK(b.run(b.f.in(scope)(8).as_awaitable()) == 8002);
    b.settled(4);
}

TEST_CASE("in(scope): get_many, refresh and no stale values")
{
    bench b(shared_loads().ttl(10s).grace(10s));
    b.now(7);
    b.now(8);
    const transaction_scope scope;
    b.f.invalidate_after_commit(scope, 8);
    b.from->version = 2;
    const auto got = b.run(b.f.in(scope).get_many({7, 8, 9}));
    CHECK(got[0].value() == 7001);
    CHECK(got[1].value() == 8002);
    CHECK(got[2].value() == 9002);
    CHECK_FALSE(b.f.peek(9));
    CHECK(b.run(b.f.in(scope).refresh(7)) == 7002);
    CHECK(b.now(7) == 7001);
    b.clock.advance(10s);
    CHECK(b.run(b.f.in(scope)(7).as_awaitable()) == 7002);
    b.settled(8);
}

TEST_CASE("in(scope): a batch loader is not used, and a nested get_many() knows the scope")
{
    const auto many = [](std::vector<int> keys) -> asio::awaitable<std::vector<int>> {
        FAIL("a batch loader knows nothing of a transaction");
        co_return keys;
    };
    bench b(shared_loads().batch(many));
    const transaction_scope scope;
    struct nested {
        static asio::awaitable<int> ask(numbers f, int version)
        {
            auto asking = f.get_many({1, 2});
            const auto got = co_await std::move(asking);
            co_return got[1].value() - 2 * 1000 + version;
        }
    };
    b.run(b.f.put(2, 42));
    b.f.invalidate_after_commit(scope, 2);
    CHECK(b.run(b.f.in(scope).get_many({1}))[0].value() == 1001);
    b.from->instead = [&](coffer::load_context&, int key) -> asio::awaitable<int> {
        if (key == 7)
            return nested::ask(b.f, 0);
        return [](int value) -> asio::awaitable<int> { co_return value; }(key * 1000);
    };
    CHECK(b.run(b.f.in(scope)(7).as_awaitable()) == 0); // it saw the source, not the put value
    CHECK(b.f.peek(2) == 42);
    CHECK(b.f.stats().near_entries == 1);
    b.settled(4);
}

TEST_CASE("in(scope): a load outlives the scope's owner")
{
    bench b;
    b.from->gate.emplace();
    std::optional<support::outcome_of<int>> call;
    {
        const transaction_scope scope;
        call = b.start(b.f.in(scope)(7).as_awaitable());
        b.drain();
    }
    b.from->gate->set();
    b.drain();
    CHECK(call->get() == 7001);
    b.settled(1);
}
