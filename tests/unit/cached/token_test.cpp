// SPDX-License-Identifier: BSL-1.0
// A call started with something else than co_await.
#include "unit/cached/fixture.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

using namespace fixture;

namespace {

/// What a callback was given.
class told {
public:
    auto handler()
    {
        return [this](std::exception_ptr failed, int got) {
            ++calls;
            failure = failed;
            value = got;
        };
    }
    int calls = 0;
    int value = 0;
    std::exception_ptr failure;
};

} // namespace

TEST_CASE("tokens: a callback gets the value of a miss, and of a hit, through a post")
{
    bench b;
    told miss;
    b.f(7)(asio::bind_executor(b.io, miss.handler()));
    CHECK(miss.calls == 0);
    b.drain();
    CHECK(miss.calls == 1);
    CHECK(miss.value == 7001);
    CHECK_FALSE(miss.failure);

    told hit;
    b.f(7)(asio::bind_executor(b.io, hit.handler()));
    CHECK(hit.calls == 0);
    b.drain();
    CHECK(hit.calls == 1);
    CHECK(hit.value == 7001);
    b.settled(2);
}

TEST_CASE("tokens: a callback gets what the load throws")
{
    bench b;
    b.from->fails = true;
    told one;
    b.f(7)(asio::bind_executor(b.io, one.handler()));
    b.drain();
    REQUIRE(one.calls == 1);
    CHECK_THROWS_AS(std::rethrow_exception(one.failure), load_failed);
    b.settled(1);
}

TEST_CASE("tokens: a callback runs on its own executor, and may be cancelled in each way")
{
    for (const auto kind : {asio::cancellation_type::terminal, asio::cancellation_type::partial,
                            asio::cancellation_type::total}) {
        bench b;
        b.from->gate.emplace();
        asio::io_context mine;
        asio::cancellation_signal signal;
        told one;
        b.f(7)(
            asio::bind_cancellation_slot(signal.slot(), asio::bind_executor(mine, one.handler())));
        support::drain(mine);
        CHECK(one.calls == 0);
        signal.emit(kind);
        support::drain(mine);
        REQUIRE(one.calls == 1);
        CHECK(code_of([&] { std::rethrow_exception(one.failure); }) ==
              asio::error::operation_aborted);
        b.from->gate->set();
        support::drain(mine); // where the load was started
        b.settled(1);
    }
}

TEST_CASE("tokens: use_future, from a thread that has no executor")
{
    asio::thread_pool pool(2);
    bench b(shared_loads().executor(pool.get_executor()));
    CHECK(b.f(7)(asio::use_future).get() == 7001);
    CHECK(b.f(7)(asio::use_future).get() == 7001);
    b.from->fails = true;
    auto failing = b.f(8)(asio::use_future);
    CHECK_THROWS_AS(failing.get(), load_failed);
    pool.join();
    CHECK(b.from->runs == 2);
    b.settled(3);
}

TEST_CASE("tokens: deferred starts when it is told to, and looks up when it is called")
{
    bench b;
    auto later = b.f(7)(asio::deferred);
    b.drain();
    CHECK(b.from->runs == 0);
    told one;
    std::move(later)(asio::bind_executor(b.io, one.handler()));
    b.drain();
    CHECK(one.value == 7001);
    b.settled(1);
}

TEST_CASE("tokens: as_awaitable is a plain awaitable, for co_spawn, && and ||")
{
    using namespace asio::experimental::awaitable_operators;
    bench b;
    b.now(8);
    auto both = [](numbers f) -> asio::awaitable<int> {
        auto operation = f(7).as_awaitable() && f(8).as_awaitable();
        const auto [seven, eight] = co_await std::move(operation);
        co_return seven + eight;
    };
    CHECK(b.run(both(b.f)) == 15'002);
    b.settled(3);
}

TEST_CASE("tokens: of two calls with || the slower one leaves, and its load goes on")
{
    using namespace asio::experimental::awaitable_operators;
    bench b;
    b.from->instead = [&](coffer::load_context&, int key) -> asio::awaitable<int> {
        if (key == 8) {
            auto waiting = b.from->gate->wait();
            co_await std::move(waiting);
        }
        co_return key;
    };
    b.from->gate.emplace();
    auto either = [](numbers f) -> asio::awaitable<std::size_t> {
        auto operation = f(7).as_awaitable() || f(8).as_awaitable();
        const auto first = co_await std::move(operation);
        co_return first.index();
    };
    CHECK(b.run(either(b.f)) == 0);
    CHECK(b.f.stats().cancelled == 1);
    b.from->gate->set();
    b.drain();
    CHECK(b.f.peek(8) == 8);
    b.settled(2);
}

TEST_CASE("tokens: results may be awaited in another order than they were asked for")
{
    bench b;
    b.now(8);
    auto crossed = [](numbers f) -> asio::awaitable<int> {
        auto first = f(7);
        auto second = f(8);
        auto third = f(9);
        const int c = co_await std::move(third);
        const int y = co_await std::move(second);
        const int a = co_await std::move(first);
        co_return a + y + c;
    };
    CHECK(b.run(crossed(b.f)) == 24'003);
    b.settled(4);
}

TEST_CASE("tokens: a coroutine with a concrete executor")
{
    bench b;
    using executor = asio::io_context::executor_type;
    std::vector<int> got;
    struct typed {
        static asio::awaitable<void, executor> ask(numbers f, std::vector<int>* to)
        {
            const int miss = co_await f(7);
            const int hit = co_await f(7);
            to->push_back(miss);
            to->push_back(hit);
        }
    };
    asio::co_spawn(b.io.get_executor(), typed::ask(b.f, &got),
                   [](std::exception_ptr failed) { CHECK_FALSE(failed); });
    b.drain();
    CHECK(got == std::vector<int>{7001, 7001});
    b.settled(2);
}

TEST_CASE("tokens: a loop of hits neither grows the stack nor starves")
{
    bench b;
    b.now(7);
    auto loop = [](numbers f) -> asio::awaitable<long> {
        long sum = 0;
        for (int i = 0; i < 200'000; ++i)
            sum += co_await f(7);
        co_return sum;
    };
    CHECK(b.run(loop(b.f)) == 200'000L * 7001);
    b.settled(200'001);
}
