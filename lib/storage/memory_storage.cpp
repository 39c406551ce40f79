// SPDX-License-Identifier: BSL-1.0
#include <coffer/storage/memory_storage.hpp>

#include "storage/memory_table.hpp"

#include <boost/system/system_error.hpp>

#include <charconv>
#include <mutex>

namespace coffer {
namespace {

using boost::system::system_error;
using detail::memory_table;
using std::chrono::milliseconds;

class memory final : public storage {
public:
    explicit memory(const memory_storage_options& options)
        : options_(options), table_(options), time_(options.clock())
    {}

    capabilities able() const noexcept override
    {
        using enum capability;
        return {leases, grace, tags, clear, counters, floors, hold, scan, touch, put_if_absent};
    }
    storage_limits limits() const noexcept override
    {
        storage_limits result;
        result.max_key = options_.max_key();
        result.max_value = options_.max_value();
        return result;
    }
    std::string describe() const override
    {
        return "memory storage of at most " + std::to_string(options_.max_entries()) +
               " entries and " + std::to_string(options_.max_bytes()) + " bytes";
    }

    asio::awaitable<std::optional<stored_entry>> do_get(storage_key key) override;
    asio::awaitable<acquired> do_acquire(storage_key key, lease_terms terms) override;
    asio::awaitable<bool> do_renew(storage_key key, lease grant, milliseconds lease_for) override;
    asio::awaitable<fill_state> do_fill(storage_key key, lease grant, entry value) override;
    asio::awaitable<void> do_abandon(storage_key key, lease grant) override;
    asio::awaitable<fill_state> do_put(storage_key key, entry value) override;
    asio::awaitable<bool> do_put_if_absent(storage_key key, entry value) override;
    asio::awaitable<void> do_invalidate(storage_key key, invalidation mode,
                                        std::optional<std::uint64_t> floor) override;
    asio::awaitable<bool> do_touch(storage_key key, ttl lifetime) override;
    asio::awaitable<std::int64_t> do_increment(storage_key key, std::int64_t by,
                                               counter_terms terms) override;
    asio::awaitable<void> do_bump(std::string space, std::string tag, invalidation mode) override;
    asio::awaitable<void> do_clear(std::string space, std::string group) override;
    asio::awaitable<void> do_hold(storage_key key, std::string owner,
                                  milliseconds hold_for) override;
    asio::awaitable<void> do_release(storage_key key, std::string owner) override;
    asio::awaitable<page> do_scan(std::string space, std::string from, std::size_t about) override;
    asio::awaitable<void> do_close() override;

private:
    /// One operation on the table, at one time, under the lock. Never suspends in between.
    template <class Operation>
    auto locked(const Operation& operation)
    {
        std::lock_guard lock(mutex_);
        if (closed_)
            throw system_error(errc::closed, describe());
        return operation(table_, time_.now());
    }

    void check(const storage_key& key) const
    {
        if (key.space.size() + key.group.size() + key.id.size() + 2 > options_.max_key())
            throw system_error(errc::key_too_large, describe());
    }
    void check(const storage_key& key, const entry& value) const
    {
        check(key);
        if (value.payload.size() > options_.max_value())
            throw system_error(errc::value_too_large, describe());
    }

    const memory_storage_options options_;
    std::mutex mutex_;
    memory_table table_; // guarded by mutex_
    bool closed_ = false;
    const clock time_;
};

asio::awaitable<std::optional<stored_entry>> memory::do_get(storage_key key)
{
    check(key);
    auto found = locked([&](memory_table& table, auto now) { return table.get(key, now); });
    if (!found)
        co_return std::nullopt;
    co_return found->copy();
}

asio::awaitable<acquired> memory::do_acquire(storage_key key, lease_terms terms)
{
    check(key);
    if (terms.lease_for <= milliseconds(0))
        throw std::invalid_argument("coffer: acquire with a lease_for that is not positive");
    auto answer =
        locked([&](memory_table& table, auto now) { return table.acquire(key, terms, now); });
    acquired result;
    result.state = answer.state;
    if (answer.found)
        result.found = answer.found->copy();
    result.grant = answer.grant;
    result.lease_for = answer.lease_for;
    result.retry_after = answer.retry_after;
    co_return result;
}

asio::awaitable<bool> memory::do_renew(storage_key key, lease grant, milliseconds lease_for)
{
    co_return locked(
        [&](memory_table& table, auto now) { return table.renew(key, grant, lease_for, now); });
}

asio::awaitable<fill_state> memory::do_fill(storage_key key, lease grant, entry value)
{
    check(key, value);
    co_return locked([&](memory_table& table, auto now) {
        return table.fill(key, grant, std::move(value), now);
    });
}

asio::awaitable<void> memory::do_abandon(storage_key key, lease grant)
{
    locked([&](memory_table& table, auto) { table.abandon(key, grant); });
    co_return;
}

asio::awaitable<fill_state> memory::do_put(storage_key key, entry value)
{
    check(key, value);
    co_return locked(
        [&](memory_table& table, auto now) { return table.put(key, std::move(value), now); });
}

asio::awaitable<bool> memory::do_put_if_absent(storage_key key, entry value)
{
    check(key, value);
    co_return locked([&](memory_table& table, auto now) {
        return table.put_if_absent(key, std::move(value), now);
    });
}

asio::awaitable<void> memory::do_invalidate(storage_key key, invalidation mode,
                                            std::optional<std::uint64_t> floor)
{
    check(key);
    locked([&](memory_table& table, auto now) { table.invalidate(key, mode, floor, now); });
    co_return;
}

asio::awaitable<bool> memory::do_touch(storage_key key, ttl lifetime)
{
    check(key);
    co_return locked(
        [&](memory_table& table, auto now) { return table.touch(key, lifetime, now); });
}

asio::awaitable<std::int64_t> memory::do_increment(storage_key key, std::int64_t by,
                                                   counter_terms terms)
{
    check(key);
    const auto result =
        locked([&](memory_table& table, auto now) { return table.increment(key, by, terms, now); });
    if (!result)
        throw system_error(errc::not_a_counter, describe());
    co_return *result;
}

asio::awaitable<void> memory::do_bump(std::string space, std::string tag, invalidation mode)
{
    locked([&](memory_table& table, auto now) { table.bump(space, tag, mode, now); });
    co_return;
}

asio::awaitable<void> memory::do_clear(std::string space, std::string group)
{
    locked([&](memory_table& table, auto now) { table.clear(space, group, now); });
    co_return;
}

asio::awaitable<void> memory::do_hold(storage_key key, std::string owner, milliseconds hold_for)
{
    check(key);
    const bool held = locked([&](memory_table& table, auto now) {
        return table.hold(key, std::move(owner), hold_for, now);
    });
    if (!held)
        throw system_error(errc::overloaded, "holds of " + describe());
    co_return;
}

asio::awaitable<void> memory::do_release(storage_key key, std::string owner)
{
    locked([&](memory_table& table, auto) { table.release(key, owner); });
    co_return;
}

asio::awaitable<storage::page> memory::do_scan(std::string space, std::string from,
                                               std::size_t about)
{
    std::size_t segment = 0;
    const char* const end = from.data() + from.size();
    const auto parsed = std::from_chars(from.data(), end, segment);
    if (!from.empty() && (parsed.ec != std::errc() || parsed.ptr != end))
        throw std::invalid_argument("coffer: scan from a place that no earlier page named");

    page result;
    const std::size_t segments = locked([](memory_table& table, auto) { return table.segments(); });
    do // a segment at a time, so that others get the lock in between
        if (segment < segments)
            locked([&](memory_table& table, auto now) {
                table.keys_in(segment, space, now, result.keys);
            });
    while (++segment < segments && result.keys.size() < about);
    if (segment < segments)
        result.next = std::to_string(segment);
    co_return result;
}

asio::awaitable<void> memory::do_close()
{
    std::lock_guard lock(mutex_); // nothing below suspends
    closed_ = true;
    table_.drop_everything();
    co_return;
}

} // namespace

storage_ptr memory_storage(memory_storage_options options)
{
    const std::size_t room = detail::memory_slots::overhead;
    const bool fits = options.max_bytes() > room &&
                      options.max_value() < options.max_bytes() - room &&
                      options.max_key() < options.max_bytes() - room - options.max_value();
    if (!fits)
        throw std::invalid_argument(
            "coffer: memory_storage_options().max_bytes(...) leaves no room for one entry with the "
            "largest key and value; lower max_key(...) and max_value(...), or raise "
            "max_bytes(...)");
    return std::make_shared<memory>(options);
}

} // namespace coffer
