// SPDX-License-Identifier: BSL-1.0
// One call, or several that share a load, abandoned, cancelled or failing at every step.
#include "unit/cached/sweeps.hpp"

using namespace fixture;

namespace {

class plain_miss : public sweep_bench {
public:
    explicit plain_miss(asio::io_context& in) : sweep_bench(in, shared_loads()) { from->hops = 2; }

    asio::awaitable<void> run() { return ask(7); }
    void ended(std::exception_ptr error)
    {
        cancelled_or(error);
        const auto sum = f.stats();
        CHECK(sum.cancelled + sum.loads <= 1);
        CHECK(sum.cancelled == (error && from->runs == 1));
        CHECK(sum.stored == static_cast<std::uint64_t>(from->runs)); // left alone, it is stored
        CHECK(f.peek(7).has_value() == (from->runs == 1));
        settled(sum.cancelled + sum.loads);
    }
};

/// The swept call starts the load, others join it.
class leader : public sweep_bench {
public:
    explicit leader(asio::io_context& in) : sweep_bench(in, shared_loads()) { from->hops = 2; }

    asio::awaitable<void> run() { return lead(this); }
    void ended(std::exception_ptr error)
    {
        cancelled_or(error);
        if (asked_)
            CHECK(from->runs == 1);
        CHECK(answered == (asked_ ? 2 : 0) + (error ? 0 : 1));
        settled(f.stats().cancelled + static_cast<std::uint64_t>(answered));
    }

private:
    static asio::awaitable<void> lead(leader* self)
    {
        self->asked_ = true;
        self->beside(7);
        self->beside(7);
        auto call = self->ask(7);
        co_await std::move(call);
    }
    bool asked_ = false;
};

/// The swept call joins a load that another one started.
class joiner : public sweep_bench {
public:
    explicit joiner(asio::io_context& in) : sweep_bench(in, shared_loads())
    {
        from->hops = 3;
        beside(7);
        beside(8);
    }

    asio::awaitable<void> run() { return ask(7); }
    void ended(std::exception_ptr error)
    {
        cancelled_or(error);
        CHECK(from->runs == 2);
        CHECK(answered == 2 + (error ? 0 : 1));
        const auto sum = f.stats();
        CHECK(sum.joined + sum.hits + sum.cancelled <= 1);
        settled(2 + sum.joined + sum.hits + sum.cancelled);
    }
};

/// The same, where an abandoned load is told to stop.
class lonely : public sweep_bench {
public:
    explicit lonely(asio::io_context& in) : sweep_bench(in, shared_loads().cancel_abandoned())
    {
        from->hops = 2;
    }

    asio::awaitable<void> run() { return ask(7); }
    void ended(std::exception_ptr error)
    {
        cancelled_or(error);
        CHECK(f.stats().stored == (from->runs - from->stopped));
        if (!error)
            CHECK(from->stopped == 0);
        // What the dying load leaves behind is nothing that a newcomer could stumble over.
        beside(7);
        support::drain(io);
        CHECK(answered == (error ? 1 : 2));
        settled(f.stats().cancelled + static_cast<std::uint64_t>(answered));
    }
};

/// A load that may fail at each of its points, for two callers.
class failing : public sweep_bench {
public:
    failing(asio::io_context& in, support::faults& plan) : sweep_bench(in, shared_loads())
    {
        from->instead = [&plan, this](coffer::load_context&, int key) {
            return load(&plan, from->value_of(key));
        };
    }

    asio::awaitable<void> run() { return both(this); }
    void ended(std::exception_ptr error)
    {
        if (error) {
            CHECK_THROWS_AS(std::rethrow_exception(error), support::injected_fault);
            CHECK(f.stats().errors == 2);
            CHECK_FALSE(f.peek(7)); // an error is not cached
        }
        CHECK(from->runs == 1);
        settled(2);
    }

private:
    static asio::awaitable<int> load(support::faults* plan, int value)
    {
        co_await asio::post(asio::use_awaitable); // the other caller joins
        plan->point();
        co_await asio::post(asio::use_awaitable);
        plan->point();
        co_return value;
    }
    static asio::awaitable<void> both(failing* self)
    {
        auto first = support::start(self->io, self->f(7).as_awaitable());
        auto second = self->ask(7);
        co_await std::move(second);
        CHECK(first.get() == 7001);
    }
};

/// Two different keys and an invalidation, one after the other.
class busy : public sweep_bench {
public:
    explicit busy(asio::io_context& in) : sweep_bench(in, shared_loads()) {}

    asio::awaitable<void> run() { return all(this); }
    void ended(std::exception_ptr error)
    {
        cancelled_or(error);
        settled(f.stats().cancelled + static_cast<std::uint64_t>(answered));
    }

private:
    static asio::awaitable<void> all(busy* self)
    {
        self->beside(8);
        auto first = self->ask(7);
        co_await std::move(first);
        auto forget = self->f.invalidate(7);
        co_await std::move(forget);
        auto again = self->ask(7);
        co_await std::move(again);
        auto refreshing = self->f.refresh(7);
        const int value = co_await std::move(refreshing);
        CHECK(value == 7001);
        ++self->answered;
    }
};

} // namespace

using asio::cancellation_type;

TEST_CASE("single flight: a miss abandoned at every step leaves nothing behind")
{
    CHECK(support::abandon_at_every_step<plain_miss>() > 4);
}

TEST_CASE("single flight: a caller cancelled at every step leaves, and the load is stored")
{
    CHECK(support::cancel_at_every_step<plain_miss>() > 4);
}

TEST_CASE("single flight: a load's starter abandoned at every step takes its joiners along")
{
    CHECK(support::abandon_at_every_step<leader>() > 6);
}

TEST_CASE("single flight: a load's starter cancelled at every step leaves the load to its joiners")
{
    CHECK(support::cancel_at_every_step<leader>() > 6);
}

TEST_CASE("single flight: a joiner abandoned at every step leaves nothing behind")
{
    CHECK(support::abandon_at_every_step<joiner>() > 6);
}

TEST_CASE("single flight: a joiner cancelled at every step leaves alone")
{
    CHECK(support::cancel_at_every_step<joiner>() > 6);
}

TEST_CASE("single flight: with cancel_abandoned, abandoned at every step")
{
    CHECK(support::abandon_at_every_step<lonely>() > 4);
}

TEST_CASE("single flight: with cancel_abandoned, the load stops with its only caller at any step")
{
    CHECK(support::cancel_at_every_step<lonely>() > 4);
}

TEST_CASE(
    "single flight: a load that fails at every point fails all who share it, and is forgotten")
{
    CHECK(support::fail_at_every_step<failing>() == 2);
}

TEST_CASE("single flight: calls, an invalidation and a refresh abandoned at every step")
{
    CHECK(support::abandon_at_every_step<busy>() > 10);
}

TEST_CASE("single flight: calls, an invalidation and a refresh cancelled at every step")
{
    CHECK(support::cancel_at_every_step<busy>() > 10);
}
