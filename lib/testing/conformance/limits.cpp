// SPDX-License-Identifier: BSL-1.0
#include <coffer/core/errc.hpp>

#include "testing/conformance/check.hpp"

namespace coffer::testing::conformance {
namespace {

// Larger limits than this are not tried out.
constexpr std::size_t most = std::size_t{64} << 20;

template <class T>
asio::awaitable<void> without_result(asio::awaitable<T> operation)
{
    co_await std::move(operation);
}

storage_key key_of_size(const trial& t, std::size_t size)
{
    const std::size_t rest = t.key("").text().size();
    return t.key(std::string(size > rest ? size - rest : 0, 'k'));
}

asio::awaitable<void> largest_key(trial& t)
{
    const std::size_t limit = std::min(t.store().limits().max_key, std::size_t{100'000});
    const storage_key largest = key_of_size(t, limit);
    co_await t.store().put(largest, entry("v"));
    auto found = co_await t.store().get(largest);
    t.expect(found && found->payload == "v", "a key of the largest size is stored");
    const storage_key sibling = key_of_size(t, limit - 1);
    auto other = co_await t.store().get(sibling);
    t.expect(!other, "and is not mixed up with a shorter one");
}

asio::awaitable<void> key_too_large(trial& t)
{
    if (t.store().limits().max_key > most)
        co_return;
    const storage_key beyond = key_of_size(t, t.store().limits().max_key + 1);
    const auto expect_refused = [&](boost::system::error_code code, const char* what) {
        t.expect(code == errc::key_too_large, what);
    };
    auto get = co_await trial::failure_of(without_result(t.store().get(beyond)));
    expect_refused(get, "get of a key beyond the limit fails with key_too_large");
    auto acquire = co_await trial::failure_of(without_result(t.store().acquire(beyond, 1s)));
    expect_refused(acquire, "so does acquire");
    const entry value("v");
    auto put = co_await trial::failure_of(without_result(t.store().put(beyond, value)));
    expect_refused(put, "so does put");
    auto drop =
        co_await trial::failure_of(t.store().invalidate(beyond, invalidation::hard, std::nullopt));
    expect_refused(drop, "so does invalidate");
}

asio::awaitable<void> largest_value(trial& t)
{
    const std::size_t limit = std::min(t.store().limits().max_value, most);
    std::string payload(limit, '\0');
    for (std::size_t i = 0; i < limit; ++i)
        payload[i] = static_cast<char>(i * 31 >> 3);
    const auto state = co_await t.put("k", payload);
    t.expect(state == fill_state::stored, "a value of the largest size is stored");
    auto read = co_await t.read("k");
    t.expect(read == payload, "and comes back byte for byte");
}

asio::awaitable<void> value_too_large(trial& t)
{
    if (t.store().limits().max_value > most)
        co_return;
    const entry beyond(std::string(t.store().limits().max_value + 1, 'v'));
    co_await t.put("k", "small");
    auto put = co_await trial::failure_of(without_result(t.put("k", beyond)));
    t.expect(put == errc::value_too_large, "a value beyond the limit fails with value_too_large");
    if (t.able(capability::leases)) {
        const lease mine = co_await t.take("other");
        auto fill = co_await trial::failure_of(
            without_result(t.store().fill(t.key("other"), mine, beyond)));
        t.expect(fill == errc::value_too_large, "so does a fill");
    }
    auto read = co_await t.read("k");
    t.expect(!read || *read == "small", "what was there before is not damaged");
}

} // namespace

void add_limits(checks& to)
{
    to.push_back({"limits: a key of the largest size is stored", {}, largest_key});
    to.push_back({"limits: a larger key is refused by every operation", {}, key_too_large});
    to.push_back({"limits: a value of the largest size is stored", {}, largest_value});
    to.push_back({"limits: a larger value is refused", {}, value_too_large});
}

} // namespace coffer::testing::conformance
