// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "unit/cached/fixture.hpp"

#include <boost/asio/detached.hpp>

#include <exception>
#include <string>

namespace fixture {

/// The base of scenarios: a function, and calls that run beside the one that is swept.
///
/// What each call got is checked by its own coroutine: a right value, or an error that the scenario
/// allows.
class sweep_bench {
public:
    sweep_bench(asio::io_context& in, coffer::options how, coffer::testing::manual_clock now = {})
        : clock(now), f(make(from, how.clock(clock))), io(in)
    {}

    std::shared_ptr<source> from = std::make_shared<source>();
    coffer::testing::manual_clock clock;
    numbers f;
    asio::io_context& io;

    int answered = 0; // calls that got a value

    /// Counts the value of `key`; what else may come out is the caller's business.
    asio::awaitable<void> ask(int key) { return ask(this, key); }
    /// A call beside the swept one. It must get its value.
    void beside(int key)
    {
        auto work = ask(key);
        others_.emplace_back(io, std::move(work));
    }

    /// What holds after a scenario ran to its end, however the swept call ended.
    void settled(std::uint64_t calls)
    {
        for (const auto& one : others_) {
            CHECK(one.ended());
            CHECK(one.error() == nullptr);
        }
        CHECK(ended(f.stats()) == calls);
        CHECK(from->running == 0);
        CHECK_NOTHROW(f.check_invariants());
        CHECK(f.stats().loads_running == 0);
    }
    /// The swept call was cancelled in time, or got its value.
    static void cancelled_or(std::exception_ptr error)
    {
        if (!error)
            return;
        const auto code = code_of([&] { std::rethrow_exception(error); });
        CHECK(code == asio::error::operation_aborted);
    }

private:
    static asio::awaitable<void> ask(sweep_bench* self, int key)
    {
        const support::live here;
        auto call = self->f(key).as_awaitable();
        const int value = co_await std::move(call);
        CHECK(value == self->from->value_of(key));
        ++self->answered;
    }

    std::vector<support::started> others_;
};

} // namespace fixture
