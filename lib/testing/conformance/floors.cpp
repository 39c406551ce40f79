// SPDX-License-Identifier: BSL-1.0
#include "testing/conformance/check.hpp"

#include <limits>

namespace coffer::testing::conformance {
namespace {

asio::awaitable<void> raise(trial& t, std::string id, std::uint64_t to)
{
    return t.store().invalidate(t.key(std::move(id)), invalidation::hard, to);
}

asio::awaitable<fill_state> load(trial& t, std::string id, entry value)
{
    const lease mine = co_await t.take(id);
    const auto state = co_await t.store().fill(t.key(id), mine, std::move(value));
    co_return state;
}

asio::awaitable<void> fills(trial& t)
{
    if (!t.able(capability::leases))
        co_return;
    co_await raise(t, "k", 5);
    const entry old = with_version("old", 4);
    const entry unknown("unknown");
    const entry good = with_version("good", 5);
    const auto below = co_await load(t, "k", old);
    t.expect(below == fill_state::below_floor, "a version below the floor is refused");
    const auto without = co_await load(t, "k", unknown);
    t.expect(without == fill_state::below_floor, "a value without version proves nothing");
    auto read = co_await t.read("k");
    t.expect(!read, "neither is stored");
    const auto at = co_await load(t, "k", good);
    t.expect(at == fill_state::stored, "the floor itself is good enough");
    co_await t.drop("other");
    const auto other = co_await load(t, "other", unknown);
    t.expect(other == fill_state::stored, "a key without a floor asks for no version");
}

asio::awaitable<void> puts(trial& t)
{
    const entry six = with_version("six", 6);
    const entry five = with_version("five", 5);
    const entry seven = with_version("seven", 7);
    const auto first = co_await t.put("k", six);
    t.expect(first == fill_state::stored, "a put with a version is stored");
    const auto older = co_await t.put("k", five);
    t.expect(older == fill_state::below_floor, "it raises the floor for puts");
    auto kept = co_await t.read("k");
    t.expect(kept == "six", "a put that is refused changes nothing");
    const auto same = co_await t.put("k", six);
    t.expect(same == fill_state::stored, "the same version may be put again");
    const auto newer = co_await t.put("k", seven);
    t.expect(newer == fill_state::stored, "and a newer one");
    const auto plain = co_await t.put("k", "plain");
    t.expect(plain == fill_state::stored, "a put without a version is a write like any other");
    if (t.able(capability::leases)) {
        co_await t.drop("k");
        const auto late = co_await load(t, "k", six);
        t.expect(late == fill_state::below_floor, "a put raises the floor for fills");
    }
}

asio::awaitable<void> only_up(trial& t)
{
    const entry eight = with_version("eight", 8);
    const entry nine = with_version("nine", 9);
    co_await raise(t, "k", 9);
    co_await raise(t, "k", 3);
    co_await t.drop("k");
    const auto below = co_await t.put("k", eight);
    t.expect(below == fill_state::below_floor, "a floor is never lowered");
    const auto at = co_await t.put("k", nine);
    t.expect(at == fill_state::stored, "nor raised by less");
}

asio::awaitable<void> outlives(trial& t)
{
    const entry brief = [&] {
        entry one = with_version("brief", 9);
        one.lifetime = ttl(2 * t.unit());
        return one;
    }();
    const entry old = with_version("old", 8);
    co_await t.put("k", brief);
    co_await t.outlast(2 * t.unit());
    const auto expired = co_await t.put("k", old);
    t.expect(expired == fill_state::below_floor, "a floor outlives its entry");
    if (t.able(capability::clear)) {
        co_await t.store().clear(t.space(), "");
        const auto cleared = co_await t.put("k", old);
        t.expect(cleared == fill_state::below_floor, "and a clear");
    }
}

asio::awaitable<void> soft(trial& t)
{
    co_await t.store().invalidate(t.key("k"), invalidation::soft, 5);
    const entry old = with_version("old", 4);
    const auto below = co_await t.put("k", old);
    t.expect(below == fill_state::below_floor, "a soft invalidation may bring a floor as well");
}

asio::awaitable<void> whole_range(trial& t)
{
    constexpr std::uint64_t highest = std::numeric_limits<std::uint64_t>::max();
    const entry top = with_version("top", highest);
    const entry next = with_version("next", highest - 1);
    const entry half = with_version("half", std::uint64_t{1} << 63);
    const entry zero = with_version("zero", 0);
    const auto first = co_await t.put("z", zero);
    t.expect(first == fill_state::stored, "version zero is a version");
    co_await raise(t, "s", (std::uint64_t{1} << 63) - 1);
    const auto unsigned_order = co_await t.put("s", half);
    t.expect(unsigned_order == fill_state::stored, "versions compare as unsigned numbers");
    co_await t.put("k", top);
    const auto below = co_await t.put("k", next);
    t.expect(below == fill_state::below_floor, "to the last digit");
}

} // namespace

void add_floors(checks& to)
{
    constexpr auto floors = capability::floors;
    to.push_back({"floor: a fill must prove a version that is not below it", {floors}, fills});
    to.push_back({"floor: a put with a version keeps it and raises it", {floors}, puts});
    to.push_back({"floor: it only rises", {floors}, only_up});
    to.push_back({"floor: it outlives entry and clear", {floors}, outlives});
    to.push_back({"floor: a soft invalidation may bring one", {floors}, soft});
    to.push_back({"floor: versions use all 64 bits", {floors}, whole_range});
}

} // namespace coffer::testing::conformance
