// SPDX-License-Identifier: BSL-1.0
// Loads that wait for one another.
#include "unit/cached/asking.hpp"

#include <boost/asio/co_spawn.hpp>

using namespace fixture;

namespace {

/// Two functions in one context.
class pair {
public:
    explicit pair(coffer::options how = shared_loads()) : one(how), g(make(two, how)) {}

    bench one;
    std::shared_ptr<source> two = std::make_shared<source>();
    numbers g;
};

} // namespace

TEST_CASE("recursion: a circle through another key, or another function, is found")
{
    for (const bool concurrent : {false, true}) {
        CAPTURE(concurrent);
        const auto how = coffer::options().allow_concurrent(concurrent);
        bench b(how);
        make_ask(b, b.f, other_one);
        auto call = b.call(6);
        b.drain();
        CHECK(call.error() == errc::recursive_load);
        CHECK(b.from->runs == 2);
        b.settled(3);

        pair p(how);
        make_ask(p.one, p.g, same);
        p.two->instead = [&](coffer::load_context&, int key) {
            return p.one.f(key).as_awaitable();
        };
        auto through = p.one.call(7);
        p.one.drain();
        CHECK(through.error() == errc::recursive_load);
        CHECK(p.two->runs == 1);
        p.one.settled(2);
    }
}

TEST_CASE("recursion: two loads, started apart, that wait for each other: one is refused")
{
    bench b;
    make_ask(b, b.f, other_one);
    auto six = b.call(6);
    auto seven = b.call(7);
    b.drain();
    CHECK(six.done());
    CHECK(seven.done());
    // The one that would close the circle is refused; the other one shares its failure.
    CHECK(six.error() == errc::recursive_load);
    CHECK(seven.error() == errc::recursive_load);
    CHECK(b.from->runs == 2);
    b.settled(4);
}

TEST_CASE("recursion: a circle of three loads, started apart")
{
    bench b;
    make_ask(b, b.f, [](int key) { return (key + 1) % 3; });
    auto zero = b.call(0);
    auto one = b.call(1);
    auto two = b.call(2);
    b.drain();
    CHECK(zero.error() == errc::recursive_load);
    CHECK(one.error() == errc::recursive_load);
    CHECK(two.error() == errc::recursive_load);
    b.settled(6);
}

TEST_CASE("recursion: a circle that some load handles does no harm to the others")
{
    struct careful {
        static asio::awaitable<int> ask(numbers f, int key)
        {
            co_await asio::post(asio::use_awaitable);
            try {
                auto call = f(key ^ 1);
                co_await std::move(call);
            } catch (const boost::system::system_error& e) {
                CHECK(e.code() == errc::recursive_load);
                co_return -key;
            }
            co_return key;
        }
    };
    bench b;
    b.from->instead = [&](coffer::load_context&, int key) { return careful::ask(b.f, key); };
    auto six = b.call(6);
    auto seven = b.call(7);
    b.drain();
    CHECK(six.get() == 6);
    CHECK(seven.get() == -7);
    b.settled(4);
}

TEST_CASE("recursion: loads that wait for one another in a lattice are no circle")
{
    // Each number waits for two smaller ones, shared by many.
    struct lattice {
        static asio::awaitable<int> ask(numbers f, int key)
        {
            co_await asio::post(asio::use_awaitable);
            if (key < 2)
                co_return 1;
            const int a = co_await f(key - 1);
            const int b = co_await f(key - 2);
            co_return a + b;
        }
    };
    bench b;
    b.from->instead = [&](coffer::load_context&, int key) { return lattice::ask(b.f, key); };
    auto high = b.call(20);
    auto middle = b.call(10);
    auto low = b.call(19);
    b.drain();
    CHECK(high.get() == 10946);
    CHECK(middle.get() == 89);
    CHECK(low.get() == 6765);
    CHECK(b.from->runs == 21);
}
