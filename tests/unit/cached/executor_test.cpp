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

TEST_CASE("executors: the starter's context stopped: who waits elsewhere starts the load once more")
{
    auto starters = std::make_unique<asio::io_context>();
    bench b(shared_loads().load_deadline(10s));
    b.from->hops = 3;
    auto starter = support::start(*starters, b.f(7).as_awaitable());
    support::step(*starters, 2);
    auto one = b.call(7);
    auto two = b.call(7);
    b.drain();
    CHECK(b.from->runs == 1);
    starters->stop();

    auto newcomer = b.call(8);
    b.drain();
    CHECK(newcomer.get() == 8001); // nobody is held up for other keys
    CHECK_FALSE(one.done());
    b.pass(10s + 100ms);
    CHECK(one.get() == 7001);
    CHECK(two.get() == 7001);
    CHECK(b.from->runs == 3); // the dead one, the other key, and one for the two
    starters.reset();
    b.settled(3);
}

TEST_CASE("executors: nobody joins a load whose context has stopped")
{
    asio::io_context starters;
    bench b;
    b.from->hops = 3;
    auto starter = support::start(starters, b.f(7).as_awaitable());
    support::step(starters, 2);
    starters.stop();
    CHECK(b.now(7) == 7001);
    CHECK(b.from->runs == 2);
    starters.restart();
    support::drain(starters); // it was only a pause
    CHECK(starter.get() == 7001);
    b.settled(2);
}

TEST_CASE(
    "executors: the starter's context destroyed: who waits elsewhere starts the load once more")
{
    for (std::size_t steps = 1; steps < 6; ++steps) {
        CAPTURE(steps);
        auto starters = std::make_unique<asio::io_context>();
        bench b;
        b.from->hops = 4;
        auto starter = support::start(*starters, b.f(7).as_awaitable());
        support::step(*starters, steps);
        auto one = b.call(7);
        auto two = b.call(7);
        b.drain();
        starters.reset();
        b.drain();
        CHECK(one.get() == 7001);
        CHECK(two.get() == 7001);
        CHECK(b.from->runs <= 2);
        b.settled(2);
    }
}

TEST_CASE("executors: the starter's strand destroyed with its context, while waiters hold the load")
{
    auto starters = std::make_unique<asio::io_context>();
    bench b;
    b.from->gate.emplace();
    const std::size_t runs = [&] {
        const auto strand = asio::make_strand(*starters);
        support::outcome_of<int> starter(strand, b.f(7).as_awaitable());
        return support::drain(*starters);
    }();
    CHECK(runs > 0);
    auto one = b.call(7);
    b.drain();
    starters.reset();
    b.from->gate->set();
    b.drain();
    CHECK(one.get() == 7001);
    b.settled(1);
}

TEST_CASE("executors: a load abandoned twice is an error")
{
    auto loads = std::make_unique<asio::io_context>();
    bench b(shared_loads().executor(loads->get_executor()).load_deadline(10s));
    auto call = b.call(7);
    b.drain();
    loads->stop();
    b.pass(10s + 100ms);
    CHECK_FALSE(call.done());
    b.pass(10s + 100ms);
    CHECK(call.error() == errc::abandoned);
    loads.reset();
    CHECK(b.f.stats().errors == 1);
    b.settled(1);
}

TEST_CASE("executors: a caller cancelled between the two tries is cancelled once")
{
    auto starters = std::make_unique<asio::io_context>();
    bench b;
    b.from->gate.emplace();
    auto starter = support::start(*starters, b.f(7).as_awaitable());
    support::drain(*starters);
    auto call = b.call(7);
    b.drain();
    call.cancel();
    starters.reset(); // the cancellation finds nobody waiting any more, and nobody going on yet
    b.drain();
    CHECK(call.error() == asio::error::operation_aborted);
    CHECK(b.from->runs == 1);
    CHECK(b.f.stats().cancelled == 1);
    b.settled(1);
}

TEST_CASE("executors: the context of waiters destroyed while the load goes on elsewhere")
{
    bench b;
    b.from->gate.emplace();
    auto mine = b.call(7);
    b.drain();
    {
        asio::io_context others;
        auto one = support::start(others, b.f(7).as_awaitable());
        auto two = support::start(others, b.f.with(coffer::within(1h))(7).as_awaitable());
        support::drain(others);
    }
    b.from->gate->set();
    b.drain();
    CHECK(mine.get() == 7001);
    b.settled(1);
}

TEST_CASE("executors: a new context at the address of an old one is another context")
{
    bench b;
    b.from->gate.emplace();
    auto mine = b.call(7);
    b.drain();
    std::optional<asio::io_context> others;
    for (int round = 0; round < 3; ++round) {
        others.emplace();
        auto gone = support::start(*others, b.f(7).as_awaitable());
        support::drain(*others);
    }
    auto last = support::start(*others, b.f(7).as_awaitable());
    support::drain(*others);
    b.from->gate->set();
    b.drain();
    support::drain(*others);
    CHECK(last.get() == 7001);
    CHECK(mine.get() == 7001);
    others.reset();
    b.settled(3); // two of them in the last context; the others went with theirs
}
