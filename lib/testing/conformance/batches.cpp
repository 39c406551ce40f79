// SPDX-License-Identifier: BSL-1.0
#include "testing/conformance/check.hpp"

namespace coffer::testing::conformance {
namespace {

std::vector<storage_key> keys_of(const trial& t, const std::vector<std::string>& ids)
{
    std::vector<storage_key> keys;
    for (const std::string& id : ids)
        keys.push_back(t.key(id));
    return keys;
}

std::vector<entry> entries_of(const std::vector<std::string>& texts)
{
    return std::vector<entry>(texts.begin(), texts.end());
}

asio::awaitable<void> get_many(trial& t)
{
    co_await t.put("a", "1");
    co_await t.put("b", "2");
    const auto keys = keys_of(t, {"b", "none", "a", "b"});
    auto found = co_await t.store().get_many(keys);
    t.require(found.size() == 4, "one result for each key");
    t.expect(found[0] && found[0]->payload == "2", "in the order of the keys");
    t.expect(!found[1], "absent ones in their place");
    t.expect(found[2] && found[2]->payload == "1", "whatever was put first");
    t.expect(found[3] && found[3]->payload == "2", "and a key that is named twice twice");
}

asio::awaitable<void> put_many(trial& t)
{
    const auto keys = keys_of(t, {"a", "b", "a"});
    const auto values = entries_of({"1", "2", "3"});
    const auto states = co_await t.store().put_many(keys, values);
    t.expect(states == std::vector<fill_state>(3, fill_state::stored), "each is stored");
    auto a = co_await t.read("a");
    auto b = co_await t.read("b");
    t.expect(a == "3" && b == "2", "of two values for one key the later one stays");
}

asio::awaitable<void> acquire_many(trial& t)
{
    co_await t.put("hit", "there");
    const lease mine = co_await t.take("busy");
    const auto keys = keys_of(t, {"busy", "miss1", "hit", "miss2"});
    auto answers = co_await t.store().acquire_many(keys, t.lease_time());
    t.require(answers.size() == 4, "one answer for each key");
    t.expect(answers[0].state == acquired_state::busy, "in the order of the keys: busy");
    t.expect(answers[1].state == acquired_state::leased, "leased");
    t.expect(answers[2].state == acquired_state::hit, "hit");
    t.expect(answers[2].found && answers[2].found->payload == "there", "with its entry");
    t.expect(answers[3].state == acquired_state::leased, "leased again");

    const std::vector<lease> grants = {mine, answers[3].grant, answers[1].grant, lease()};
    const auto targets = keys_of(t, {"busy", "miss2", "miss1", "hit"});
    const auto values = entries_of({"0", "2", "1", "stranger"});
    const auto states = co_await t.store().fill_many(targets, grants, values);
    const std::vector<fill_state> expected = {fill_state::stored, fill_state::stored,
                                              fill_state::stored, fill_state::lease_lost};
    t.expect(states == expected, "each fill is judged by its own lease");
    const auto all = keys_of(t, {"busy", "miss1", "miss2", "hit"});
    auto found = co_await t.store().get_many(all);
    const char* const texts[] = {"0", "1", "2", "there"};
    for (std::size_t i = 0; i < 4; ++i)
        t.expect(found.at(i) && found[i]->payload == texts[i], "and stored under its own key");
}

asio::awaitable<void> invalidate_many(trial& t)
{
    for (const char* id : {"a", "b", "c"})
        co_await t.put(id, "v");
    const auto keys = keys_of(t, {"a", "none", "c"});
    co_await t.store().invalidate_many(keys, invalidation::hard);
    auto a = co_await t.read("a");
    auto b = co_await t.read("b");
    auto c = co_await t.read("c");
    t.expect(!a && !c, "every key that is named is dropped");
    t.expect(b == "v", "and no other");
}

asio::awaitable<void> empty(trial& t)
{
    const std::vector<storage_key> no_keys;
    const std::vector<lease> no_grants;
    const std::vector<entry> no_values;
    auto found = co_await t.store().get_many(no_keys);
    auto answers = co_await t.store().acquire_many(no_keys, 1s);
    auto put = co_await t.store().put_many(no_keys, no_values);
    auto filled = co_await t.store().fill_many(no_keys, no_grants, no_values);
    co_await t.store().invalidate_many(no_keys, invalidation::hard);
    t.expect(found.empty() && answers.empty() && put.empty() && filled.empty(),
             "an empty batch has an empty result");
}

asio::awaitable<void> large(trial& t)
{
    std::vector<std::string> ids;
    for (int i = 0; i < 500; ++i)
        ids.push_back(std::to_string(i));
    const auto keys = keys_of(t, ids);
    const auto values = entries_of(ids);
    co_await t.store().put_many(keys, values);
    auto found = co_await t.store().get_many(keys);
    t.require(found.size() == ids.size(), "a large batch has all its results");
    bool right = true;
    for (std::size_t i = 0; i < ids.size(); ++i)
        right = right && found[i] && found[i]->payload == ids[i];
    t.expect(right, "each in its place");
}

} // namespace

void add_batches(checks& to)
{
    constexpr auto leases = capability::leases;
    to.push_back({"batch: get_many in the order of the keys", {}, get_many});
    to.push_back({"batch: put_many stores each under its key", {}, put_many});
    to.push_back({"batch: acquire_many and fill_many keep keys and leases together",
                  {leases},
                  acquire_many});
    to.push_back({"batch: invalidate_many drops what is named", {}, invalidate_many});
    to.push_back({"batch: empty ones are fine", {}, empty});
    to.push_back({"batch: 500 keys at once", {}, large});
}

} // namespace coffer::testing::conformance
