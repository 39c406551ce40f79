// SPDX-License-Identifier: BSL-1.0
#include "testing/conformance/check.hpp"

namespace coffer::testing::conformance {
namespace {

asio::awaitable<void> hard(trial& t)
{
    const entry graceful = with_life("old", 1h, 1h);
    co_await t.put("k", graceful);
    co_await t.put("other", "kept");
    co_await t.drop("k");
    auto gone = co_await t.read("k");
    t.expect(!gone, "a hard invalidation removes, also what has a grace");
    auto kept = co_await t.read("other");
    t.expect(kept == "kept", "and touches no other key");
    auto answer = co_await t.acquire("k");
    t.expect(answer.state == acquired_state::leased, "acquire has nothing to offer");
    co_await t.put("k", "new");
    auto read = co_await t.read("k");
    t.expect(read == "new", "what is put after it stays");
}

asio::awaitable<void> absent(trial& t)
{
    co_await t.drop("k");
    co_await t.drop("k");
    co_await t.put("k", "new");
    auto read = co_await t.read("k");
    t.expect(read == "new", "invalidating what is not there does no harm later");
}

asio::awaitable<void> soft(trial& t)
{
    const entry graceful = with_life("old", 1h, 8 * t.unit());
    co_await t.put("k", graceful);
    co_await t.drop("k", invalidation::soft);
    auto found = co_await t.store().get(t.key("k"));
    t.require(found.has_value(), "after a soft invalidation the entry may still serve");
    t.expect(!found->is_fresh(), "but only as stale");
    co_await t.outlast(8 * t.unit());
    auto gone = co_await t.read("k");
    t.expect(!gone, "within its grace");
}

asio::awaitable<void> soft_without_grace(trial& t)
{
    co_await t.put("k", "old");
    co_await t.drop("k", invalidation::soft);
    auto gone = co_await t.read("k");
    t.expect(!gone, "an entry without grace has no stale life");
}

asio::awaitable<void> soft_never_lengthens(trial& t)
{
    const entry mortal = with_life("old", 2 * t.unit(), 6 * t.unit());
    co_await t.put("k", mortal);
    co_await t.outlast(2 * t.unit());
    co_await t.drop("k", invalidation::soft);
    co_await t.outlast(6 * t.unit());
    auto gone = co_await t.read("k");
    t.expect(!gone, "aging what is stale already does not keep it longer");
}

asio::awaitable<void> soft_on_never(trial& t)
{
    const entry lasting = with_life("old", never, 4 * t.unit());
    co_await t.put("k", lasting);
    co_await t.drop("k", invalidation::soft);
    co_await t.outlast(4 * t.unit());
    auto gone = co_await t.read("k");
    t.expect(!gone, "an entry that never expired has its grace and no more");
}

asio::awaitable<void> hard_after_soft(trial& t)
{
    const entry graceful = with_life("old", 1h, 1h);
    co_await t.put("k", graceful);
    co_await t.drop("k", invalidation::soft);
    co_await t.drop("k", invalidation::hard);
    auto gone = co_await t.read("k");
    t.expect(!gone, "hard after soft leaves nothing to serve");
    co_await t.drop("k", invalidation::soft);
    auto still = co_await t.read("k");
    t.expect(!still, "soft after hard brings nothing back");
}

} // namespace

void add_invalidation(checks& to)
{
    constexpr auto grace = capability::grace;
    to.push_back({"invalidate: hard removes this key and no other", {}, hard});
    to.push_back({"invalidate: what is not there may be invalidated", {}, absent});
    to.push_back({"invalidate: soft leaves a stale entry for its grace", {grace}, soft});
    to.push_back({"invalidate: soft without grace removes", {}, soft_without_grace});
    to.push_back({"invalidate: soft never lengthens a life", {grace}, soft_never_lengthens});
    to.push_back({"invalidate: soft ends what never expires", {grace}, soft_on_never});
    to.push_back(
        {"invalidate: hard and soft in both orders leave nothing", {grace}, hard_after_soft});
}

} // namespace coffer::testing::conformance
