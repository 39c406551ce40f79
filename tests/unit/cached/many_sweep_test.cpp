// SPDX-License-Identifier: BSL-1.0
// get_many, abandoned, cancelled or failing at every step.
#include "unit/cached/many_fixture.hpp"
#include "unit/cached/sweeps.hpp"

#include <coffer/storage/memory_storage.hpp>

using namespace fixture;

namespace {

class batch_scenario : public sweep_bench {
public:
    batch_scenario(asio::io_context& in, coffer::options how,
                   std::shared_ptr<batch_source> all = std::make_shared<batch_source>())
        : sweep_bench(in, with_batch(all, how)), many(all)
    {
        many->from = from;
    }

    std::shared_ptr<batch_source> many;

    asio::awaitable<void> run() { return ask_all(this); }
    void ended(std::exception_ptr error)
    {
        cancelled_or(error);
        beside(1); // no lease or flight is left that could hold anybody up
        support::drain(io);
        CHECK(from->runs + static_cast<int>(many->asked.size()) <= 3);
        settled(5);
    }

private:
    static asio::awaitable<void> ask_all(batch_scenario* self)
    {
        const support::live here;
        self->beside(2);
        auto asking = self->f.get_many({1, 2, 3});
        const auto got = co_await std::move(asking);
        CHECK(flat(got) == list{1001, 2001, 3001});
    }
};

class plain_batch : public batch_scenario {
public:
    explicit plain_batch(asio::io_context& in) : batch_scenario(in, shared_loads()) {}
    void ended(std::exception_ptr error)
    {
        if (many->asked.empty() && from->runs == 0)
            return cancelled_or(error); // cancelled before it began
        batch_scenario::ended(error);
    }
};

class stored_batch : public batch_scenario {
public:
    explicit stored_batch(asio::io_context& in)
        : batch_scenario(in, shared_loads().storage(coffer::memory_storage()))
    {}
    void ended(std::exception_ptr error)
    {
        if (f.stats().loads_started == 0)
            return cancelled_or(error);
        batch_scenario::ended(error);
    }
};

/// Single loads in parallel, instead of a batch loader.
class each_by_itself : public sweep_bench {
public:
    explicit each_by_itself(asio::io_context& in)
        : sweep_bench(in, shared_loads().batch_parallel(2).cancel_abandoned())
    {}

    asio::awaitable<void> run() { return ask_all(this); }
    void ended(std::exception_ptr error)
    {
        cancelled_or(error);
        const auto sum = f.stats();
        CHECK((sum.cancelled == 0 || error));
        settled(::fixture::ended(sum)); // in any case nothing is left
        CHECK(::fixture::ended(sum) % 4 == 0);
    }

private:
    static asio::awaitable<void> ask_all(each_by_itself* self)
    {
        const support::live here;
        auto asking = self->f.get_many({1, 2, 3, 4});
        const auto got = co_await std::move(asking);
        CHECK(flat(got) == list{1001, 2001, 3001, 4001});
    }
};

} // namespace

TEST_CASE("get_many: abandoned at every step leaves nothing behind")
{
    CHECK(support::abandon_at_every_step<plain_batch>() > 4);
    CHECK(support::abandon_at_every_step<stored_batch>() > 4);
    CHECK(support::abandon_at_every_step<each_by_itself>() > 6);
}

TEST_CASE("get_many: cancelled at every step leaves its loads to others")
{
    CHECK(support::cancel_at_every_step<plain_batch>() > 4);
    CHECK(support::cancel_at_every_step<stored_batch>() > 4);
}

TEST_CASE("get_many: single loads cancelled at every step stop, and every key is counted")
{
    CHECK(support::cancel_at_every_step<each_by_itself>() > 6);
}
