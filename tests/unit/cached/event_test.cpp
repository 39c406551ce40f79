// SPDX-License-Identifier: BSL-1.0
// The hook that sees every event.
#include "unit/cached/stored_fixture.hpp"

#include <coffer/observe/function_event.hpp>

using namespace fixture;
using kind = coffer::event_kind;

namespace {

/// Writes down what a handler sees.
class journal {
public:
    coffer::options watching(coffer::options how = shared_loads())
    {
        return how.on_event([this](const coffer::function_event& one) {
            seen_.push_back(one.kind);
            CHECK(one.function == "number");
            if (one.kind == kind::load)
                took = one.took;
            if (one.failure)
                failure = one.failure;
        });
    }
    /// What was seen since the last time.
    std::vector<kind> seen() { return std::exchange(seen_, {}); }

    std::chrono::nanoseconds took{-1};
    std::exception_ptr failure;

private:
    std::vector<kind> seen_;
};

using kinds = std::vector<kind>;

} // namespace

namespace doctest {
template <>
struct StringMaker<kinds> {
    static String convert(const kinds& all)
    {
        std::string text;
        for (const auto one : all)
            text += std::to_string(static_cast<int>(one)) + ' ';
        return String(text.c_str());
    }
};
} // namespace doctest

TEST_CASE("events: misses, loads, what is stored, and hits")
{
    journal j;
    bench b(j.watching());
    b.now(7);
    CHECK(j.seen() == kinds{kind::miss, kind::load, kind::stored});
    b.now(7);
    CHECK(j.seen() == kinds{kind::hit});
    b.run(b.f.get(7));
    CHECK(j.seen() == kinds{kind::hit});
    b.run(b.f.invalidate(7));
    CHECK(j.seen() == kinds{kind::invalidated});
}

TEST_CASE("events: who joins, and how long the load took by the function's clock")
{
    journal j;
    bench b(j.watching());
    b.from->gate.emplace();
    auto one = b.call(7);
    auto two = b.call(7);
    b.drain();
    CHECK(j.seen() == kinds{kind::miss, kind::joined});
    b.clock.advance(3s);
    b.from->gate->set();
    b.drain();
    CHECK(j.seen() == kinds{kind::load, kind::stored});
    CHECK(j.took == 3s);
}

TEST_CASE("events: loads that fail, with their failure; loads that are poisoned")
{
    journal j;
    bench b(j.watching());
    b.from->fails = true;
    CHECK_THROWS_AS(b.now(7), load_failed);
    CHECK(j.seen() == kinds{kind::miss, kind::error});
    CHECK_THROWS_AS(std::rethrow_exception(j.failure), load_failed);
    b.from->fails = false;
    b.from->gate.emplace();
    auto call = b.call(7);
    b.drain();
    b.run(b.f.invalidate(7));
    b.from->gate->set();
    b.drain();
    CHECK(j.seen() == kinds{kind::miss, kind::invalidated, kind::load, kind::poisoned});
}

TEST_CASE("events: stale values")
{
    journal j;
    bench b(j.watching(shared_loads().ttl(10s).grace(10s)));
    b.now(7);
    j.seen();
    b.clock.advance(10s);
    b.from->gate.emplace();
    b.now(7);
    b.now(7);
    CHECK(j.seen() == kinds{kind::stale, kind::stale});
    b.from->gate->set();
    b.drain();
    CHECK(j.seen() == kinds{kind::load, kind::stored});
}

TEST_CASE("events: what the near tier drops for lack of room")
{
    journal j;
    bench b(j.watching(shared_loads().capacity(8)));
    for (int key = 0; key < 50; ++key)
        b.now(key);
    const auto seen = j.seen();
    CHECK(static_cast<std::uint64_t>(std::count(seen.begin(), seen.end(), kind::evicted)) ==
          b.f.stats().near_evictions);
    CHECK(b.f.stats().near_evictions > 0);
}

TEST_CASE("events: over a storage")
{
    journal j;
    stored_bench b(j.watching());
    b.there(7);
    j.seen();
    b.now(7);
    CHECK(j.seen() == kinds{kind::miss, kind::storage_hit});
    b.store.fail_next(operation::acquire);
    b.now(8);
    CHECK(j.seen() == kinds{kind::miss, kind::storage_error, kind::load, kind::stored});
}

TEST_CASE("events: a handler that throws changes nothing")
{
    bench b(shared_loads().on_event(
        [](const coffer::function_event&) { throw std::runtime_error("observer"); }));
    CHECK(b.now(7) == 7001);
    CHECK(b.now(7) == 7001);
    b.run(b.f.invalidate(7));
    b.settled(2);
}

TEST_CASE("events: a handler may call the function")
{
    bench* made = nullptr;
    int peeked = 0;
    bench b(shared_loads().on_event([&](const coffer::function_event& one) {
        if (one.kind == kind::stored)
            peeked = made->f.peek(7).value_or(-1);
    }));
    made = &b;
    b.now(7);
    CHECK(peeked == 7001);
    b.settled(1);
}
