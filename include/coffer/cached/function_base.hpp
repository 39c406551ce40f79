// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/cached/place.hpp>
#include <coffer/cached/settings.hpp>
#include <coffer/load_context.hpp>
#include <coffer/net/background.hpp>
#include <coffer/observe/function_stats.hpp>
#include <coffer/storage/storage.hpp>

#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace coffer::detail {

/// Counters of what is not a hit. Relaxed: they order nothing.
struct function_counters {
    using counter = std::atomic<std::uint64_t>;
    counter hits{0}; // besides those that the near tier counts
    counter storage_hits{0}, loads{0}, joined{0}, stale{0}, errors{0}, cancelled{0};
    counter loads_started{0}, loads_failed{0}, loads_running{0};
    counter stored{0}, poisoned{0}, declined{0}, lease_lost{0};
    counter invalidations{0}, storage_errors{0}, undecodable{0};
};

/// Whether somebody was cancelled: nothing that is remembered, or that others should hear.
bool is_cancellation(const std::exception_ptr& failure) noexcept;

inline void count(function_counters::counter& one) noexcept
{
    one.fetch_add(1, std::memory_order_relaxed);
}

/// Counts a load as running, also where its context destroys it.
class running_load {
public:
    explicit running_load(function_counters& in) noexcept : running_(&in.loads_running)
    {
        count(in.loads_started);
        count(*running_);
    }
    running_load(const running_load&) = delete;
    running_load& operator=(const running_load&) = delete;
    ~running_load() { end(); }

    void end() noexcept
    {
        if (auto* running = std::exchange(running_, nullptr))
            running->fetch_sub(1, std::memory_order_relaxed);
    }

private:
    function_counters::counter* running_; // null once it is over
};

/// What a cached function does that does not depend on its types.
///
/// Lifetime: the awaitables run while the caller holds the function's core.
class function_base {
public:
    function_base(std::string name, function_settings settings);
    virtual ~function_base() = default;
    function_base(const function_base&) = delete;
    function_base& operator=(const function_base&) = delete;

    const std::string& name() const noexcept { return name_; }
    const function_settings& settings() const noexcept { return settings_; }
    place_book& places() noexcept { return places_; }
    bool closed() const noexcept { return closed_.load(std::memory_order_acquire); }
    /// Errors: throws `errc::closed`.
    void require_open() const;

    std::string describe() const;

    bool watched() const noexcept { return static_cast<bool>(settings_.on_event); }
    void tell(event_kind what, std::exception_ptr failure = nullptr,
              std::chrono::nanoseconds took = {}) const noexcept;

    /// The lifetime of a new entry after what the loader said; jitter included.
    ttl lifetime(const load_context::said& said) const;
    /// How long an error is remembered; jitter included.
    ttl error_lifetime() const;
    std::chrono::milliseconds grace(const load_context::said& said) const
    {
        return said.grace.value_or(settings_.grace);
    }
    clock::steady_time now() const noexcept { return settings_.time.now(); }

    // -- the storage protocol; precondition for all: there is a storage ------------------------

    /// A hit, or the right to load. Waits for another process as long as the settings say. Absent
    /// if the storage failed, unless the function is fail-closed. `before` is set to the ticket
    /// from before the question that was answered; it is the caller's.
    asio::awaitable<std::optional<acquired>>
    acquire(storage_key key, std::optional<std::chrono::milliseconds> max_age,
            coherence_ticket* before);
    /// For near(coherent): to be taken before the storage is asked.
    coherence_ticket ticket_for(const storage_key& key) const
    {
        return settings_.near_coherent ? settings_.store->ticket(key) : coherence_ticket();
    }
    /// Fills under a lease. Absent if the storage failed.
    asio::awaitable<std::optional<fill_state>> fill(storage_key key, lease grant, entry value);
    /// `acquire` and `fill` for many keys, without waiting for others; empty if the storage failed.
    asio::awaitable<std::vector<acquired>>
    acquire_all(std::vector<storage_key> keys, std::optional<std::chrono::milliseconds> max_age,
                std::optional<event> waker);
    asio::awaitable<std::vector<fill_state>>
    fill_all(std::vector<storage_key> keys, std::vector<lease> grants, std::vector<entry> values);
    /// Lets a lease go after a failed load; failures are counted only.
    asio::awaitable<void> give_up(storage_key key, lease grant);
    /// As `storage::get`, and absent if the storage failed, unless the function is fail-closed.
    asio::awaitable<std::optional<stored_entry>> peek_storage(storage_key key);

    /// What a load may take after its deadline, to stop or to store, before `close` gives it up.
    static constexpr std::chrono::milliseconds closing_margin{1000};

    function_counters counters;
    background tasks; // every load: `close` waits for them

protected:
    std::atomic<bool> closed_{false};
    const function_settings settings_;

private:
    asio::awaitable<void> storage_failed(std::exception_ptr failure);
    std::chrono::milliseconds lease_for() const noexcept;

    const std::string name_;
    place_book places_;
};

/// Nothing but the settings' own consistency; throws `std::invalid_argument`.
void check_settings(const std::string& name, const function_settings& settings, bool has_codec);

} // namespace coffer::detail
