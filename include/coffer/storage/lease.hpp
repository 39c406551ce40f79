// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/entry.hpp>
#include <coffer/net/event.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace coffer {

/// The right to fill one key once. Unique for each fill, never reused; given by a storage, and
/// voided there by whatever changes the key: put, invalidate, clear, a bump of one of its tags.
struct lease {
    std::array<std::uint64_t, 2> token{}; ///< random; all zero is no lease
    /// The space's sequence when the lease was given: a tag bumped later refuses the fill.
    std::uint64_t sequence = 0;

    explicit operator bool() const noexcept { return token[0] != 0 || token[1] != 0; }
    friend bool operator==(const lease&, const lease&) = default;
};

/// What an `acquire` asks for. A plain duration converts to it.
class lease_terms {
public:
    template <class Rep, class Period>
    lease_terms(std::chrono::duration<Rep, Period> lasting)
        : lease_for(std::chrono::ceil<std::chrono::milliseconds>(lasting))
    {}

    /// An entry that is not younger than this is answered as stale, with the lease to replace it.
    /// Zero asks for the lease whatever is there: so a refresh keeps the rules of a fill.
    lease_terms& accept_age(std::chrono::milliseconds most) noexcept
    {
        max_age = most;
        return *this;
    }

    /// For who waits where the answer is busy: the storage sets the event when it hears that the
    /// lease may have ended. It may never hear, so wait for `acquired::retry_after` at most.
    lease_terms& wake(event one)
    {
        waker = std::move(one);
        return *this;
    }

    std::chrono::milliseconds lease_for; ///< how long the grant should last unless renewed
    std::optional<std::chrono::milliseconds> max_age;
    std::optional<event> waker;
};

/// What `acquire` found.
enum class acquired_state : std::uint8_t {
    hit,    ///< a fresh entry
    stale,  ///< an entry in its grace or older than asked, and the lease: serve it, and load
    leased, ///< nothing servable, and the lease: load and fill
    busy,   ///< someone else holds the lease: wait about `retry_after`, or load without storing.
            ///< A stale entry comes along if there is one.
    bypass, ///< load, and do not store: the key is held, or not trusted at the moment
};

/// The answer of `storage::acquire`.
class acquired {
public:
    acquired() = default;

    acquired_state state = acquired_state::bypass;
    std::optional<stored_entry> found;        ///< for hit, stale, and busy with a stale entry
    lease grant;                              ///< for stale and leased
    std::chrono::milliseconds lease_for{0};   ///< how long the grant lasts unless renewed
    std::chrono::milliseconds retry_after{0}; ///< for busy: when to ask again
};

/// What became of a fill or a put.
enum class fill_state : std::uint8_t {
    stored,
    lease_lost,  ///< the key changed since the lease was given, or the lease ran out
    below_floor, ///< the version is older than a write that is known
    held,        ///< a writer holds the key
};

/// How an older value may still be used after an invalidation.
enum class invalidation : std::uint8_t {
    hard, ///< never again
    soft, ///< as a stale fallback, within its grace
};

/// What `increment` does around the addition.
struct counter_terms {
    std::int64_t initial = 0;          ///< the value before the first increment
    std::optional<std::int64_t> floor; ///< the result is raised to it
    ttl lifetime = never;              ///< set when the counter is created; not renewed later
};

} // namespace coffer
