// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "support/coro_test.hpp"
#include "support/stepper.hpp"

#include <coffer/cached_function.hpp>
#include <coffer/net/event.hpp>
#include <coffer/options.hpp>
#include <coffer/testing/manual_clock.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

// Most tests use this one function type. It is compiled once, in fixture.cpp.
namespace coffer::detail {
extern template class function_core<int, int>;
extern template asio::awaitable<int>
    function_core<int, int>::obtain<int, asio::any_io_executor>(ptr, request);
} // namespace coffer::detail

namespace fixture {

namespace asio = boost::asio;
using coffer::errc;
using namespace std::chrono_literals;

using numbers = coffer::cached_function<int(int)>;

/// What a source that fails throws.
class load_failed : public std::runtime_error {
public:
    explicit load_failed(int number)
        : std::runtime_error("load " + std::to_string(number) + " failed")
    {}
};

/// What is behind a cached function, moved by the test.
class source : public std::enable_shared_from_this<source> {
public:
    /// All values change with it.
    std::atomic<int> version{1};
    std::atomic<bool> fails{false};
    /// How often a load suspends between reading its value and returning it.
    std::size_t hops = 1;
    /// What it waits for after that, if anything.
    std::optional<coffer::event> gate;
    /// A load that is deaf does not hear that it is cancelled.
    bool deaf = false;
    /// What a load that ends well says.
    std::function<void(coffer::load_context&, int key)> says;
    /// The whole load, instead of the above.
    std::function<asio::awaitable<int>(coffer::load_context&, int key)> instead;

    std::atomic<int> runs{0};    // how many loads began
    std::atomic<int> running{0}; // and have not ended
    std::atomic<int> stopped{0}; // and ended because they were told to

    int value_of(int key) const { return key * 1000 + version; }
    asio::awaitable<int> load(coffer::load_context& load, int key)
    {
        return run(shared_from_this(), load, key);
    }

private:
    static asio::awaitable<int> run(std::shared_ptr<source> self, coffer::load_context& load,
                                    int key);

    support::live live_;
};

/// A function called "number" over `from`.
numbers make(const std::shared_ptr<source>& from, coffer::options how);

/// The calls that ended, by what they ended in.
std::uint64_t ended(const coffer::function_stats& sum);

/// The options most tests start from: callers share loads.
inline coffer::options shared_loads()
{
    return coffer::options().allow_concurrent(false);
}

/// A function with its source, its clock, and an `io_context` that is run by hand.
class bench {
public:
    explicit bench(coffer::options how = shared_loads(), coffer::testing::manual_clock time = {})
        : clock(time), f(make(from, how.clock(clock)))
    {}

    coffer::testing::manual_clock clock;
    std::shared_ptr<source> from = std::make_shared<source>();
    numbers f;
    asio::io_context io{1};

    void drain() { support::drain(io); }
    template <class T>
    support::outcome_of<T> start(asio::awaitable<T> work)
    {
        return support::start(io, std::move(work));
    }
    /// A call that runs on until it is looked at again.
    support::outcome_of<int> call(int key) { return start(f(key).as_awaitable()); }
    support::outcome_of<int> call(int key, coffer::call_terms terms)
    {
        return start(f.with(terms)(key).as_awaitable());
    }
    /// One that runs to its end, with what else is ready.
    int now(int key) { return support::run(io, f(key).as_awaitable()); }
    int now(int key, coffer::call_terms terms)
    {
        return support::run(io, f.with(terms)(key).as_awaitable());
    }
    template <class T>
    T run(asio::awaitable<T> work)
    {
        return support::run(io, std::move(work));
    }
    /// A call whose load waits, as all that follow do, until `let_go`.
    template <class... Terms>
    support::outcome_of<int> waiting(int key, Terms... terms)
    {
        if (!from->gate)
            from->gate.emplace();
        auto one = call(key, terms...);
        drain();
        return one;
    }
    void let_go()
    {
        from->gate->set();
        drain();
    }
    template <class T>
    void leave(const support::outcome_of<T>& caller)
    {
        caller.cancel();
        drain();
    }
    /// Moves the time on, and runs what that makes ready.
    void pass(std::chrono::milliseconds time)
    {
        clock.advance(time);
        drain();
    }

    /// The end of a test: all is quiet, so many calls ended, each in one way.
    void settled(std::uint64_t calls)
    {
        drain();
        CHECK(ended(f.stats()) == calls);
        CHECK_NOTHROW(f.check_invariants());
        CHECK(from->running == 0);
    }
};

/// The code of what `f` throws; none if it does not throw a `system_error`.
template <class F>
boost::system::error_code code_of(F&& f)
{
    try {
        f();
    } catch (const boost::system::system_error& e) {
        return e.code();
    } catch (const load_failed&) { // no code
    }
    return {};
}

} // namespace fixture
