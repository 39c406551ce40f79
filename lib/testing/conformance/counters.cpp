// SPDX-License-Identifier: BSL-1.0
#include <coffer/core/errc.hpp>

#include "testing/conformance/check.hpp"

#include <limits>

namespace coffer::testing::conformance {
namespace {

asio::awaitable<std::int64_t> add(trial& t, std::string id, std::int64_t by,
                                  counter_terms terms = counter_terms())
{
    return t.store().increment(t.key(std::move(id)), by, terms);
}

asio::awaitable<void> add_only(trial& t, std::string id, std::int64_t by)
{
    co_await add(t, std::move(id), by);
}

asio::awaitable<void> counts(trial& t)
{
    const auto first = co_await add(t, "k", 5);
    t.expect(first == 5, "a counter begins at zero");
    const auto second = co_await add(t, "k", -7);
    t.expect(second == -2, "may be lowered below it");
    const auto third = co_await add(t, "k", 0);
    t.expect(third == -2, "adding nothing reads it");
    const auto other = co_await add(t, "other", 1);
    t.expect(other == 1, "another key is another counter");
    auto read = co_await t.read("k");
    t.expect(read == "-2", "it reads as its decimal text");
}

asio::awaitable<void> terms(trial& t)
{
    counter_terms from_ten;
    from_ten.initial = 10;
    const auto first = co_await add(t, "k", 1, from_ten);
    t.expect(first == 11, "an initial value counts when the counter is created");
    const auto second = co_await add(t, "k", 1, from_ten);
    t.expect(second == 12, "and only then");
    counter_terms not_below;
    not_below.floor = 3;
    const auto raised = co_await add(t, "k", -100, not_below);
    t.expect(raised == 3, "the result is raised to the floor");
    const auto after = co_await add(t, "k", 1);
    t.expect(after == 4, "and stored so");
}

asio::awaitable<void> lifetime(trial& t)
{
    counter_terms brief;
    brief.lifetime = ttl(4 * t.unit());
    co_await add(t, "k", 1, brief);
    const auto second = co_await add(t, "k", 1, brief);
    t.expect(second == 2, "a counter lives for its time");
    co_await t.outlast(4 * t.unit());
    const auto anew = co_await add(t, "k", 1, brief);
    t.expect(anew == 1, "and then begins anew");

    counter_terms none;
    none.lifetime = ttl(0s);
    const auto result = co_await add(t, "gone", 4, none);
    t.expect(result == 4, "one that expires now still answers");
    auto read = co_await t.read("gone");
    t.expect(!read, "and is not kept");
}

asio::awaitable<void> not_renewed(trial& t)
{
    if (!t.exact() || t.store().limits().resolution != 1ms)
        co_return;
    counter_terms brief;
    brief.lifetime = ttl(100ms);
    co_await add(t, "k", 1, brief);
    co_await t.advance(60ms);
    co_await add(t, "k", 1, brief);
    co_await t.advance(40ms);
    const auto anew = co_await add(t, "k", 1, brief);
    t.expect(anew == 1, "counting on does not renew its time");
}

asio::awaitable<void> range(trial& t)
{
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    constexpr auto least = std::numeric_limits<std::int64_t>::min();
    const auto top = co_await add(t, "k", most);
    t.expect(top == most, "a counter has 64 bits");
    auto over = co_await trial::failure_of(add_only(t, "k", 1));
    t.expect(over == errc::not_a_counter, "beyond them it fails");
    const auto kept = co_await add(t, "k", 0);
    t.expect(kept == most, "and stays as it was");
    const auto low = co_await add(t, "low", least);
    t.expect(low == least, "also downwards");
    auto under = co_await trial::failure_of(add_only(t, "low", -1));
    t.expect(under == errc::not_a_counter, "it fails beyond them");
}

asio::awaitable<void> other_values(trial& t)
{
    co_await t.put("k", "5");
    auto refused = co_await trial::failure_of(add_only(t, "k", 1));
    t.expect(refused == errc::not_a_counter, "a value that was put is no counter");
    auto read = co_await t.read("k");
    t.expect(read == "5", "and is not damaged");
    co_await t.drop("k");
    const auto anew = co_await add(t, "k", 1);
    t.expect(anew == 1, "once it is gone one may count");
    co_await t.put("k", "text");
    auto text = co_await t.read("k");
    t.expect(text == "text", "a put replaces a counter");
}

asio::awaitable<void> dropped(trial& t)
{
    co_await add(t, "hard", 5);
    co_await t.drop("hard", invalidation::hard);
    const auto hard = co_await add(t, "hard", 1);
    t.expect(hard == 1, "an invalidation ends a counter");
    co_await add(t, "soft", 5);
    co_await t.drop("soft", invalidation::soft);
    const auto soft = co_await add(t, "soft", 1);
    t.expect(soft == 1, "a soft one too: it has no grace");
}

} // namespace

void add_counters(checks& to)
{
    constexpr auto counters = capability::counters;
    to.push_back({"counter: it counts, from zero", {counters}, counts});
    to.push_back({"counter: initial value and floor", {counters}, terms});
    to.push_back({"counter: it lives for its time", {counters}, lifetime});
    to.push_back({"counter: counting on does not renew its time", {counters}, not_renewed});
    to.push_back({"counter: it fails at the ends of its range", {counters}, range});
    to.push_back({"counter: other values are none", {counters}, other_values});
    to.push_back({"counter: an invalidation ends it", {counters}, dropped});
}

} // namespace coffer::testing::conformance
