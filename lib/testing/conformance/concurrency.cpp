// SPDX-License-Identifier: BSL-1.0
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "testing/conformance/check.hpp"

#include <atomic>
#include <set>

namespace coffer::testing::conformance {
namespace {

using task = std::function<asio::awaitable<void>(std::size_t)>;

asio::awaitable<void> run_one(const task& make, std::size_t which)
{
    co_await asio::post(asio::use_awaitable);
    co_await make(which);
}

/// Runs `count` coroutines on the threads of the trial, to their end.
asio::awaitable<void> on_threads(trial& t, std::size_t count, const task& make)
{
    asio::thread_pool pool(t.threads());
    const background tasks([&](std::exception_ptr failure) {
        try {
            std::rethrow_exception(failure);
        } catch (const given_up&) { // the failure has been noted
        } catch (const std::exception& error) {
            t.fail(std::string("threw on a thread: ") + error.what());
        }
    });
    for (std::size_t i = 0; i < count; ++i)
        tasks.start(pool.get_executor(), run_one(make, i));
    co_await tasks.idle();
    pool.join(); // a storage's own thread may still be letting go of its executor
}

asio::awaitable<void> counting(trial& t)
{
    std::mutex mutex;
    std::set<std::int64_t> results;
    const auto count = [](trial& with, std::mutex& guard,
                          std::set<std::int64_t>& to) -> asio::awaitable<void> {
        const counter_terms terms;
        for (int i = 0; i < 100; ++i) {
            const auto result = co_await with.store().increment(with.key("k"), 1, terms);
            std::lock_guard lock(guard);
            to.insert(result);
        }
    };
    const task each = [&](std::size_t) { return count(t, mutex, results); };
    co_await on_threads(t, 8, each);
    t.expect(results.size() == 800, "no two increments have the same result");
    t.expect(!results.empty() && *results.rbegin() == 800, "and none is lost");
}

asio::awaitable<void> one_winner(trial& t)
{
    std::atomic<int> winners{0};
    const auto contend = [](trial& with, std::size_t which,
                            std::atomic<int>& won) -> asio::awaitable<void> {
        const entry mine(std::to_string(which));
        const bool stored = co_await with.store().put_if_absent(with.key("k"), mine);
        won += stored ? 1 : 0;
    };
    const task each = [&](std::size_t which) { return contend(t, which, winners); };
    co_await on_threads(t, 32, each);
    t.expect(winners == 1, "of many put_if_absent at once one stores");
}

asio::awaitable<void> one_lease(trial& t)
{
    std::atomic<int> granted{0};
    const auto contend = [](trial& with, std::atomic<int>& count) -> asio::awaitable<void> {
        auto answer = co_await with.acquire("k");
        count += answer.grant ? 1 : 0;
    };
    const task each = [&](std::size_t) { return contend(t, granted); };
    co_await on_threads(t, 64, each);
    t.expect(granted == 1, "of many who miss at once one gets the lease");
}

/// A source of truth with one number in it, and what is known to be no longer valid.
class source {
public:
    std::uint64_t read() const { return committed_; }
    std::uint64_t commit() { return ++committed_; }
    /// The invalidation for the commit of `version` has returned.
    void announce(std::uint64_t version)
    {
        std::uint64_t known = announced_;
        while (known < version && !announced_.compare_exchange_weak(known, version))
            ;
    }
    std::uint64_t announced() const { return announced_; }

private:
    std::atomic<std::uint64_t> committed_{0};
    std::atomic<std::uint64_t> announced_{0};
};

using invalidator = asio::awaitable<void> (*)(trial&);

asio::awaitable<void> write(trial& t, source& truth, invalidator invalidate)
{
    for (int i = 0; i < 60; ++i) {
        const std::uint64_t version = truth.commit();
        co_await asio::post(asio::use_awaitable);
        co_await invalidate(t);
        truth.announce(version);
        co_await asio::post(asio::use_awaitable);
    }
}

asio::awaitable<void> read(trial& t, source& truth)
{
    for (int i = 0; i < 150; ++i) {
        const std::uint64_t least = truth.announced();
        auto answer = co_await t.acquire("k");
        if (answer.state == acquired_state::hit && std::stoull(answer.found->payload) < least)
            t.fail("a hit is older than an invalidation that returned before it was asked for");
        if (answer.grant) {
            entry loaded(std::to_string(truth.read()));
            if (t.able(capability::tags))
                loaded.tags = {"tag"};
            co_await asio::post(asio::use_awaitable); // the load takes its time
            co_await t.store().fill(t.key("k"), answer.grant, std::move(loaded));
        }
        co_await asio::post(asio::use_awaitable);
    }
}

/// Readers that load and fill, writers that commit and invalidate, as they come.
asio::awaitable<void> never_stale(trial& t, invalidator invalidate)
{
    source truth;
    const task each = [&](std::size_t which) {
        return which % 3 == 0 ? write(t, truth, invalidate) : read(t, truth);
    };
    co_await on_threads(t, 9, each);
    auto last = co_await t.read("k");
    t.expect(!last || std::stoull(*last) == truth.read(),
             "when all is quiet, what is left is the newest value or nothing");
}

asio::awaitable<void> against_invalidate(trial& t)
{
    return never_stale(t, [](trial& with) { return with.drop("k"); });
}

asio::awaitable<void> against_bump(trial& t)
{
    return never_stale(
        t, [](trial& with) { return with.store().bump(with.space(), "tag", invalidation::hard); });
}

asio::awaitable<void> against_clear(trial& t)
{
    return never_stale(t, [](trial& with) { return with.store().clear(with.space(), ""); });
}

asio::awaitable<void> whole_values(trial& t)
{
    std::atomic<bool> torn{false};
    const auto use = [](trial& with, std::size_t which,
                        std::atomic<bool>& broken) -> asio::awaitable<void> {
        const std::string mine(1 + which * 997, static_cast<char>('a' + which));
        for (int i = 0; i < 30; ++i) {
            co_await with.put("k", mine);
            auto read = co_await with.read("k");
            if (!read || read->empty())
                continue; // another storage may have evicted it
            const char first = read->front();
            const std::size_t size = 1 + static_cast<std::size_t>(first - 'a') * 997;
            if (*read != std::string(size, first))
                broken = true;
        }
    };
    const task each = [&](std::size_t which) { return use(t, which, torn); };
    co_await on_threads(t, 8, each);
    t.expect(!torn, "a value that is read is one that was written, as a whole");
}

} // namespace

void add_concurrency(checks& to)
{
    using enum capability;
    to.push_back({"concurrency: no increment is lost", {counters}, counting});
    to.push_back({"concurrency: one of many put_if_absent stores", {put_if_absent}, one_winner});
    to.push_back({"concurrency: one of many who miss gets the lease", {leases}, one_lease});
    to.push_back({"concurrency: values are never mixed", {}, whole_values});
    to.push_back({"concurrency: no hit is older than an invalidation that returned",
                  {leases},
                  against_invalidate});
    to.push_back(
        {"concurrency: no hit is older than a bump that returned", {leases, tags}, against_bump});
    to.push_back({"concurrency: no hit is older than a clear that returned",
                  {leases, clear},
                  against_clear});
}

} // namespace coffer::testing::conformance
