// SPDX-License-Identifier: BSL-1.0
#include "testing/conformance/check.hpp"

namespace coffer::testing::conformance {
namespace {

/// After `change` the lease given before must not store, and the next caller must get its own.
asio::awaitable<void> voided_by(trial& t, asio::awaitable<void> change, entry loaded)
{
    const lease before = co_await t.take("k");
    co_await std::move(change);
    const auto state = co_await t.store().fill(t.key("k"), before, std::move(loaded));
    t.expect(state == fill_state::lease_lost, "a lease given before the change stores nothing");
    auto read = co_await t.read("k");
    t.expect(read != "loaded before", "the older value is not there");
}

asio::awaitable<void> next_is_leased(trial& t, const char* change)
{
    auto next = co_await t.acquire("k");
    t.expect(next.state == acquired_state::leased,
             std::string("after ") + change + " nobody waits for the void lease");
    const auto state = co_await t.fill("k", next.grant, "loaded after");
    t.expect(state == fill_state::stored, "and the next lease is good");
}

asio::awaitable<void> by_hard(trial& t)
{
    const entry loaded("loaded before");
    co_await voided_by(t, t.drop("k", invalidation::hard), loaded);
    co_await next_is_leased(t, "a hard invalidation");
}

asio::awaitable<void> by_soft(trial& t)
{
    const entry loaded("loaded before");
    co_await voided_by(t, t.drop("k", invalidation::soft), loaded);
    co_await next_is_leased(t, "a soft invalidation");
}

asio::awaitable<void> put_text(trial& t, std::string text)
{
    co_await t.put("k", std::move(text));
}

asio::awaitable<void> by_put(trial& t)
{
    const entry loaded("loaded before");
    co_await voided_by(t, put_text(t, "written"), loaded);
    auto read = co_await t.read("k");
    t.expect(read == "written", "what was put stays");
}

asio::awaitable<void> put_gone(trial& t)
{
    const entry gone = with_life("gone", 0s);
    co_await t.put("k", gone);
}

asio::awaitable<void> by_empty_put(trial& t)
{
    const entry loaded("loaded before");
    co_await voided_by(t, put_gone(t), loaded);
    co_await next_is_leased(t, "a put that expires now");
}

asio::awaitable<void> by_clear_of_space(trial& t)
{
    const entry loaded("loaded before");
    co_await voided_by(t, t.store().clear(t.space(), ""), loaded);
    co_await next_is_leased(t, "a clear of the space");
}

asio::awaitable<void> by_clear_of_group(trial& t)
{
    const entry loaded("loaded before");
    co_await voided_by(t, t.store().clear(t.space(), "group"), loaded);
    co_await next_is_leased(t, "a clear of the group");
}

asio::awaitable<void> by_hard_bump(trial& t)
{
    const entry loaded = with_tags("loaded before", {"tag"});
    co_await voided_by(t, t.store().bump(t.space(), "tag", invalidation::hard), loaded);
}

asio::awaitable<void> by_soft_bump(trial& t)
{
    const entry loaded = with_tags("loaded before", {"x", "tag"}, 1h);
    co_await voided_by(t, t.store().bump(t.space(), "tag", invalidation::soft), loaded);
}

asio::awaitable<void> hold_and_release(trial& t)
{
    co_await t.store().hold(t.key("k"), "writer", 1h);
    co_await t.store().release(t.key("k"), "writer");
}

asio::awaitable<void> by_hold(trial& t)
{
    const entry loaded("loaded before");
    co_await voided_by(t, hold_and_release(t), loaded);
    co_await next_is_leased(t, "a hold");
}

asio::awaitable<void> unrelated(trial& t)
{
    const lease mine = co_await t.take("k");
    co_await t.drop("other");
    co_await t.put("another", "x");
    if (t.able(capability::clear)) {
        co_await t.store().clear(t.space(), "another group");
        co_await t.store().clear(t.other_space(), "");
    }
    if (t.able(capability::tags))
        co_await t.store().bump(t.other_space(), "tag", invalidation::hard);
    const auto state = co_await t.fill("k", mine, "value");
    t.expect(state == fill_state::stored, "what changes elsewhere leaves a lease alone");
}

} // namespace

void add_void_leases(checks& to)
{
    using enum capability;
    to.push_back({"void lease: by a hard invalidation", {leases}, by_hard});
    to.push_back({"void lease: by a soft invalidation", {leases}, by_soft});
    to.push_back({"void lease: by a put", {leases}, by_put});
    to.push_back({"void lease: by a put that expires now", {leases}, by_empty_put});
    to.push_back({"void lease: by a clear of its space", {leases, clear}, by_clear_of_space});
    to.push_back({"void lease: by a clear of its group", {leases, clear}, by_clear_of_group});
    to.push_back({"void lease: by a hard bump of a tag known late", {leases, tags}, by_hard_bump});
    to.push_back({"void lease: by a soft bump of a tag known late", {leases, tags}, by_soft_bump});
    to.push_back({"void lease: by a hold", {leases, hold}, by_hold});
    to.push_back({"void lease: by nothing that happens elsewhere", {leases}, unrelated});
}

} // namespace coffer::testing::conformance
