// SPDX-License-Identifier: BSL-1.0
// What a hit costs inside a coroutine, counted: allocations of every kind, and executor posts.
#include "counted_allocations.hpp"

#include <coffer/cached.hpp>
#include <coffer/shared.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <doctest/doctest.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

using counted::allocations;

struct point {
    std::int64_t x = 0;
    std::array<double, 6> rest{};
};

asio::awaitable<point> load_point(std::int64_t id)
{
    co_return point{id, {}};
}
asio::awaitable<std::string> load_text(std::int64_t id)
{
    co_return std::string(static_cast<std::size_t>(id), 'x');
}

/// How many handlers an io_context ran, and how many allocations there were, for each of `count`
/// times of `f`.
class measured {
public:
    std::size_t allocated = 0;
    std::size_t handlers = 0;
};

template <class Executor, class F>
asio::awaitable<void, Executor> repeat(F f, std::int64_t key, int count, std::size_t* allocated)
{
    co_await f(key); // the one that loads
    co_await f(key);
    const std::size_t before = allocations;
    for (int i = 0; i < count; ++i)
        co_await f(key);
    *allocated = allocations - before;
}

template <class Executor, class F>
measured measure(F f, std::int64_t key, int count)
{
    asio::io_context io(1);
    measured found;
    asio::co_spawn(Executor(io.get_executor()), repeat<Executor>(f, key, count, &found.allocated),
                   asio::detached);
    found.handlers = io.run();
    return found;
}

template <class F>
void costs_nothing(F f, std::int64_t key)
{
    using any = asio::any_io_executor;
    using own = asio::io_context::executor_type;
    // The handlers of the one load are all there are, however many hits follow.
    const auto few = measure<any>(f, key, 1);
    for (const int count : {1, 1000}) {
        const auto with_any = measure<any>(f, key, count);
        const auto with_own = measure<own>(f, key, count);
        CHECK(with_any.allocated == 0);
        CHECK(with_own.allocated == 0);
        CHECK(with_any.handlers <= few.handlers);
        CHECK(with_own.handlers <= few.handlers);
    }
}

template <class F>
using result_of = decltype(std::declval<const F&>()(std::int64_t()));

template <class Result, class Executor>
inline constexpr bool active = false;
template <class T, class Source, class Executor>
inline constexpr bool active<coffer::lookup_result<T, Source>, Executor> =
    coffer::detail::seam_active<T, Source, Executor>;

using points = coffer::cached_function<point(std::int64_t)>;
static_assert(COFFER_READY_SEAM, "the seam is off for this version of Asio");
static_assert(active<result_of<points>, asio::any_io_executor>);
static_assert(active<result_of<points>, asio::io_context::executor_type>);
static_assert(!active<int, asio::any_io_executor>);

} // namespace

TEST_CASE("hit: the counters count")
{
    const std::size_t before = allocations;
    const auto one = std::make_unique<int>(1);
    CHECK(allocations == before + 1);
    asio::io_context io;
    asio::post(io, [] {});
    CHECK(allocations > before + 1);
    CHECK(io.run() == 1);
    void* aligned = std::aligned_alloc(64, 4096);
    const std::size_t after = allocations;
    std::free(aligned);
    CHECK(after > before + 2);
}

TEST_CASE("hit: of a trivially copyable value, no allocation and no suspension")
{
    costs_nothing(coffer::cached("point", load_point), 7);
}

TEST_CASE("hit: of a shared value likewise, however large it is")
{
    costs_nothing(coffer::cached("text", coffer::shared(load_text)), 1000);
}

TEST_CASE("hit: with all that a hit has to look at")
{
    coffer::options how;
    how.ttl(1h).grace(1h).time_to_idle(1h).jitter(0.1).error_ttl(1s).allow_concurrent(false);
    costs_nothing(coffer::cached("point", load_point, how), 7);
}

TEST_CASE("hit: of a string, the one allocation of its copy")
{
    const auto f = coffer::cached("text", load_text);
    CHECK(measure<asio::any_io_executor>(f, 1000, 100).allocated == 100);
    CHECK(measure<asio::any_io_executor>(f, 5, 100).allocated == 0); // no room of its own to make
}

TEST_CASE("hit: of a call with its own terms, or in another place, no allocation either")
{
    const auto f = coffer::cached("point", load_point);
    const auto ask = [](points g, std::size_t* allocated) -> asio::awaitable<void> {
        const auto terms = coffer::within(50ms).fresh(1h);
        const auto acme = g.tenant("acme");
        co_await g.with(terms)(7);
        co_await acme(7);
        const std::size_t before = allocations;
        for (int i = 0; i < 1000; ++i) {
            co_await g.with(terms)(7);
            co_await acme(7);
        }
        *allocated = allocations - before;
    };
    asio::io_context io(1);
    std::size_t allocated = 1;
    asio::co_spawn(io, ask(f, &allocated), asio::detached);
    io.run();
    CHECK(allocated == 0);
}

TEST_CASE("hit: the portable forms allocate nothing either")
{
    const auto f = coffer::cached("point", load_point);
    const auto ask = [](points g, std::size_t* allocated) -> asio::awaitable<void> {
        co_await g(7);
        co_await g(7).as_awaitable(); // fills Asio's store of recycled frames
        const std::size_t before = allocations;
        for (int i = 0; i < 1000; ++i) {
            if (!g.peek(7))
                co_return;
            auto found = g(7);
            if (!found.ready())
                co_return;
            [[maybe_unused]] const point value = std::move(found).take();
            co_await g(7).as_awaitable();
        }
        *allocated = allocations - before;
    };
    asio::io_context io(1);
    std::size_t allocated = 1;
    asio::co_spawn(io, ask(f, &allocated), asio::detached);
    io.run();
    CHECK(allocated == 0);
}
