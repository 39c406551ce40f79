// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/storage/storage.hpp>
#include <coffer/testing/manual_clock.hpp>

#include <chrono>
#include <concepts>
#include <functional>
#include <string>
#include <vector>

namespace coffer::testing {

namespace asio = boost::asio;

/// A kind of storage that is to be checked: how to make one, and how time passes for it.
class storage_subject {
public:
    using maker = std::function<asio::awaitable<storage_ptr>()>;
    using passing = std::function<asio::awaitable<void>(std::chrono::milliseconds)>;

    /// `making` returns a storage nobody else uses; it is called once for each check. Keys of
    /// different checks never meet, so it may stand on a server that is not emptied in between.
    explicit storage_subject(maker making);
    /// The same, from a plain function.
    template <class Make>
        requires std::convertible_to<std::invoke_result_t<Make&>, storage_ptr>
    explicit storage_subject(Make plain) : storage_subject(lift(std::move(plain)))
    {}

    /// The storage reads this clock: expiry is then checked to the millisecond, and nothing waits.
    /// Without it checks really wait, several times the `resolution` in the limits.
    storage_subject& clock(manual_clock by_hand);
    /// How time passes otherwise, e.g. by a command to a server under test.
    storage_subject& passing_by(passing advance);
    /// How many threads the checks on concurrency use; 4 by default.
    storage_subject& threads(std::size_t count);

    const maker& make() const noexcept { return make_; }
    const passing& pass() const noexcept { return pass_; }
    bool exact() const noexcept { return exact_; }
    std::size_t threads() const noexcept { return threads_; }

private:
    static maker lift(std::function<storage_ptr()> make);

    maker make_;
    passing pass_;
    bool exact_ = false;
    std::size_t threads_ = 4;
};

/// What became of one check.
class conformance_result {
public:
    enum class verdict : std::uint8_t {
        passed,
        failed,
        skipped, ///< the storage does not declare what the check is about
    };

    conformance_result() = default;
    conformance_result(std::string of, verdict how, std::string why)
        : name(std::move(of)), outcome(how), message(std::move(why))
    {}

    std::string name;
    verdict outcome = verdict::failed;
    std::string message; ///< each expectation that failed, with its place; or what is missing
};

/// The names of all checks, e.g. "lease: an absent lease never grants".
std::vector<std::string> storage_conformance_checks();

/// Runs one check on a storage of its own, which it closes.
///
/// Errors: `std::invalid_argument` for a name that is none; what the storage throws fails the
/// check instead.
asio::awaitable<conformance_result> check_storage(storage_subject subject, std::string name);

/// Checks that a storage keeps the contract of `storage`, as far as it declares to: runs every
/// check, one after the other. Belongs to no test framework:
///
///     auto make = [] { return std::make_shared<my_storage>(); };
///     auto results = co_await coffer::testing::storage_conformance(storage_subject(make));
///     for (const auto& one : results)
///         if (one.outcome == conformance_result::verdict::failed) …
///
/// The checks on concurrency run their own threads, so the calling context must be run until the
/// coroutine ends, not polled.
asio::awaitable<std::vector<conformance_result>> storage_conformance(storage_subject subject);

} // namespace coffer::testing
