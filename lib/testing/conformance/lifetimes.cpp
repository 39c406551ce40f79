// SPDX-License-Identifier: BSL-1.0
#include "testing/conformance/check.hpp"

namespace coffer::testing::conformance {
namespace {

asio::awaitable<void> zero(trial& t)
{
    const entry gone = with_life("gone", 0s, 1h);
    co_await t.put("k", "before");
    const auto state = co_await t.put("k", gone);
    t.expect(state == fill_state::stored, "a put that expires now answers `stored`");
    auto read = co_await t.read("k");
    t.expect(!read, "and removes what was there, grace or not");
    co_await t.put("new", gone);
    auto other = co_await t.read("new");
    t.expect(!other, "and stores nothing");
}

asio::awaitable<void> shortest(trial& t)
{
    const entry brief = with_life("brief", 1ms);
    const auto state = co_await t.put("k", brief);
    t.expect(state == fill_state::stored, "a lifetime of 1 ms is taken");
    if (t.exact() && t.store().limits().resolution == 1ms) {
        auto read = co_await t.read("k");
        t.expect(read == "brief", "it lives for its millisecond");
    }
    co_await t.outlast(1ms);
    auto read = co_await t.read("k");
    t.expect(!read, "and no longer");
}

asio::awaitable<void> expiry(trial& t)
{
    const entry mortal = with_life("mortal", 4 * t.unit());
    co_await t.put("k", mortal);
    auto there = co_await t.read("k");
    t.expect(there == "mortal", "an entry is there at first");
    co_await t.outlast(4 * t.unit());
    auto gone = co_await t.read("k");
    t.expect(!gone, "and gone after its lifetime");
    auto answer = co_await t.acquire("k");
    t.expect(answer.state == acquired_state::leased, "acquire finds nothing either");
}

asio::awaitable<void> edge(trial& t)
{
    const milliseconds step = t.store().limits().resolution;
    if (!t.exact() || step != 1ms)
        co_return;
    const entry mortal = with_life("mortal", 100ms, 50ms);
    co_await t.put("k", mortal);
    co_await t.advance(99ms);
    auto last = co_await t.store().get(t.key("k"));
    t.expect(last && last->is_fresh(), "fresh to the last millisecond");
    t.expect(last && last->age == 99ms, "its age is the time since it was stored");
    t.expect(last && last->fresh_for == 1ms, "and what is left of its lifetime is said");
    co_await t.advance(1ms);
    auto after = co_await t.store().get(t.key("k"));
    const bool stale = after && !after->is_fresh();
    t.expect(t.able(capability::grace) ? stale : !after, "not fresh at its deadline");
}

asio::awaitable<void> never_ends(trial& t)
{
    const entry lasting = with_life("lasting", never);
    co_await t.put("k", lasting);
    if (t.exact())
        co_await t.advance(std::chrono::hours(24 * 365 * 20));
    else
        co_await t.outlast(t.unit());
    auto found = co_await t.store().get(t.key("k"));
    t.require(found.has_value(), "an entry that never expires stays");
    t.expect(found->is_fresh(), "and stays fresh");
    if (t.store().limits().max_lifetime == milliseconds::max())
        t.expect(!found->fresh_for, "no end is told");
}

asio::awaitable<void> longest(trial& t)
{
    const milliseconds huge(std::numeric_limits<std::int64_t>::max() / 2);
    const entry lasting = with_life("lasting", ttl(huge), huge);
    co_await t.put("k", lasting);
    co_await t.outlast(t.unit());
    auto found = co_await t.store().get(t.key("k"));
    t.require(found.has_value(), "the largest lifetime does not overflow into the past");
    t.expect(found->is_fresh(), "and is fresh");
}

asio::awaitable<void> renewed(trial& t)
{
    const entry brief = with_life("brief", 2 * t.unit());
    const entry lasting = with_life("lasting", 1h);
    co_await t.put("k", brief);
    co_await t.put("k", lasting);
    co_await t.outlast(2 * t.unit());
    auto read = co_await t.read("k");
    t.expect(read == "lasting", "the end of an older entry does not take a newer one along");
}

asio::awaitable<void> grace(trial& t)
{
    const entry mortal = with_life("old", 4 * t.unit(), 8 * t.unit());
    co_await t.put("k", mortal);
    co_await t.outlast(4 * t.unit());
    auto found = co_await t.store().get(t.key("k"));
    t.require(found.has_value(), "an entry is kept through its grace");
    t.expect(!found->is_fresh(), "and known to be stale");
    t.expect(found->payload == "old", "with its value");
    co_await t.outlast(8 * t.unit());
    auto gone = co_await t.read("k");
    t.expect(!gone, "after its grace it is gone");
}

} // namespace

void add_lifetimes(checks& to)
{
    to.push_back({"lifetime: zero stores nothing and removes what was there", {}, zero});
    to.push_back({"lifetime: one millisecond is short, but not nothing", {}, shortest});
    to.push_back({"lifetime: an entry is gone after it", {}, expiry});
    to.push_back({"lifetime: it ends to the millisecond, and says how much is left", {}, edge});
    to.push_back({"lifetime: never is never", {}, never_ends});
    to.push_back({"lifetime: the largest one does not overflow", {}, longest});
    to.push_back({"lifetime: a new entry brings its own", {}, renewed});
    to.push_back(
        {"lifetime: in its grace an entry is stale, after it gone", {capability::grace}, grace});
}

} // namespace coffer::testing::conformance
