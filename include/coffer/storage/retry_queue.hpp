// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/clock.hpp>
#include <coffer/core/jitter.hpp>
#include <coffer/storage/storage.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace coffer {

/// An invalidation that the storage has not carried out yet, as far as is known.
class pending_invalidation {
public:
    enum class subject : std::uint8_t {
        key,
        tag,   ///< `key.space`, and the tag as `key.id`
        place, ///< a clear of `key.space`, or of `key.group` in it
    };

    pending_invalidation(subject of, storage_key at, invalidation how,
                         std::optional<std::uint64_t> least = std::nullopt)
        : what(of), key(std::move(at)), mode(how), floor(least)
    {}

    subject what;
    storage_key key;
    invalidation mode;
    std::optional<std::uint64_t> floor;

    /// E.g. `key space:group:id`.
    std::string text() const;
};

/// The bounds and times of a `retry_queue`.
///
/// Errors: a bound of zero, or a time that is not positive, throws `std::invalid_argument`.
class retry_options {
public:
    /// How many invalidations wait at most; 10,000 by default. One more, and those of its space
    /// become a clear of the space. Where the storage cannot clear, the space, and if there are too
    /// many spaces everything, is not trusted any more until this process ends.
    retry_options& limit(std::size_t count);
    /// The longest pause after a failure, 100 ms by default; doubled with each round that delivers
    /// nothing, up to `longest`, 30 s by default. How long it really is, is left to chance, so that
    /// not all processes come back to a storage at once.
    retry_options& pause(std::chrono::milliseconds first,
                         std::optional<std::chrono::milliseconds> longest = std::nullopt);
    /// The chance in the pauses; the machine's by default.
    retry_options& jitter(coffer::jitter source);
    /// Where the queue is drained; by default on the executor of whoever's invalidation failed.
    retry_options& executor(asio::any_io_executor where);
    /// Hears when a space, or everything (then it is empty), is not trusted for good; must not
    /// throw.
    retry_options& on_lost(std::function<void(std::string space)> handler);
    retry_options& clock(coffer::clock time);

    std::size_t limit() const noexcept { return limit_; }
    std::chrono::milliseconds pause() const noexcept { return pause_; }
    std::chrono::milliseconds longest_pause() const noexcept { return longest_pause_; }
    const coffer::jitter& jitter() const noexcept { return jitter_; }
    const std::optional<asio::any_io_executor>& executor() const noexcept { return executor_; }
    const std::function<void(std::string)>& on_lost() const noexcept { return on_lost_; }
    const coffer::clock& clock() const noexcept { return clock_; }

private:
    std::size_t limit_ = 10'000;
    std::chrono::milliseconds pause_{100};
    std::chrono::milliseconds longest_pause_{30'000};
    coffer::jitter jitter_;
    std::optional<asio::any_io_executor> executor_;
    std::function<void(std::string)> on_lost_;
    coffer::clock clock_;
};

/// Repeats invalidations that failed, and trusts nothing they concern until they are delivered.
/// Copies are handles on the same queue.
///
/// A writer hears of its error at once: `invalidate`, `invalidate_many`, `bump` or `clear` throws
/// what the storage threw, a cancellation too, and whatever may not have been carried out waits in
/// the queue. Until it is delivered, this process sees the keys that it concerns so:
///
/// - `get` finds nothing, `acquire` answers *bypass*: load, and do not store;
/// - a fill is refused (`lease_lost`), also under a lease from before; `renew` and `touch` answer
///   false; `scan` leaves the keys out;
/// - `put` goes through, unless its version is below a floor that waits; the key is not trusted all
///   the same, and the delivery will remove what was put: a miss, nothing else;
/// - `put_if_absent` and `increment`, which build on what is there, fail with
///   `errc::storage_unavailable`.
///
/// Other processes see the older value until the delivery, at most for its time to live.
///
/// Threads: every member may be called from any thread at once.
class retry_queue {
public:
    explicit retry_queue(storage_ptr inner, retry_options options = retry_options());

    operator storage_ptr() const { return storage_; }
    storage* operator->() const noexcept { return storage_.get(); }

    /// How many invalidations wait.
    std::size_t pending() const;
    /// What waits, in the order in which it will be tried.
    std::vector<pending_invalidation> list() const;
    /// False if something waits that concerns the key, apart from tags.
    bool trusts(const storage_key& key) const;
    /// How many have been delivered after a failure.
    std::uint64_t delivered() const;

    /// Tries all that waits once, now; returns how many remain.
    asio::awaitable<std::size_t> flush() const;
    /// As `flush`, and closes the storage. What remains can be listed afterwards; it is lost with
    /// this process, so other processes may see those values for their time to live.
    asio::awaitable<std::size_t> close() const;

private:
    class policy;
    std::shared_ptr<policy> policy_;
    storage_ptr storage_;
};

} // namespace coffer
