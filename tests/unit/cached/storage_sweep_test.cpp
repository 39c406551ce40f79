// SPDX-License-Identifier: BSL-1.0
// Calls over a storage, abandoned, cancelled or failing at every step; storages that fail or hang
// at every operation.
#include "unit/cached/stored_fixture.hpp"
#include "unit/cached/sweeps.hpp"

using namespace fixture;

namespace {

/// A miss, then what it left in the storage, then an invalidation and another miss.
class stored_calls : private watched_store, public sweep_bench {
public:
    stored_calls(asio::io_context& in, coffer::options how)
        : sweep_bench(in, how.storage(watched_store::store), time), store(watched_store::store)
    {}

    recording_storage store;

    asio::awaitable<void> run() { return all(this); }
    void ended(std::exception_ptr error)
    {
        cancelled_or(error);
        finish();
    }
    /// Whatever happened, a newcomer gets its value, also past leases that were lost.
    void finish()
    {
        store.heal();
        clock.advance(1min);
        beside(7);
        support::drain(io);
        const auto sum = f.stats();
        CHECK(answered > 0);
        settled(sum.cancelled + sum.errors + static_cast<std::uint64_t>(answered));
    }

private:
    static asio::awaitable<void> all(stored_calls* self)
    {
        self->beside(7);
        auto first = self->ask(7);
        co_await std::move(first);
        auto second = self->ask(7);
        co_await std::move(second);
        auto forget = self->f.invalidate(7);
        co_await std::move(forget);
        auto third = self->ask(7);
        co_await std::move(third);
        auto refresh = self->f.refresh(7);
        co_await std::move(refresh);
        ++self->answered;
    }
};

class store_only : public stored_calls {
public:
    explicit store_only(asio::io_context& in) : stored_calls(in, shared_loads()) {}
};
class store_and_near : public stored_calls {
public:
    explicit store_and_near(asio::io_context& in) : stored_calls(in, shared_loads().near(1h)) {}
};
class store_and_stop : public stored_calls {
public:
    explicit store_and_stop(asio::io_context& in)
        : stored_calls(in, shared_loads().cancel_abandoned().lease_wait(1s))
    {}
};

/// Runs the scenario with the n-th operation of the storage failing, for every n.
template <class Make>
std::size_t fail_every_operation(coffer::options how, recording_storage::moment when, Make check)
{
    for (std::size_t n = 0;; ++n) {
        CAPTURE(n);
        asio::io_context io;
        stored_calls scenario(io, how);
        scenario.store.fail_at(n, when);
        support::started running(io, scenario.run());
        support::drain(io);
        REQUIRE(running.ended());
        check(running.error());
        const bool all = scenario.store.calls() <= n;
        scenario.finish();
        if (all)
            return n;
    }
}

/// What may come out: only the writer hears of it.
void only_of_writes(std::exception_ptr error)
{
    if (error)
        CHECK(code_of([&] { std::rethrow_exception(error); }) == errc::storage_failed);
}

} // namespace

TEST_CASE("over a storage: abandoned at every step")
{
    CHECK(support::abandon_at_every_step<store_only>() > 10);
    CHECK(support::abandon_at_every_step<store_and_near>() > 10);
    CHECK(support::abandon_at_every_step<store_and_stop>() > 10);
}

TEST_CASE("over a storage: cancelled at every step")
{
    CHECK(support::cancel_at_every_step<store_only>() > 10);
    CHECK(support::cancel_at_every_step<store_and_near>() > 10);
    CHECK(support::cancel_at_every_step<store_and_stop>() > 10);
}

TEST_CASE("over a storage: every operation fails once, before or after it was carried out")
{
    using moment = recording_storage::moment;
    for (const auto when : {moment::before, moment::after}) {
        CHECK(fail_every_operation(shared_loads(), when, only_of_writes) > 7);
        CHECK(fail_every_operation(shared_loads().near(1h), when, only_of_writes) > 5);
    }
}

TEST_CASE("over a storage: each operation hangs once, until its caller's or the load's deadline")
{
    const operation all[] = {operation::acquire, operation::fill, operation::abandon};
    for (const auto what : all) {
        CAPTURE(static_cast<int>(what));
        for (const bool fails : {false, true}) {
            stored_bench b(shared_loads().load_deadline(10s));
            b.from->fails = fails;
            auto stuck = b.store.stop_next(what);
            auto one = b.call(7);
            auto two = b.call(7, coffer::within(1s));
            b.drain();
            b.pass(1s);
            CHECK(two.done());
            b.pass(9s);
            REQUIRE(one.done());
            b.from->fails = false;
            if (!stuck.reached().is_set())
                stuck.open(); // the operation was not asked for
            auto next = b.call(7);
            b.drain();
            CHECK(next.get() == 7001);
            stuck.open();
            b.settled(3);
        }
    }
}
