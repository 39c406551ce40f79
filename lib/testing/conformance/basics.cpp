// SPDX-License-Identifier: BSL-1.0
#include "testing/conformance/check.hpp"

namespace coffer::testing::conformance {
namespace {

asio::awaitable<void> absent(trial& t)
{
    auto found = co_await t.read("nowhere");
    t.expect(!found, "a key that was never stored reads as nothing");
    auto answer = co_await t.acquire("nowhere");
    t.expect(answer.state == acquired_state::leased, "acquire of it answers `leased`");
    t.expect(!answer.found, "acquire of it finds nothing");
    t.expect(bool(answer.grant) == t.able(capability::leases),
             "the grant is empty exactly where there are no leases");
}

asio::awaitable<void> round_trip(trial& t)
{
    const auto state = co_await t.put("k", "value");
    t.expect(state == fill_state::stored, "put answers `stored`");
    auto read = co_await t.read("k");
    t.expect(read == "value", "get returns what was put");
    auto answer = co_await t.acquire("k");
    t.expect(answer.state == acquired_state::hit, "acquire answers `hit`");
    t.expect(!answer.grant, "a hit grants no lease");
    t.require(answer.found.has_value(), "a hit carries the entry");
    t.expect(answer.found->payload == "value", "the hit carries what was put");
}

asio::awaitable<void> fields(trial& t)
{
    entry full = with_life("payload", 1h);
    full.codec = 513;
    full.schema = 0xfedcba9876543210u;
    full.cost = std::chrono::microseconds(12'345);
    full.version = 77;
    full.validator = "\"etag\"";
    if (t.able(capability::tags))
        full.tags = {"one", "two"};
    co_await t.put("k", full);
    auto found = co_await t.store().get(t.key("k"));
    t.require(found.has_value(), "the entry is there");
    t.expect(found->codec == full.codec, "the codec is kept");
    t.expect(found->schema == full.schema, "the schema is kept");
    t.expect(found->cost == full.cost, "the cost is kept");
    t.expect(found->version == full.version, "the version is kept");
    t.expect(found->validator == full.validator, "the validator is kept");
    t.expect(found->tags == full.tags, "the tags are kept, in their order");
}

asio::awaitable<void> empty_value(trial& t)
{
    co_await t.put("k", "");
    auto found = co_await t.store().get(t.key("k"));
    t.require(found.has_value(), "an empty value is a value");
    t.expect(found->payload.empty(), "and comes back empty");
    auto answer = co_await t.acquire("k");
    t.expect(answer.state == acquired_state::hit, "it is a hit like any other");
}

asio::awaitable<void> binary(trial& t)
{
    std::string all;
    for (int c = 0; c < 256; ++c)
        all += static_cast<char>(c);
    co_await t.put("v", all + all);
    auto value = co_await t.read("v");
    t.expect(value == all + all, "a value of all bytes comes back as it was");
    for (int c = 0; c < 256; ++c) {
        const std::string id = std::string("id") + static_cast<char>(c);
        co_await t.put(id, std::to_string(c));
    }
    for (int c = 0; c < 256; ++c) {
        const std::string id = std::string("id") + static_cast<char>(c);
        auto read = co_await t.read(id);
        t.expect(read == std::to_string(c), "keys that differ in one byte are different");
    }
}

asio::awaitable<void> near_keys(trial& t)
{
    const std::vector<storage_key> keys = {
        {t.space(), "group", "id"},      {t.space(), "group", "ID"},
        {t.space(), "group", "id "},     {t.space(), "group", std::string("id\0", 3)},
        {t.space(), "groupi", "d"},      {t.space(), "grou", "pid"},
        {t.space(), "", "groupid"},      {t.space(), "group", ""},
        {t.other_space(), "group", "id"}};
    for (std::size_t i = 0; i < keys.size(); ++i)
        co_await t.store().put(keys[i], entry(std::to_string(i)));
    for (std::size_t i = 0; i < keys.size(); ++i) {
        auto found = co_await t.store().get(keys[i]);
        t.expect(found && found->payload == std::to_string(i),
                 "keys that look alike are different");
    }
}

asio::awaitable<void> replace(trial& t)
{
    co_await t.put("k", "first, and longer");
    co_await t.put("k", "second");
    auto read = co_await t.read("k");
    t.expect(read == "second", "a put takes the place of what was there");
}

asio::awaitable<void> unleased_fill(trial& t)
{
    if (t.able(capability::leases))
        co_return;
    auto answer = co_await t.acquire("k");
    const auto state = co_await t.fill("k", answer.grant, "filled");
    t.expect(state == fill_state::stored, "without leases a fill is a put");
    auto read = co_await t.read("k");
    t.expect(read == "filled", "and stores");
}

asio::awaitable<void> describes(trial& t)
{
    t.expect(!t.store().describe().empty(), "it says what it is");
    const storage_limits limits = t.store().limits();
    t.expect(limits.max_key > 0 && limits.max_value > 0, "its limits leave room for something");
    t.expect(limits.resolution >= 1ms, "its resolution is at least a millisecond");
    co_return;
}

} // namespace

void add_basics(checks& to)
{
    to.push_back({"basics: it describes itself and its limits", {}, describes});
    to.push_back({"basics: an absent key reads as nothing", {}, absent});
    to.push_back({"basics: what was put is read back", {}, round_trip});
    to.push_back({"basics: every field of an entry is kept", {}, fields});
    to.push_back({"basics: an empty value is a value", {}, empty_value});
    to.push_back({"basics: keys and values may be any bytes", {}, binary});
    to.push_back({"basics: keys that look alike are different", {}, near_keys});
    to.push_back({"basics: a put replaces", {}, replace});
    to.push_back({"basics: without leases a fill is a put", {}, unleased_fill});
}

} // namespace coffer::testing::conformance
