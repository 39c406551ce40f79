// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/envelope_options.hpp>
#include <coffer/redis/client.hpp>
#include <coffer/redis/config.hpp>
#include <coffer/storage/storage.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace coffer {

/// Something about a server that whoever runs it should know.
class redis_storage_notice {
public:
    enum class kind : std::uint8_t {
        evicts,          ///< its maxmemory-policy may take any key away
        cannot_be_asked, ///< it does not say what its policy is
        cannot_wake,     ///< its user may not be told when the load of another process is over
    };

    redis_storage_notice(kind of, std::string words) : what(of), text(std::move(words)) {}

    kind what;
    std::string text;
};

/// How a `redis_storage` writes.
///
/// Errors: what cannot be right throws `std::invalid_argument` where it is written.
class redis_storage_options {
public:
    redis_storage_options() = default;

    /// What all of its names in the server begin with; "coffer" unless said. Storages with
    /// different prefixes have nothing in common, whatever bytes the prefixes are of.
    redis_storage_options& prefix(std::string text);
    /// The largest value that is taken; 32 MiB unless said.
    redis_storage_options& max_value(std::size_t bytes);
    /// The longest key that is taken; 64 KiB unless said. Above 1 KiB its name in the server is
    /// shortened by SHA-256.
    redis_storage_options& max_key(std::size_t bytes);
    /// Compression and seal of what is written.
    redis_storage_options& envelope(envelope_options how);
    /// How long a version is remembered that a put or an invalidation has told; an hour unless
    /// said. Longer than any load takes, and than a replica lags behind. An entry that was put with
    /// a version takes its memory in the server for so long as well.
    redis_storage_options& floor_lifetime(std::chrono::milliseconds lasting);
    /// How many tags and groups of one space have markers; 100,000 unless said. One more, and all
    /// are forgotten, which counts as a clear of the space.
    redis_storage_options& max_markers(std::size_t count);
    /// How many owners may hold one key; 64 unless said. One more is `errc::overloaded`.
    redis_storage_options& max_owners(std::size_t count);
    /// Declares `capability::durable`: only for a server that keeps its data on disk.
    redis_storage_options& durable(bool so = true);
    /// After how long somebody who waits for the load of another process asks by himself, although
    /// the server tells him when it is over; 1 s unless said.
    redis_storage_options& poll(std::chrono::milliseconds pause);
    /// For near tiers that are coherent: how long a server is trusted that says nothing; 2 s unless
    /// said, at least 100 ms and at most a minute. It is asked for a sign of life four times in
    /// that time; after it near tiers ask the storage, until it answers again.
    redis_storage_options& max_silence(std::chrono::milliseconds lasting);
    /// Hears what the check on first use finds; must not throw.
    redis_storage_options& on_notice(std::function<void(const redis_storage_notice&)> handler);

    const std::string& prefix() const noexcept { return prefix_; }
    std::size_t max_value() const noexcept { return max_value_; }
    std::size_t max_key() const noexcept { return max_key_; }
    const envelope_options& envelope() const noexcept { return envelope_; }
    std::chrono::milliseconds floor_lifetime() const noexcept { return floor_lifetime_; }
    std::size_t max_markers() const noexcept { return max_markers_; }
    std::size_t max_owners() const noexcept { return max_owners_; }
    std::chrono::milliseconds max_silence() const noexcept { return max_silence_; }
    bool durable() const noexcept { return durable_; }
    std::chrono::milliseconds poll() const noexcept { return poll_; }
    const std::function<void(const redis_storage_notice&)>& on_notice() const noexcept
    {
        return on_notice_;
    }

private:
    std::string prefix_ = "coffer";
    std::size_t max_value_ = std::size_t{32} << 20;
    std::size_t max_key_ = std::size_t{64} << 10;
    envelope_options envelope_;
    std::chrono::milliseconds floor_lifetime_ = std::chrono::hours(1);
    std::size_t max_markers_ = 100'000;
    std::size_t max_owners_ = 64;
    std::chrono::milliseconds max_silence_ = std::chrono::seconds(2);
    bool durable_ = false;
    std::chrono::milliseconds poll_ = std::chrono::seconds(1);
    std::function<void(const redis_storage_notice&)> on_notice_;
};

/// What a `redis_storage` has done so far.
struct redis_storage_stats {
    std::uint64_t trips = 0;      ///< pipelines sent
    std::uint64_t commands = 0;   ///< in them
    std::uint64_t unreadable = 0; ///< entries that were there and no entries of ours: misses
    std::uint64_t reloads = 0;    ///< how often the server had lost the scripts
    std::uint64_t changes = 0;    ///< names that near tiers were told of
    std::uint64_t epochs = 0;     ///< how often near tiers had to ask anew for all they keep
};

/// Entries in a Redis server, shared by all processes that use the same server and prefix. Copies
/// are handles on the same storage.
///
/// Offers everything but `durable`, which has to be declared. Every operation is one round trip
/// with the server, and a batch of up to 1,000 keys is one; a second one follows where a tag of the
/// entry may have been bumped, and is not known yet. All that must be atomic is done by scripts
/// inside the server, and by its clock.
///
/// The user of the server needs `+@read +@write +@scripting` on the keys `PREFIX:*`, and
/// `+info` for the check of the eviction policy on first use.
///
/// What is lost in the server - evicted, flushed, or by a restart - is a miss: neither an entry nor
/// a lease nor a marker is ever taken as there because it is not. Only version floors are promises
/// that a loss ends.
///
/// Errors: `redis::error` of the client. `errc::server_refused` where the server's words matter,
/// as for a user who may not run scripts.
///
/// Threads: any; but values are copied once more where the caller does not run on the client's
/// executor.
class redis_storage {
public:
    /// Over a client that others use as well; `close()` of the storage leaves it open.
    explicit redis_storage(redis::client over,
                           redis_storage_options options = redis_storage_options());
    /// With a client of its own.
    redis_storage(asio::any_io_executor executor, const redis::config& server,
                  redis_storage_options options = redis_storage_options());

    operator storage_ptr() const { return storage_; }
    storage* operator->() const noexcept { return storage_.get(); }

    redis_storage_stats stats() const;
    /// Loads the scripts and checks the server, as the first use does; else with nothing to hear.
    ///
    /// Errors: as those of operations: so a program can find out at its start that its user lacks
    /// a permission; with a near tier that is to be coherent, also why the server does not tell of
    /// changes.
    asio::awaitable<void> check() const;
    /// When this returns, no near tier of this process that is coherent serves anything older than
    /// what was acknowledged to anybody before the call. Costs one PING for each server; nothing
    /// where no near tier is coherent.
    ///
    /// Errors: `redis::error`, as of a PING: then the promise does not hold.
    asio::awaitable<void> fence() const;

private:
    class store;
    std::shared_ptr<store> store_;
    storage_ptr storage_;
};

} // namespace coffer
