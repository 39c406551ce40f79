// SPDX-License-Identifier: BSL-1.0
#include "testing/conformance/check.hpp"

namespace coffer::testing::conformance {
namespace {

asio::awaitable<void> hold(trial& t, std::string owner, milliseconds span)
{
    return t.store().hold(t.key("k"), std::move(owner), span);
}

asio::awaitable<void> release(trial& t, std::string owner)
{
    return t.store().release(t.key("k"), std::move(owner));
}

asio::awaitable<bool> is_held(trial& t)
{
    auto answer = co_await t.acquire("k");
    if (answer.grant)
        co_await t.store().abandon(t.key("k"), answer.grant);
    co_return answer.state == acquired_state::bypass;
}

asio::awaitable<void> refuses(trial& t)
{
    const entry graceful = with_life("old", 1h, 1h);
    co_await t.put("k", graceful);
    co_await hold(t, "writer", 1h);
    auto gone = co_await t.read("k");
    t.expect(!gone, "a hold takes the entry away");
    auto answer = co_await t.acquire("k");
    t.expect(answer.state == acquired_state::bypass, "who asks is told to load past the cache");
    t.expect(!answer.grant && !answer.found, "and gets nothing else");
    const auto put = co_await t.put("k", "other writer");
    t.expect(put == fill_state::held, "a put is refused");
    auto still = co_await t.read("k");
    t.expect(!still, "and not stored");
    auto other = co_await t.acquire("other");
    t.expect(other.state != acquired_state::bypass, "other keys are not held");

    co_await release(t, "writer");
    const auto after = co_await t.put("k", "new");
    t.expect(after == fill_state::stored, "after the release everything is as before");
}

asio::awaitable<void> ends(trial& t)
{
    co_await hold(t, "writer", 4 * t.unit());
    const bool held = co_await is_held(t);
    t.expect(held, "a key is held");
    co_await t.outlast(4 * t.unit());
    const bool later = co_await is_held(t);
    t.expect(!later, "a hold of a writer that died ends by itself");
}

asio::awaitable<void> owners(trial& t)
{
    co_await hold(t, "one", 1h);
    co_await hold(t, "two", 1h);
    co_await release(t, "one");
    const bool held = co_await is_held(t);
    t.expect(held, "each owner holds for itself");
    co_await release(t, "stranger");
    const bool still = co_await is_held(t);
    t.expect(still, "a stranger releases nothing");
    co_await release(t, "two");
    const bool free = co_await is_held(t);
    t.expect(!free, "the last one frees the key");
    co_await release(t, "two");
}

asio::awaitable<void> again(trial& t)
{
    co_await hold(t, "writer", 2 * t.unit());
    co_await hold(t, "writer", 60 * t.unit());
    co_await t.outlast(2 * t.unit());
    const bool held = co_await is_held(t);
    t.expect(held, "an owner may hold on");
    co_await release(t, "writer");
    const bool free = co_await is_held(t);
    t.expect(!free, "and releases once");
}

asio::awaitable<void> refuses_fill(trial& t)
{
    const lease mine = co_await t.take("k");
    co_await hold(t, "writer", 1h);
    const auto during = co_await t.fill("k", mine, "old");
    t.expect(during != fill_state::stored, "a load that began before the hold may not fill");
    co_await release(t, "writer");
    const auto after = co_await t.fill("k", mine, "old");
    t.expect(after == fill_state::lease_lost, "nor after the release");
    auto found = co_await t.read("k");
    t.expect(!found, "and nothing of it is stored");
}

} // namespace

void add_holds(checks& to)
{
    constexpr auto holds = capability::hold;
    to.push_back({"hold: takes the entry away and refuses what would be stored", {holds}, refuses});
    to.push_back({"hold: refuses the fill of a load that began before it",
                  {holds, capability::leases},
                  refuses_fill});
    to.push_back({"hold: ends when its time is over", {holds}, ends});
    to.push_back({"hold: several owners hold one key", {holds}, owners});
    to.push_back({"hold: an owner may hold on", {holds}, again});
}

} // namespace coffer::testing::conformance
