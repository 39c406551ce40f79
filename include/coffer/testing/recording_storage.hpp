// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/errc.hpp>
#include <coffer/net/event.hpp>
#include <coffer/storage/operation.hpp>
#include <coffer/storage/storage.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace coffer::testing {

/// An operation that a `recording_storage` has seen.
class recorded_call {
public:
    storage_operation operation{};
    /// The keys it named; for `bump`, `clear` and `scan` none.
    std::vector<storage_key> keys;
    /// For `bump`, `clear` and `scan`: the space, and the tag, group or place.
    std::string space;
    std::string name;
    enum class outcome : std::uint8_t { running, done, failed } ended = outcome::running;

    /// E.g. `invalidate space:group:id`.
    std::string text() const;
};

/// A storage that writes down what it is asked, and fails or waits where a test says so, around any
/// other. Copies are handles on the same one.
///
/// To fail an operation at every step: run it once and take `calls()`, then once more for each
/// number below it with `fail_at`.
///
/// Threads: every member may be called from any thread at once.
class recording_storage {
public:
    /// When a scripted failure or stop comes.
    enum class moment : std::uint8_t {
        before, ///< the operation is not carried out, or not yet
        after,  ///< it was carried out: the reply is lost, or late
    };

    explicit recording_storage(storage_ptr inner);

    operator storage_ptr() const { return storage_; }
    storage* operator->() const noexcept { return storage_.get(); }

    /// How many operations have begun. Does not count `close`, which is never failed either.
    std::size_t calls() const;
    std::size_t calls(storage_operation what) const;
    std::vector<recorded_call> log() const;
    /// Forgets the log; counting goes on from zero.
    void forget() const;

    /// The n-th call from the start of the log, counted from zero, fails.
    void fail_at(std::size_t number, moment when = moment::before,
                 boost::system::error_code with = errc::storage_failed) const;
    /// The next `times` calls of this operation fail.
    void fail_next(storage_operation what, std::size_t times = 1, moment when = moment::before,
                   boost::system::error_code with = errc::storage_failed) const;
    /// Every call fails until `heal`.
    void fail_all(boost::system::error_code with = errc::storage_failed) const;
    /// Forgets all failures that were asked for.
    void heal() const;

    /// The next call of this operation waits, before it is carried out or with its reply.
    class gate;
    gate stop_next(storage_operation what, moment when = moment::before) const;

private:
    class policy;
    std::shared_ptr<policy> policy_;
    storage_ptr storage_;
};

/// Where one call waits.
class recording_storage::gate {
public:
    /// Set when the call has come to the gate.
    const event& reached() const noexcept { return reached_; }
    /// Lets it go on.
    void open() const { open_.set(); }

private:
    friend class recording_storage;
    moment when_ = moment::before;
    event reached_;
    event open_;
};

} // namespace coffer::testing
