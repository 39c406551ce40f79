// SPDX-License-Identifier: BSL-1.0
#include "testing/conformance/check.hpp"

namespace coffer::testing::conformance {
namespace {

asio::awaitable<void> one_at_a_time(trial& t)
{
    auto first = co_await t.acquire("k");
    t.expect(first.state == acquired_state::leased, "the first to miss gets the lease");
    t.expect(bool(first.grant), "and it is not empty");
    t.expect(first.lease_for > 0ms, "it says how long it lasts");
    auto second = co_await t.acquire("k");
    t.expect(second.state == acquired_state::busy, "the second is told to wait");
    t.expect(!second.grant, "and gets none");
    t.expect(second.retry_after > 0ms, "with a hint how long");
    auto other = co_await t.acquire("other");
    t.expect(other.state == acquired_state::leased, "another key has a lease of its own");
    t.expect(other.grant.token != first.grant.token, "with a token of its own");

    const auto state = co_await t.fill("k", first.grant, "value");
    t.expect(state == fill_state::stored, "the holder may fill");
    auto hit = co_await t.acquire("k");
    t.expect(hit.state == acquired_state::hit, "then everybody hits");
    t.expect(hit.found && hit.found->payload == "value", "what was filled");
}

asio::awaitable<void> absent_lease(trial& t)
{
    const auto none = co_await t.fill("k", lease(), "stranger");
    t.expect(none == fill_state::lease_lost, "an absent lease is no permission");
    lease forged;
    forged.token = {0x1234567812345678u, 0x8765432187654321u};
    const auto forgery = co_await t.fill("k", forged, "stranger");
    t.expect(forgery == fill_state::lease_lost, "nor is one that was never granted");
    const lease mine = co_await t.take("k");
    const auto during = co_await t.fill("k", forged, "stranger");
    t.expect(during == fill_state::lease_lost, "not while another one runs either");
    const auto empty = co_await t.fill("k", lease(), "stranger");
    t.expect(empty == fill_state::lease_lost, "nor an absent one then");
    auto read = co_await t.read("k");
    t.expect(!read, "none of them stored anything");
    const auto state = co_await t.fill("k", mine, "mine");
    t.expect(state == fill_state::stored, "nor ended the lease of the holder");
}

asio::awaitable<void> foreign_key(trial& t)
{
    const lease mine = co_await t.take("a");
    const auto crossed = co_await t.fill("b", mine, "stranger");
    t.expect(crossed == fill_state::lease_lost, "a lease is good for its own key only");
    const auto state = co_await t.fill("a", mine, "mine");
    t.expect(state == fill_state::stored, "and stays good for it");
}

asio::awaitable<void> only_once(trial& t)
{
    const lease mine = co_await t.take("k");
    co_await t.fill("k", mine, "first");
    const auto again = co_await t.fill("k", mine, "second");
    t.expect(again == fill_state::lease_lost, "a lease fills once");
    auto read = co_await t.read("k");
    t.expect(read == "first", "the second fill stored nothing");
}

asio::awaitable<void> unique(trial& t)
{
    const lease first = co_await t.take("k");
    co_await t.drop("k");
    const lease second = co_await t.take("k");
    t.expect(first.token != second.token, "no token is used twice");
    const auto late = co_await t.fill("k", first, "late");
    t.expect(late == fill_state::lease_lost, "the first holder comes too late (ABA)");
    const auto state = co_await t.fill("k", second, "current");
    t.expect(state == fill_state::stored, "and does not disturb the second");
    auto read = co_await t.read("k");
    t.expect(read == "current", "whose value is there");
}

asio::awaitable<void> runs_out(trial& t)
{
    const milliseconds span = 4 * t.unit();
    auto mine = co_await t.store().acquire(t.key("k"), span);
    t.expect(mine.lease_for <= span + t.store().limits().resolution, "a lease lasts as asked");
    co_await t.outlast(std::max(span, mine.lease_for));
    const auto late = co_await t.fill("k", mine.grant, "late");
    t.expect(late == fill_state::lease_lost, "after its time it is no permission");
    auto next = co_await t.acquire("k");
    t.expect(next.state == acquired_state::leased, "and keeps nobody else waiting");
}

asio::awaitable<void> renewal(trial& t)
{
    const milliseconds span = 8 * t.unit();
    auto mine = co_await t.store().acquire(t.key("k"), span);
    const bool first = co_await t.store().renew(t.key("k"), mine.grant, 40 * t.unit());
    t.expect(first, "a running lease may be renewed");
    co_await t.outlast(span);
    const auto state = co_await t.fill("k", mine.grant, "value");
    t.expect(state == fill_state::stored, "and lasts for the new time");
    const bool ended = co_await t.store().renew(t.key("k"), mine.grant, span);
    t.expect(!ended, "a lease that was used cannot be renewed");
}

asio::awaitable<void> no_renewal(trial& t)
{
    const milliseconds span = 4 * t.unit();
    const bool absent = co_await t.store().renew(t.key("k"), lease(), span);
    t.expect(!absent, "an absent lease cannot be renewed");
    auto mine = co_await t.store().acquire(t.key("k"), span);
    co_await t.outlast(std::max(span, mine.lease_for));
    const bool late = co_await t.store().renew(t.key("k"), mine.grant, 1h);
    t.expect(!late, "nor can one that ran out");
    const lease other = co_await t.take("other");
    co_await t.drop("other");
    const bool voided = co_await t.store().renew(t.key("other"), other, 1h);
    t.expect(!voided, "nor can one that was voided");
}

asio::awaitable<void> abandoned(trial& t)
{
    const lease mine = co_await t.take("k");
    lease stranger;
    stranger.token = {7, 7};
    co_await t.store().abandon(t.key("k"), stranger);
    co_await t.store().abandon(t.key("k"), lease());
    auto waiting = co_await t.acquire("k");
    t.expect(waiting.state == acquired_state::busy, "a stranger cannot end a lease");
    co_await t.store().abandon(t.key("k"), mine);
    auto next = co_await t.acquire("k");
    t.expect(next.state == acquired_state::leased, "the next one need not wait for its time");
    const auto late = co_await t.fill("k", mine, "late");
    t.expect(late == fill_state::lease_lost, "what was abandoned fills nothing");
    const auto state = co_await t.fill("k", next.grant, "value");
    t.expect(state == fill_state::stored, "the next holder fills");
}

asio::awaitable<void> stale(trial& t)
{
    const entry mortal = with_life("old", 2 * t.unit(), 200 * t.unit());
    co_await t.put("k", mortal);
    co_await t.outlast(2 * t.unit());
    auto first = co_await t.acquire("k");
    t.expect(first.state == acquired_state::stale, "a stale entry comes with the lease");
    t.expect(first.found && first.found->payload == "old", "and with its value");
    t.require(bool(first.grant), "the lease is there");
    auto second = co_await t.acquire("k");
    t.expect(second.state == acquired_state::busy, "for one caller");
    t.expect(second.found && second.found->payload == "old", "the others have the old value");
    const auto state = co_await t.fill("k", first.grant, "new");
    t.expect(state == fill_state::stored, "the fill replaces it");
    auto read = co_await t.read("k");
    t.expect(read == "new", "for all");
}

asio::awaitable<void> refresh(trial& t)
{
    co_await t.put("k", "first");
    lease_terms now(t.lease_time());
    now.accept_age(0ms);
    auto mine = co_await t.store().acquire(t.key("k"), now);
    t.expect(mine.state == acquired_state::stale, "asked for age zero, a fresh entry is too old");
    t.require(bool(mine.grant), "so the lease is granted");
    auto other = co_await t.acquire("k");
    t.expect(other.state == acquired_state::hit, "others go on hitting");
    const auto state = co_await t.fill("k", mine.grant, "second");
    t.expect(state == fill_state::stored, "the refresh replaces");
    auto read = co_await t.read("k");
    t.expect(read == "second", "the entry");

    lease_terms loose(t.lease_time());
    loose.accept_age(1h);
    auto young = co_await t.store().acquire(t.key("k"), loose);
    t.expect(young.state == acquired_state::hit, "an entry younger than asked is a hit");

    auto overtaken = co_await t.store().acquire(t.key("k"), now);
    t.require(bool(overtaken.grant), "a refresh is granted again");
    co_await t.drop("k");
    const auto late = co_await t.fill("k", overtaken.grant, "stale");
    t.expect(late == fill_state::lease_lost, "a refresh that was overtaken stores nothing");
}

asio::awaitable<void> fill_nothing(trial& t)
{
    const lease mine = co_await t.take("k");
    const entry gone = with_life("gone", 0s);
    const auto state = co_await t.store().fill(t.key("k"), mine, gone);
    t.expect(state == fill_state::stored, "a fill may expire now");
    auto next = co_await t.acquire("k");
    t.expect(next.state == acquired_state::leased, "it stores nothing and ends its lease");
}

} // namespace

void add_leases(checks& to)
{
    constexpr auto leases = capability::leases;
    to.push_back(
        {"lease: one caller gets it, the others are told to wait", {leases}, one_at_a_time});
    to.push_back({"lease: an absent or forged lease never grants", {leases}, absent_lease});
    to.push_back({"lease: it is good for its own key only", {leases}, foreign_key});
    to.push_back({"lease: it fills once", {leases}, only_once});
    to.push_back({"lease: no token is used twice (ABA)", {leases}, unique});
    to.push_back({"lease: it runs out", {leases}, runs_out});
    to.push_back({"lease: it may be renewed while it runs", {leases}, renewal});
    to.push_back({"lease: what does not run cannot be renewed", {leases}, no_renewal});
    to.push_back({"lease: its holder may abandon it, nobody else", {leases}, abandoned});
    to.push_back(
        {"lease: a stale entry comes with it, for one caller", {leases, capability::grace}, stale});
    to.push_back(
        {"lease: a refresh of a fresh entry keeps the rules of a fill", {leases}, refresh});
    to.push_back({"lease: a fill that expires now stores nothing", {leases}, fill_nothing});
}

} // namespace coffer::testing::conformance
