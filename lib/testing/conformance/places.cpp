// SPDX-License-Identifier: BSL-1.0
#include <coffer/core/errc.hpp>

#include "testing/conformance/check.hpp"

#include <set>

namespace coffer::testing::conformance {
namespace {

asio::awaitable<void> put_at(trial& t, storage_key at)
{
    const entry value("v");
    co_await t.store().put(std::move(at), value);
}

asio::awaitable<bool> has(trial& t, storage_key at)
{
    auto found = co_await t.store().get(std::move(at));
    co_return found.has_value();
}

asio::awaitable<std::set<storage_key>> walk(trial& t, std::string space, std::size_t about)
{
    std::set<storage_key> all;
    std::string from;
    for (int pages = 0; pages < 10'000; ++pages) {
        auto page = co_await t.store().scan(space, from, about);
        all.insert(page.keys.begin(), page.keys.end());
        from = page.next;
        if (from.empty())
            break;
    }
    t.expect(from.empty(), "a walk ends");
    co_return all;
}

asio::awaitable<void> clear_places(trial& t)
{
    const storage_key a(t.space(), "a", "1");
    const storage_key b(t.space(), "b", "1");
    const storage_key plain(t.space(), "", "1");
    const storage_key elsewhere(t.other_space(), "a", "1");
    for (const storage_key& one : {a, b, plain, elsewhere})
        co_await put_at(t, one);
    co_await t.store().clear(t.space(), "a");
    const bool in_group = co_await has(t, a);
    t.expect(!in_group, "clear of a group drops the group");
    const bool sibling = co_await has(t, b);
    t.expect(sibling, "and no other group");
    const bool without = co_await has(t, plain);
    t.expect(without, "nor what is in no group");

    co_await put_at(t, a);
    co_await t.store().clear(t.space(), "");
    const bool again = co_await has(t, a);
    const bool other = co_await has(t, b);
    const bool last = co_await has(t, plain);
    t.expect(!again && !other && !last, "clear of a space drops all of it");
    const bool beyond = co_await has(t, elsewhere);
    t.expect(beyond, "and no other space");
    co_await put_at(t, a);
    const bool new_one = co_await has(t, a);
    t.expect(new_one, "what is put after a clear stays");
}

asio::awaitable<void> clear_stale(trial& t)
{
    const entry graceful = with_life("old", 1h, 1h);
    co_await t.put("k", graceful);
    co_await t.drop("k", invalidation::soft);
    co_await t.store().clear(t.space(), "");
    auto read = co_await t.read("k");
    t.expect(!read, "a clear is hard: no grace survives it");
}

asio::awaitable<void> scan_all(trial& t)
{
    std::set<storage_key> expected;
    for (int i = 0; i < 300; ++i) {
        const storage_key one(t.space(), "group" + std::to_string(i % 3), std::to_string(i));
        co_await put_at(t, one);
        expected.insert(one);
    }
    co_await put_at(t, storage_key(t.other_space(), "group", "stranger"));
    const storage_key dropped(t.space(), "group0", "0");
    co_await t.store().invalidate(dropped, invalidation::hard, std::nullopt);
    expected.erase(dropped);
    for (std::size_t about : {1, 7, 100'000}) {
        const auto seen = co_await walk(t, t.space(), about);
        t.expect(seen == expected, "a walk sees every key of its space, and no other");
    }
    const auto nothing = co_await walk(t, t.space() + "-empty", 10);
    t.expect(nothing.empty(), "an empty space has no keys");
}

asio::awaitable<void> scan_moving(trial& t)
{
    for (int i = 0; i < 200; ++i)
        co_await t.put("stays" + std::to_string(i), "v");
    std::set<std::string> seen;
    std::string from;
    int round = 0;
    do {
        auto page = co_await t.store().scan(t.space(), from, 5);
        for (const storage_key& one : page.keys)
            seen.insert(one.id);
        from = page.next;
        const std::string id = "comes" + std::to_string(round);
        co_await t.put(id, "v");
        if (round % 2 == 0)
            co_await t.drop(id);
    } while (!from.empty() && ++round < 10'000);
    bool all = true;
    for (int i = 0; i < 200; ++i)
        all = all && seen.contains("stays" + std::to_string(i));
    t.expect(all, "a walk sees every key that stays, while others come and go");
}

asio::awaitable<void> touch_life(trial& t)
{
    const entry brief = with_life("v", 4 * t.unit());
    co_await t.put("k", brief);
    const bool longer = co_await t.store().touch(t.key("k"), ttl(60 * t.unit()));
    t.expect(longer, "a fresh entry can be touched");
    co_await t.outlast(4 * t.unit());
    auto read = co_await t.read("k");
    t.expect(read == "v", "and lives for its new time");
    const bool shorter = co_await t.store().touch(t.key("k"), ttl(2 * t.unit()));
    t.expect(shorter, "a touch may shorten");
    co_await t.outlast(2 * t.unit());
    auto gone = co_await t.read("k");
    t.expect(!gone, "a life too");
    const bool absent = co_await t.store().touch(t.key("k"), ttl(1h));
    t.expect(!absent, "what is gone cannot be touched");
    co_await t.put("k", "v");
    const bool now = co_await t.store().touch(t.key("k"), ttl(0s));
    t.expect(now, "a touch may end a life");
    auto ended = co_await t.read("k");
    t.expect(!ended, "at once");
}

asio::awaitable<void> touch_stale(trial& t)
{
    const entry mortal = with_life("v", 1h, 1h);
    co_await t.put("k", mortal);
    co_await t.drop("k", invalidation::soft);
    const bool touched = co_await t.store().touch(t.key("k"), ttl(1h));
    t.expect(!touched, "a touch does not make a stale entry fresh");
    auto found = co_await t.store().get(t.key("k"));
    t.expect(found && !found->is_fresh(), "it stays stale");
}

asio::awaitable<void> if_absent(trial& t)
{
    const entry first("first");
    const entry second("second");
    const bool stored = co_await t.store().put_if_absent(t.key("k"), first);
    t.expect(stored, "put_if_absent stores where nothing is");
    const bool again = co_await t.store().put_if_absent(t.key("k"), second);
    t.expect(!again, "and leaves what is there");
    auto read = co_await t.read("k");
    t.expect(read == "first", "as it was");
    co_await t.drop("k");
    const bool after = co_await t.store().put_if_absent(t.key("k"), second);
    t.expect(after, "after an invalidation it stores again");
    const entry brief = with_life("brief", 2 * t.unit());
    co_await t.store().put_if_absent(t.key("brief"), brief);
    co_await t.outlast(2 * t.unit());
    const bool expired = co_await t.store().put_if_absent(t.key("brief"), second);
    t.expect(expired, "as after the end of a life");
}

asio::awaitable<void> declined(trial& t)
{
    const auto refused = [&](capability what, boost::system::error_code code) {
        t.expect(t.able(what) || code == errc::unsupported,
                 "an operation that is not declared fails with `unsupported`");
    };
    const entry value("v");
    auto touched = co_await trial::failure_of(without_result(t.store().touch(t.key("k"), never)));
    refused(capability::touch, touched);
    auto put =
        co_await trial::failure_of(without_result(t.store().put_if_absent(t.key("k"), value)));
    refused(capability::put_if_absent, put);
    const counter_terms terms;
    auto added =
        co_await trial::failure_of(without_result(t.store().increment(t.key("c"), 1, terms)));
    refused(capability::counters, added);
    auto cleared = co_await trial::failure_of(t.store().clear(t.other_space(), ""));
    refused(capability::clear, cleared);
    auto held = co_await trial::failure_of(t.store().hold(t.key("h"), "owner", 1ms));
    refused(capability::hold, held);
    auto released = co_await trial::failure_of(t.store().release(t.key("h"), "owner"));
    refused(capability::hold, released);
    auto walked = co_await trial::failure_of(without_result(t.store().scan(t.space(), "", 10)));
    refused(capability::scan, walked);
    auto floored =
        co_await trial::failure_of(t.store().invalidate(t.key("k"), invalidation::hard, 7));
    refused(capability::floors, floored);
}

} // namespace

void add_places(checks& to)
{
    using enum capability;
    to.push_back({"undeclared: an operation that is not declared is refused", {}, declined});
    to.push_back({"clear: a group or a space, and nothing else", {clear}, clear_places});
    to.push_back({"clear: no grace survives it", {clear, grace}, clear_stale});
    to.push_back({"scan: every key of the space, and no other", {scan}, scan_all});
    to.push_back({"scan: what stays is seen while others come and go", {scan}, scan_moving});
    to.push_back({"touch: a new time to live from now", {capability::touch}, touch_life});
    to.push_back({"touch: a stale entry stays stale", {capability::touch, grace}, touch_stale});
    to.push_back({"put_if_absent: stores only where nothing is", {put_if_absent}, if_absent});
}

} // namespace coffer::testing::conformance
