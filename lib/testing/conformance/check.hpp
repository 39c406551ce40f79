// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/net/background.hpp>
#include <coffer/testing/storage_conformance.hpp>

#include <mutex>
#include <optional>
#include <source_location>
#include <string>
#include <vector>

namespace coffer::testing::conformance {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

/// What one check works with: the storage, names that no other check uses, and what to expect.
class trial {
public:
    trial(const storage_subject& subject, storage_ptr store, std::string space);

    storage& store() const noexcept { return *store_; }
    const std::string& space() const noexcept { return space_; }
    std::string other_space() const { return space_ + "-other"; }
    storage_key key(std::string id) const { return storage_key(space_, "group", std::move(id)); }
    bool able(capability what) const noexcept { return store_->able().has(what); }
    std::size_t threads() const noexcept { return subject_.threads(); }

    // Time. A unit is a span in which the storage surely notices that time has passed.
    bool exact() const noexcept { return subject_.exact(); }
    milliseconds unit() const noexcept { return unit_; }
    /// Lets so much time pass that what lasts for `span` is surely over.
    asio::awaitable<void> outlast(milliseconds span) const;
    /// Lets exactly so much time pass. Only for exact subjects.
    asio::awaitable<void> advance(milliseconds span) const;

    /// Notes a failure unless `holds`. Called from any thread.
    void expect(bool holds, std::string_view what,
                std::source_location where = std::source_location::current());
    /// As `expect`, and ends the check.
    void require(bool holds, std::string_view what,
                 std::source_location where = std::source_location::current());
    void fail(std::string_view what);
    std::string failures() const;

    // Shorthands, on keys of one group.
    asio::awaitable<fill_state> put(std::string id, std::string text) const;
    asio::awaitable<fill_state> put(std::string id, entry value) const;
    asio::awaitable<std::optional<std::string>> read(std::string id) const;
    asio::awaitable<acquired> acquire(std::string id) const;
    asio::awaitable<fill_state> fill(std::string id, lease grant, std::string text) const;
    asio::awaitable<void> drop(std::string id, invalidation mode = invalidation::hard) const;
    /// Takes a lease that must be there.
    asio::awaitable<lease> take(std::string id);
    /// The code that an operation fails with; none if it does not.
    static asio::awaitable<boost::system::error_code> failure_of(asio::awaitable<void> operation);

    /// Long enough for a check, and short enough to be forgotten after it.
    milliseconds lease_time() const noexcept { return exact() ? 10s : 60s; }

private:
    const storage_subject& subject_;
    const storage_ptr store_;
    const std::string space_;
    const milliseconds unit_;
    mutable std::mutex mutex_;
    std::string failures_; // guarded by mutex_
};

/// Where only the failure counts.
template <class T>
asio::awaitable<void> without_result(asio::awaitable<T> operation)
{
    co_await std::move(operation);
}

/// Thrown by `trial::require` after it has noted the failure.
class given_up {};

inline entry with_life(std::string text, ttl lifetime, milliseconds grace = 0ms)
{
    entry result(std::move(text));
    result.lifetime = lifetime;
    result.grace = grace;
    return result;
}

inline entry with_tags(std::string text, std::vector<std::string> tags, milliseconds grace = 0ms)
{
    entry result(std::move(text));
    result.tags = std::move(tags);
    result.grace = grace;
    return result;
}

inline entry with_version(std::string text, std::uint64_t version)
{
    entry result(std::move(text));
    result.version = version;
    return result;
}

struct check {
    const char* name;
    capabilities needs;
    asio::awaitable<void> (*run)(trial&);
};

using checks = std::vector<check>;

// In the order in which they run, each in a file of its name.
void add_basics(checks& to);
void add_limits(checks& to);
void add_lifetimes(checks& to);
void add_invalidation(checks& to);
void add_leases(checks& to);
void add_void_leases(checks& to);
void add_tags(checks& to);
void add_floors(checks& to);
void add_counters(checks& to);
void add_holds(checks& to);
void add_places(checks& to);
void add_batches(checks& to);
void add_concurrency(checks& to);
void add_closing(checks& to);

} // namespace coffer::testing::conformance
