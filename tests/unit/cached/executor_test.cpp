// SPDX-License-Identifier: BSL-1.0
// Where loads run, where callers resume, and what happens when a context stops or goes away.
#include "unit/cached/fixture.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

#include <future>
#include <thread>

using namespace fixture;

namespace {

/// An `io_context` with a thread of its own.
class running_context {
public:
    running_context() : guard_(io.get_executor()), thread_([this] { io.run(); }) {}
    ~running_context() { stop(); }

    void stop()
    {
        io.stop();
        if (thread_.joinable())
            thread_.join();
    }

    asio::io_context io;

private:
    asio::executor_work_guard<asio::io_context::executor_type> guard_;
    std::thread thread_;
};

asio::awaitable<std::thread::id> where(numbers f, int key, int expected)
{
    const int value = co_await f(key);
    if (value != expected)
        throw std::logic_error("another value");
    co_return std::this_thread::get_id();
}

asio::awaitable<bool> in_strand(numbers f, asio::strand<asio::io_context::executor_type> strand)
{
    auto call = f(7);
    co_await std::move(call);
    co_return strand.running_in_this_thread();
}

/// Waits for what other threads do; a bound only for the case that it never comes.
void until(const std::function<bool()>& holds)
{
    const auto limit = std::chrono::steady_clock::now() + 60s;
    while (!holds()) {
        REQUIRE(std::chrono::steady_clock::now() < limit);
        std::this_thread::yield();
    }
}

} // namespace

TEST_CASE("executors: callers in three contexts share a load and resume where they are at home")
{
    running_context first;
    running_context second;
    asio::thread_pool pool(1);
    bench b;
    b.from->gate.emplace();
    const auto id_of = [](auto& context) {
        auto id = [] { return std::this_thread::get_id(); };
        return asio::post(context, std::packaged_task<std::thread::id()>(id)).get();
    };
    const auto first_thread = id_of(first.io);
    const auto pool_thread = id_of(pool);
    const auto strand = asio::make_strand(second.io);
    auto one = asio::co_spawn(first.io, where(b.f, 7, 7001), asio::use_future);
    auto two = asio::co_spawn(strand, in_strand(b.f, strand), asio::use_future);
    auto three = asio::co_spawn(pool, where(b.f, 7, 7001), asio::use_future);
    until([&] {
        const auto sum = b.f.stats();
        return sum.loads_started == 1 && b.from->running == 1;
    });
    b.from->gate->set();
    CHECK(one.get() == first_thread);
    CHECK(two.get());
    CHECK(three.get() == pool_thread);
    CHECK(b.from->runs == 1);
    pool.join();
    first.stop();
    second.stop();
    const auto sum = b.f.stats();
    CHECK(ended(sum) == 3);
}

TEST_CASE("executors: callers in three contexts, each with its own deadline")
{
    asio::io_context other;
    asio::thread_pool pool(1);
    bench b;
    b.from->gate.emplace();
    auto patient = b.call(7);
    auto hasty = support::start(other, b.f.with(coffer::within(50ms))(7).as_awaitable());
    auto pooled =
        asio::co_spawn(pool, b.f.with(coffer::within(80ms))(7).as_awaitable(), asio::use_future);
    b.drain();
    support::drain(other);
    until(
        [&] { return b.clock.pending() == 5; }); // 2 limits; the load's, and a watch of each other
    b.clock.advance(50ms);
    support::drain(other);
    CHECK(hasty.error() == errc::timeout);
    b.clock.advance(30ms);
    CHECK(code_of([&] { pooled.get(); }) == errc::timeout);
    b.from->gate->set();
    b.drain();
    CHECK(patient.get() == 7001);
    pool.join();
    CHECK(b.clock.pending() == 0);
    b.settled(3);
}

TEST_CASE("executors: a load runs in the context of its starter, not in its strand")
{
    bench b;
    const auto strand = asio::make_strand(b.io);
    bool inside = true;
    bool foreign = true;
    struct look {
        static asio::awaitable<int> load(asio::strand<asio::io_context::executor_type> strand,
                                         asio::io_context* io, bool* inside, bool* foreign)
        {
            co_await asio::post(asio::use_awaitable);
            *inside = strand.running_in_this_thread();
            const asio::any_io_executor mine = co_await asio::this_coro::executor;
            *foreign = &asio::query(mine, asio::execution::context) != io;
            co_return 1;
        }
    };
    b.from->instead = [&](coffer::load_context&, int) {
        return look::load(strand, &b.io, &inside, &foreign);
    };
    support::outcome_of<int> call(strand, b.f(7).as_awaitable());
    b.drain();
    CHECK(call.get() == 1);
    CHECK_FALSE(inside);
    CHECK_FALSE(foreign);
}

TEST_CASE("executors: options().executor() says where loads run")
{
    asio::io_context loads;
    bench b(shared_loads().executor(loads.get_executor()));
    auto call = b.call(7);
    b.drain();
    CHECK(b.from->runs == 0);
    support::drain(loads);
    CHECK(b.from->runs == 1);
    CHECK_FALSE(call.done());
    b.drain();
    CHECK(call.get() == 7001);
    b.settled(1);
}

TEST_CASE("executors: a waiter holds its own context open, and no longer than it waits")
{
    asio::io_context loads;
    bench b(shared_loads().executor(loads.get_executor()));
    b.from->gate.emplace();
    auto call = b.call(7);
    b.drain();
    CHECK_FALSE(b.io.stopped()); // there is work outstanding
    call.cancel();
    b.drain();
    CHECK(call.error() == asio::error::operation_aborted);
    CHECK(b.io.stopped()); // nothing that waits for the load's deadline, in particular
    support::drain(loads);
    b.from->gate->set();
    support::drain(loads);
    b.settled(1);
}
