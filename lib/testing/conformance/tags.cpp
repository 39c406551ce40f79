// SPDX-License-Identifier: BSL-1.0
#include "testing/conformance/check.hpp"

namespace coffer::testing::conformance {
namespace {

constexpr auto hard = invalidation::hard;
constexpr auto soft = invalidation::soft;

asio::awaitable<void> bumped(trial& t)
{
    const entry red = with_tags("red", {"red"});
    const entry both = with_tags("both", {"blue", "red"});
    const entry blue = with_tags("blue", {"blue"}, 1h);
    co_await t.put("red", red);
    co_await t.put("both", both);
    co_await t.put("blue", blue);
    co_await t.put("plain", "plain");
    const storage_key elsewhere(t.other_space(), "group", "red");
    co_await t.store().put(elsewhere, red);

    co_await t.store().bump(t.space(), "red", hard);
    auto first = co_await t.read("red");
    t.expect(!first, "an entry with the tag is gone");
    auto second = co_await t.read("both");
    t.expect(!second, "also if it is one of several");
    auto third = co_await t.store().get(t.key("blue"));
    t.expect(third && third->is_fresh(), "one with another tag is as fresh as before");
    auto fourth = co_await t.read("plain");
    t.expect(fourth == "plain", "as is one without tags");
    auto fifth = co_await t.store().get(elsewhere);
    t.expect(fifth.has_value(), "a tag of another space is another tag");
}

asio::awaitable<void> after_bump(trial& t)
{
    const entry tagged = with_tags("v", {"tag"});
    co_await t.store().bump(t.space(), "tag", hard);
    co_await t.put("k", tagged);
    auto first = co_await t.read("k");
    t.expect(first == "v", "what is put after a bump is good");
    co_await t.store().bump(t.space(), "tag", hard);
    auto second = co_await t.read("k");
    t.expect(!second, "until the next one");
    co_await t.put("k", tagged);
    auto third = co_await t.read("k");
    t.expect(third == "v", "and again");
}

asio::awaitable<void> known_late(trial& t)
{
    const entry tagged = with_tags("old", {"late"});
    const entry other = with_tags("other", {"another"});
    const lease first = co_await t.take("a");
    const lease second = co_await t.take("b");
    co_await t.store().bump(t.space(), "late", hard);
    const auto lost = co_await t.store().fill(t.key("a"), first, tagged);
    t.expect(lost == fill_state::lease_lost,
             "a tag bumped during the load refuses the fill that brings it");
    const auto stored = co_await t.store().fill(t.key("b"), second, other);
    t.expect(stored == fill_state::stored, "and no other");
}

asio::awaitable<void> filled_after(trial& t)
{
    const entry tagged = with_tags("v", {"tag"});
    co_await t.store().bump(t.space(), "tag", hard);
    const lease mine = co_await t.take("k");
    const auto state = co_await t.store().fill(t.key("k"), mine, tagged);
    t.expect(state == fill_state::stored, "a load begun after the bump may fill");
    auto first = co_await t.read("k");
    t.expect(first == "v", "and its value serves");
    co_await t.store().bump(t.space(), "tag", hard);
    auto second = co_await t.read("k");
    t.expect(!second, "until the next bump");
}

asio::awaitable<void> soft_bump(trial& t)
{
    const entry tagged = with_tags("old", {"tag"}, 8 * t.unit());
    const entry graceless = with_tags("old", {"tag"});
    co_await t.put("k", tagged);
    co_await t.put("graceless", graceless);
    co_await t.store().bump(t.space(), "tag", soft);
    auto found = co_await t.store().get(t.key("k"));
    t.require(found.has_value(), "after a soft bump an entry may still serve");
    t.expect(!found->is_fresh(), "but only as stale");
    auto none = co_await t.read("graceless");
    t.expect(!none, "if it has a grace");
    co_await t.outlast(8 * t.unit());
    auto gone = co_await t.read("k");
    t.expect(!gone, "and within that");
}

asio::awaitable<void> soft_then_hard(trial& t)
{
    const entry tagged = with_tags("old", {"tag"}, 1h);
    co_await t.put("k", tagged);
    co_await t.store().bump(t.space(), "tag", soft);
    co_await t.store().bump(t.space(), "tag", hard);
    auto first = co_await t.read("k");
    t.expect(!first, "a hard bump after a soft one leaves nothing");
    co_await t.put("k", tagged);
    co_await t.store().bump(t.space(), "tag", hard);
    co_await t.store().bump(t.space(), "tag", soft);
    auto second = co_await t.read("k");
    t.expect(!second, "and a soft one after a hard one brings nothing back");
}

asio::awaitable<void> many(trial& t)
{
    const entry tagged = with_tags("old", {"tag"});
    co_await t.put("k", tagged);
    const lease mine = co_await t.take("late");
    co_await t.store().bump(t.space(), "tag", hard);
    for (int i = 0; i < 300; ++i)
        co_await t.store().bump(t.space(), "other" + std::to_string(i), hard);
    auto read = co_await t.read("k");
    t.expect(!read, "no number of other bumps lets a bumped entry back");
    const auto late = co_await t.store().fill(t.key("late"), mine, tagged);
    t.expect(late == fill_state::lease_lost, "or an older load in");
}

asio::awaitable<void> odd_names(trial& t)
{
    const std::vector<std::string> names = {
        "a", "a:b", "A", std::string("a\0", 2), "\xff\xfe", "a b\r\n", std::string(200, 't')};
    for (const std::string& name : names) {
        const entry tagged = with_tags("v", {name});
        co_await t.put(name, tagged);
    }
    for (std::size_t i = 0; i < names.size(); ++i) {
        co_await t.store().bump(t.space(), names[i], hard);
        for (std::size_t j = 0; j < names.size(); ++j) {
            auto read = co_await t.read(names[j]);
            t.expect(read.has_value() == (j > i), "a tag may be any bytes, and is only itself");
        }
    }
}

asio::awaitable<void> refused(trial& t)
{
    if (t.able(capability::tags))
        co_return;
    auto bump = co_await trial::failure_of(t.store().bump(t.space(), "tag", hard));
    t.expect(bump == errc::unsupported, "a storage without tags says so when one is bumped");
}

asio::awaitable<void> refused_entries(trial& t)
{
    if (t.able(capability::tags))
        co_return;
    const entry plain("old");
    const entry tagged = with_tags("new", {"tag"});
    co_await t.put("k", plain);
    auto answer = co_await t.acquire("other");
    const std::vector<storage_key> keys = {t.key("k"), t.key("other")};
    const std::vector<entry> values = {plain, tagged};
    const std::vector<lease> grants = {lease(), answer.grant};

    storage& store = t.store();
    auto put = co_await trial::failure_of(without_result(store.put(keys[0], tagged)));
    t.expect(put == errc::unsupported, "a put of an entry with tags is refused");
    auto fill =
        co_await trial::failure_of(without_result(store.fill(keys[1], answer.grant, tagged)));
    t.expect(fill == errc::unsupported, "as is a fill");
    auto absent = co_await trial::failure_of(without_result(store.put_if_absent(keys[1], tagged)));
    t.expect(absent == errc::unsupported, "and a put_if_absent");
    auto puts = co_await trial::failure_of(without_result(store.put_many(keys, values)));
    t.expect(puts == errc::unsupported, "and a batch of puts that has one");
    auto fills = co_await trial::failure_of(without_result(store.fill_many(keys, grants, values)));
    t.expect(fills == errc::unsupported, "and a batch of fills that has one");
    auto other = co_await t.read("other");
    t.expect(!other, "nothing of them is stored");
}

} // namespace

void add_tags(checks& to)
{
    constexpr auto tags = capability::tags;
    constexpr auto leases = capability::leases;
    constexpr auto grace = capability::grace;
    to.push_back({"tag: without the capability a bump is refused", {}, refused});
    to.push_back(
        {"tag: without the capability an entry with tags is refused", {}, refused_entries});
    to.push_back({"tag: a bump drops every entry that carries it, and no other", {tags}, bumped});
    to.push_back({"tag: what is put after a bump is good until the next", {tags}, after_bump});
    to.push_back({"tag: known late, it refuses a load that began before the bump",
                  {tags, leases},
                  known_late});
    to.push_back({"tag: a load that began after the bump may fill", {tags, leases}, filled_after});
    to.push_back(
        {"tag: a soft bump leaves stale entries for their grace", {tags, grace}, soft_bump});
    to.push_back({"tag: soft and hard bumps in both orders", {tags, grace}, soft_then_hard});
    to.push_back({"tag: many other bumps forget nothing", {tags, leases}, many});
    to.push_back({"tag: its name may be any bytes", {tags}, odd_names});
}

} // namespace coffer::testing::conformance
