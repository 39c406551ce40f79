// SPDX-License-Identifier: BSL-1.0
// Changes of a key, and what they do to loads that run.
#include "unit/cached/fixture.hpp"

using namespace fixture;

namespace {

/// A load that runs, and may go on; the source changes after it has read its value.
class loading : public bench {
public:
    explicit loading(coffer::options how = shared_loads()) : bench(how)
    {
        from->gate.emplace();
        before = call(7);
        drain();
        from->version = 2;
    }
    void go_on()
    {
        from->gate->set();
        drain();
    }

    std::optional<support::outcome_of<int>> before;
};

} // namespace

TEST_CASE("invalidate: the value is gone")
{
    bench b;
    b.now(7);
    b.now(8);
    b.from->version = 2;
    b.run(b.f.invalidate(7));
    CHECK_FALSE(b.f.peek(7));
    CHECK(b.now(7) == 7002);
    CHECK(b.now(8) == 8001); // that was not meant
    CHECK(b.f.stats().invalidations == 1);
    b.settled(4);
}

TEST_CASE("invalidate: of what is not there does nothing")
{
    bench b;
    b.run(b.f.invalidate(7));
    b.run(b.f.expire(7));
    CHECK(b.f.stats().near_entries == 0);
    CHECK(b.now(7) == 7001);
    b.settled(1);
}

TEST_CASE("poison: who joined before the invalidation gets the value, and nobody stores it")
{
    for (const bool hard : {true, false}) {
        CAPTURE(hard);
        loading b;
        b.run(hard ? b.f.invalidate(7) : b.f.expire(7));
        b.go_on();
        CHECK(b.before->get() == 7001);
        CHECK_FALSE(b.f.peek(7));
        CHECK(b.f.stats().poisoned == 1);
        CHECK(b.f.stats().stored == 0);
        CHECK(b.now(7) == 7002);
        b.settled(2);
    }
}

TEST_CASE("poison: who comes after the invalidation starts a new load")
{
    loading b;
    b.run(b.f.invalidate(7));
    auto after = b.call(7);
    auto too = b.call(7);
    b.drain();
    CHECK(b.from->runs == 2);
    b.go_on();
    CHECK(b.before->get() == 7001);
    CHECK(after.get() == 7002);
    CHECK(too.get() == 7002);
    CHECK(b.f.peek(7) == 7002); // the later load was not poisoned
    b.settled(3);
}

TEST_CASE("poison: every load of the key that runs, also where callers do not share them")
{
    bench b{coffer::options()};
    b.from->gate.emplace();
    std::vector<support::outcome_of<int>> calls;
    for (int i = 0; i < 3; ++i)
        calls.push_back(b.call(7));
    b.drain();
    b.run(b.f.invalidate(7));
    b.from->gate->set();
    b.drain();
    CHECK(b.f.stats().poisoned == 3);
    CHECK_FALSE(b.f.peek(7));
    b.settled(3);
}

TEST_CASE("poison: a refresh that runs")
{
    bench b;
    b.now(7);
    b.from->gate.emplace();
    auto refreshing = b.start(b.f.refresh(7));
    b.drain();
    b.from->version = 2;
    b.run(b.f.invalidate(7));
    b.from->gate->set();
    b.drain();
    CHECK(refreshing.get() == 7001);
    CHECK_FALSE(b.f.peek(7));
    b.settled(2);
}

TEST_CASE("poison: is per key")
{
    loading b;
    b.run(b.f.invalidate(8));
    b.go_on();
    CHECK(b.f.peek(7) == 7001);
    CHECK(b.f.stats().poisoned == 0);
    b.settled(1);
}

TEST_CASE("poison: loads that begin while one is poisoned, in any order of their ends")
{
    for (int first = 0; first < 3; ++first) {
        CAPTURE(first);
        bench b;
        std::vector<coffer::event> gates(3);
        b.from->instead = [&](coffer::load_context&, int key) {
            struct gated {
                static asio::awaitable<int> load(coffer::event gate, int value)
                {
                    auto waiting = gate.wait();
                    co_await std::move(waiting);
                    co_return value;
                }
            };
            const auto run = static_cast<std::size_t>(b.from->runs - 1);
            return gated::load(gates[run], b.from->value_of(key));
        };
        std::vector<support::outcome_of<int>> calls;
        for (int i = 0; i < 3; ++i) {
            calls.push_back(b.call(7));
            b.drain();
            if (i < 2) {
                ++b.from->version;
                b.run(b.f.invalidate(7));
            }
        }
        for (int i = 0; i < 3; ++i) {
            gates[static_cast<std::size_t>((first + i) % 3)].set();
            b.drain();
        }
        CHECK(calls[0].get() == 7001);
        CHECK(calls[1].get() == 7002);
        CHECK(calls[2].get() == 7003);
        CHECK(b.f.peek(7) == 7003);
        b.settled(3);
    }
}

TEST_CASE("put: a load that runs meanwhile does not replace it")
{
    loading b;
    b.run(b.f.put(7, 42));
    b.go_on();
    CHECK(b.before->get() == 7001);
    CHECK(b.f.peek(7) == 42);
    CHECK(b.f.stats().poisoned == 1);
    CHECK(b.now(7) == 42);
    b.settled(2);
}

TEST_CASE("clear: all values of the function go, also those being loaded")
{
    loading b;
    b.run(b.f.put(8, 42));
    b.run(b.f.clear());
    CHECK_FALSE(b.f.peek(8));
    auto after = b.call(7);
    b.drain();
    b.go_on();
    CHECK(b.before->get() == 7001);
    CHECK(after.get() == 7002);
    CHECK(b.now(7) == 7002);
    CHECK(b.now(8) == 8002);
    b.settled(4);
}

TEST_CASE("clear: a value that is loaded from before it is not served, even if it is kept")
{
    loading b;
    b.run(b.f.clear());
    b.go_on();
    CHECK_FALSE(b.f.peek(7));
    CHECK(b.now(7) == 7002);
    b.settled(2);
}

TEST_CASE("tags: a bump reaches the values that have the tag")
{
    bench b;
    b.from->says = [](coffer::load_context& load, int key) {
        load.tag(key % 2 == 0 ? "even" : "odd");
    };
    b.now(6);
    b.now(7);
    b.from->version = 2;
    b.run(b.f.invalidate_tag("odd"));
    CHECK(b.now(6) == 6001);
    CHECK(b.now(7) == 7002);
    b.run(b.f.invalidate_tag("another"));
    CHECK(b.now(6) == 6001);
    CHECK(b.now(7) == 7002);
    b.settled(6);
}

TEST_CASE("tags: those of the options are on every value, also on one that is put")
{
    bench b(shared_loads().tag("all"));
    b.from->says = [](coffer::load_context& load, int) { load.tag("own"); };
    b.now(7);
    b.run(b.f.put(8, 42));
    b.run(b.f.invalidate_tag("all"));
    CHECK_FALSE(b.f.peek(7));
    CHECK_FALSE(b.f.peek(8));
    b.now(7);
    b.run(b.f.invalidate_tag("own"));
    CHECK_FALSE(b.f.peek(7));
    b.settled(2);
}

TEST_CASE("tags: known only at the end of a load, they count from before it")
{
    loading b;
    b.from->says = [](coffer::load_context& load, int) { load.tag("late"); };
    b.run(b.f.invalidate_tag("late"));
    auto after = b.call(7);
    b.drain();
    b.go_on();
    CHECK(b.before->get() == 7001);
    CHECK(after.get() == 7002); // it joined, and did not take what it got
    CHECK(b.now(7) == 7002);
    b.settled(3);
}

TEST_CASE("tags: a bump of another tag while a load runs costs its joiners nothing")
{
    loading b;
    b.from->says = [](coffer::load_context& load, int) { load.tag("mine"); };
    b.run(b.f.invalidate_tag("yours"));
    auto after = b.call(7);
    b.drain();
    b.go_on();
    CHECK(after.get() == 7001);
    CHECK(b.from->runs == 1);
    CHECK(b.f.peek(7) == 7001);
    b.settled(2);
}

TEST_CASE("tags: expire_tag without grace is invalidate_tag")
{
    bench b(shared_loads().tag("all"));
    b.now(7);
    b.from->version = 2;
    b.run(b.f.expire_tag("all"));
    CHECK(b.now(7) == 7002);
    b.settled(2);
}
