// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/entry.hpp>
#include <coffer/core/errc.hpp>
#include <coffer/core/storage_key.hpp>
#include <coffer/storage/capability.hpp>
#include <coffer/storage/coherence_board.hpp>
#include <coffer/storage/lease.hpp>
#include <coffer/storage/storage_notes.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>
#include <vector>

namespace coffer {

namespace asio = boost::asio;

/// Encoded entries somewhere: in memory, in files, in a server, in tiers of these.
///
/// A kind of storage derives from this and overrides the members that begin with `do_`. What it
/// does not declare in `able()` is refused here, before any of them is asked.
///
/// The rules that every storage keeps, and `testing::storage_conformance` checks:
///
/// - A fill stores only under a lease that is still valid. An absent lease, sequence or tag marker
///   is never a permission.
/// - When `invalidate`, `put`, `bump` or `clear` has returned, no older value is returned any more
///   (soft forms: none as fresh), and no lease given before can store one.
/// - A time to live of zero stores nothing and removes what was stored.
/// - Whatever it holds that it cannot read is a miss.
/// - Where a key has a floor, a fill must prove a version that is not below it; a value without a
///   version proves nothing. A put is a write and needs none.
///
/// Errors: `boost::system::system_error`. Of coffer's own: `key_too_large`, `value_too_large`,
/// `unsupported` for an operation outside `able()`, for entries with tags where it has no `tags`
/// and for a floor where it has no `floors`; `closed` after `close()`.
///
/// Cancellation: an operation that was cancelled may or may not have been carried out; a lease is
/// then let go by its own expiry.
///
/// Threads: every member may be called from any thread at once. The coroutine resumes on its
/// caller's executor.
///
/// Lifetime: keep a `storage_ptr` for as long as operations run.
class storage {
public:
    storage() = default;
    storage(const storage&) = delete;
    storage& operator=(const storage&) = delete;
    virtual ~storage() = default;

    virtual capabilities able() const noexcept = 0;
    virtual storage_limits limits() const noexcept = 0;
    /// A short description for logs: kind and place, never a secret.
    virtual std::string describe() const = 0;

    /// The entry if there is one that may be served, fresh or in its grace.
    asio::awaitable<std::optional<stored_entry>> get(storage_key key);

    /// A fresh entry, or the right to load one; never waits for another holder. Without the
    /// capability `leases` a miss answers *leased* with an empty grant, and a fill is a put.
    asio::awaitable<acquired> acquire(storage_key key, lease_terms terms);
    /// Extends a lease; false if it is no longer valid.
    asio::awaitable<bool> renew(storage_key key, lease grant, std::chrono::milliseconds lease_for);
    /// Stores under a lease and ends it.
    asio::awaitable<fill_state> fill(storage_key key, lease grant, entry value);
    /// Ends a lease without storing, so that the next caller need not wait for its expiry.
    asio::awaitable<void> abandon(storage_key key, lease grant);

    /// Stores whatever was there, and voids leases. With a version it does not go below the floor,
    /// and raises it. A put that is refused changes nothing, except that it voids leases.
    asio::awaitable<fill_state> put(storage_key key, entry value);
    /// Stores if nothing fresh is there; false if there is.
    asio::awaitable<bool> put_if_absent(storage_key key, entry value);

    /// Removes (hard) or ages (soft) the entry and voids leases, also if no entry is there. With a
    /// floor, versions below it are refused from now on.
    asio::awaitable<void> invalidate(storage_key key, invalidation mode,
                                     std::optional<std::uint64_t> floor);
    /// Gives a fresh entry a new time to live from now; false if there is none.
    asio::awaitable<bool> touch(storage_key key, ttl lifetime);
    /// Adds to a counter and returns the result. A counter reads as its decimal text; a value that
    /// was put or filled is no counter.
    asio::awaitable<std::int64_t> increment(storage_key key, std::int64_t by, counter_terms terms);

    // Batches: results in the order of the keys.
    asio::awaitable<std::vector<std::optional<stored_entry>>>
    get_many(std::vector<storage_key> keys);
    asio::awaitable<std::vector<acquired>> acquire_many(std::vector<storage_key> keys,
                                                        lease_terms terms);
    asio::awaitable<std::vector<fill_state>>
    fill_many(std::vector<storage_key> keys, std::vector<lease> grants, std::vector<entry> values);
    asio::awaitable<std::vector<fill_state>> put_many(std::vector<storage_key> keys,
                                                      std::vector<entry> values);
    asio::awaitable<void> invalidate_many(std::vector<storage_key> keys, invalidation mode);

    /// Invalidates every entry of the space that carries the tag, stored already or being loaded.
    asio::awaitable<void> bump(std::string space, std::string tag, invalidation mode);
    /// Hard-invalidates a whole space, or one group of it if `group` is not empty. O(1) where the
    /// storage has `tags`.
    asio::awaitable<void> clear(std::string space, std::string group);

    /// Takes the entry away, voids leases, and refuses fills and puts of the key until `release`,
    /// or until the time is over; several owners may hold. An owner that holds again sets a new
    /// time.
    asio::awaitable<void> hold(storage_key key, std::string owner,
                               std::chrono::milliseconds hold_for);
    asio::awaitable<void> release(storage_key key, std::string owner);

    /// Some keys of the space, and where to go on. The walk sees every key that is there from its
    /// beginning to its end, perhaps more than once.
    struct page {
        page() = default;
        std::vector<storage_key> keys;
        std::string next; // empty at the end
    };
    asio::awaitable<page> scan(std::string space, std::string from, std::size_t about);

    /// Waits for work in progress and refuses more. Idempotent.
    asio::awaitable<void> close();

    /// Where it notes what changes, for near tiers; null without the capability `pushes`. Asking
    /// for it begins the noting.
    ///
    /// A copy of an entry may be served while a ticket holds that was taken before the operation
    /// was called that read the entry (`get`, `acquire`) or stored it (`fill`). From when such an
    /// operation has returned content, or `stored`, every change of that entry or of its space
    /// voids the ticket, whoever makes it; so did a change that came in between. Changes through
    /// this handle have done so when they return.
    std::shared_ptr<coherence_board> board();
    /// Of the entry of that key, on the board; one that holds nowhere if there is none.
    coherence_ticket ticket(const storage_key& key);

    /// What the users of this handle in this process agree on.
    storage_notes& notes() noexcept { return notes_; }

protected:
    // What a storage carries out, each for the member of that name. They are asked only for what
    // `able()` declares, and without it get no entry with tags and no floor. Those that are not
    // pure have a default: the batches ask one by one, the leases do without, and the rest
    // declines.
    virtual asio::awaitable<std::optional<stored_entry>> do_get(storage_key key) = 0;
    virtual asio::awaitable<acquired> do_acquire(storage_key key, lease_terms terms);
    virtual asio::awaitable<bool> do_renew(storage_key key, lease grant,
                                           std::chrono::milliseconds lease_for);
    virtual asio::awaitable<fill_state> do_fill(storage_key key, lease grant, entry value);
    virtual asio::awaitable<void> do_abandon(storage_key key, lease grant);
    virtual asio::awaitable<fill_state> do_put(storage_key key, entry value) = 0;
    virtual asio::awaitable<bool> do_put_if_absent(storage_key key, entry value);
    virtual asio::awaitable<void> do_invalidate(storage_key key, invalidation mode,
                                                std::optional<std::uint64_t> floor) = 0;
    virtual asio::awaitable<bool> do_touch(storage_key key, ttl lifetime);
    virtual asio::awaitable<std::int64_t> do_increment(storage_key key, std::int64_t by,
                                                       counter_terms terms);
    virtual asio::awaitable<std::vector<std::optional<stored_entry>>>
    do_get_many(std::vector<storage_key> keys);
    virtual asio::awaitable<std::vector<acquired>> do_acquire_many(std::vector<storage_key> keys,
                                                                   lease_terms terms);
    virtual asio::awaitable<std::vector<fill_state>> do_fill_many(std::vector<storage_key> keys,
                                                                  std::vector<lease> grants,
                                                                  std::vector<entry> values);
    virtual asio::awaitable<std::vector<fill_state>> do_put_many(std::vector<storage_key> keys,
                                                                 std::vector<entry> values);
    virtual asio::awaitable<void> do_invalidate_many(std::vector<storage_key> keys,
                                                     invalidation mode);
    virtual asio::awaitable<void> do_bump(std::string space, std::string tag, invalidation mode);
    virtual asio::awaitable<void> do_clear(std::string space, std::string group);
    virtual asio::awaitable<void> do_hold(storage_key key, std::string owner,
                                          std::chrono::milliseconds hold_for);
    virtual asio::awaitable<void> do_release(storage_key key, std::string owner);
    virtual asio::awaitable<page> do_scan(std::string space, std::string from, std::size_t about);
    virtual asio::awaitable<void> do_close() = 0;
    virtual std::shared_ptr<coherence_board> do_board();
    virtual coherence_ticket do_ticket(const storage_key& key);

private:
    bool lacks(capability what) const noexcept { return !able().has(what); }
    /// It carries tags, which this storage would not heed.
    bool lacks_tags_of(const entry& value) const noexcept;
    bool lacks_tags_of(const std::vector<entry>& values) const noexcept;
    [[noreturn]] void decline(const char* operation) const;
    template <class T>
    asio::awaitable<T> declined(const char* operation) const;

    storage_notes notes_;
};

/// How storages are passed around.
using storage_ptr = std::shared_ptr<storage>;

} // namespace coffer
