// SPDX-License-Identifier: BSL-1.0
#include <coffer/storage/retry_queue.hpp>

#include <coffer/net/as_result.hpp>
#include <coffer/storage/memory_storage.hpp>
#include <coffer/testing/manual_clock.hpp>
#include <coffer/testing/recording_storage.hpp>

#include "support/conformance.hpp"
#include "support/coro_test.hpp"

#include <boost/asio/error.hpp>

using namespace std::chrono_literals;
using coffer::acquired_state;
using coffer::entry;
using coffer::errc;
using coffer::fill_state;
using coffer::invalidation;
using coffer::retry_options;
using coffer::retry_queue;
using coffer::storage_key;
using coffer::testing::manual_clock;
using coffer::testing::recording_storage;
using support::drain;
using support::start;
using op = coffer::storage_operation;
namespace asio = boost::asio;

namespace {

constexpr auto hard = invalidation::hard;
const storage_key a("space", "group", "a");
const storage_key b("space", "group", "b");

entry tagged(std::string text, std::string tag)
{
    entry result(std::move(text));
    result.tags = {std::move(tag)};
    return result;
}

entry versioned(std::string text, std::uint64_t version)
{
    entry result(std::move(text));
    result.version = version;
    return result;
}

struct fixture {
    asio::io_context io;
    manual_clock time;
    recording_storage inner{coffer::memory_storage(coffer::memory_storage_options().clock(time))};
    retry_queue queue{inner, options()};
    std::vector<std::string> lost;

    ~fixture()
    {
        inner.heal();
        auto closing = start(io, queue.close());
        drain(io);
        CHECK(closing.done());
        CHECK(time.pending() == 0);
    }

    retry_options options()
    {
        retry_options result;
        result.clock(time)
            .pause(100ms, 400ms)
            .jitter(coffer::jitter::none())
            .on_lost([this](std::string space) { lost.push_back(std::move(space)); });
        return result;
    }

    template <class T>
    T now(asio::awaitable<T> operation)
    {
        return support::run(io, std::move(operation));
    }
    void now(asio::awaitable<void> operation) { support::run(io, std::move(operation)); }

    /// Tries it, and expects the storage's failure.
    void fails(asio::awaitable<void> operation)
    {
        auto tried = start(io, std::move(operation));
        drain(io);
        CHECK(tried.error() == errc::storage_failed);
    }

    void pass(std::chrono::milliseconds span)
    {
        time.advance(span);
        drain(io);
    }
};

} // namespace

TEST_CASE_FIXTURE(fixture, "retry queue: while nothing fails it is not in the way")
{
    now(queue->put(a, entry("v")));
    now(queue->invalidate(a, hard, std::nullopt));
    CHECK(queue.pending() == 0);
    CHECK(time.pending() == 0);
    CHECK(inner.calls() == 2);
}

TEST_CASE_FIXTURE(fixture, "retry queue: the writer hears of the error, and the key is not trusted")
{
    now(queue->put(a, entry("old")));
    now(queue->put(b, entry("other")));
    inner.fail_all();
    fails(queue->invalidate(a, hard, std::nullopt));
    inner.heal();
    CHECK(queue.pending() == 1);
    CHECK_FALSE(queue.trusts(a));
    CHECK(queue.trusts(b));

    CHECK_FALSE(now(queue->get(a)));
    CHECK(now(queue->acquire(a, 1s)).state == acquired_state::bypass);
    CHECK(now(queue->fill(a, coffer::lease(), entry("old"))) == fill_state::lease_lost);
    CHECK_FALSE(now(queue->touch(a, 1s)));
    CHECK_FALSE(now(queue->renew(a, coffer::lease(), 1s)));
    CHECK(now(queue->get(b))->payload == "other");
    const auto page = now(queue->scan("space", "", 100));
    CHECK(page.keys == std::vector<storage_key>{b});
    auto added = start(io, queue->put_if_absent(a, entry("x")));
    auto counted = start(io, queue->increment(a, 1, coffer::counter_terms()));
    drain(io);
    CHECK(added.error() == errc::storage_unavailable);
    CHECK(counted.error() == errc::storage_unavailable);
    CHECK(now(inner->get(a))->payload == "old"); // all that never reached the storage
}

TEST_CASE_FIXTURE(fixture, "retry queue: it repeats with growing pauses until the storage is back")
{
    now(queue->put(a, entry("old")));
    inner.fail_all();
    fails(queue->invalidate(a, hard, std::nullopt));
    std::size_t tried = inner.calls(op::invalidate);
    for (auto pause : {100ms, 200ms, 400ms, 400ms}) {
        pass(pause - 1ms);
        CHECK(inner.calls(op::invalidate) == tried);
        pass(1ms);
        CHECK(inner.calls(op::invalidate) == ++tried);
    }
    inner.heal();
    pass(400ms);
    CHECK(queue.pending() == 0);
    CHECK(queue.delivered() == 1);
    CHECK(queue.trusts(a));
    CHECK(time.pending() == 0); // nothing goes on in the background
    CHECK_FALSE(now(inner->get(a)));
}

TEST_CASE_FIXTURE(fixture, "retry queue: a second failure later starts the repeating again")
{
    inner.fail_next(op::invalidate);
    fails(queue->invalidate(a, hard, std::nullopt));
    pass(100ms);
    CHECK(queue.pending() == 0);
    inner.fail_next(op::invalidate);
    fails(queue->invalidate(b, hard, std::nullopt));
    pass(100ms);
    CHECK(queue.pending() == 0);
    CHECK(queue.delivered() == 2);
}

TEST_CASE_FIXTURE(fixture, "retry queue: an older load never gets in, before or after the delivery")
{
    auto before = now(queue->acquire(a, 1h));
    inner.fail_next(op::invalidate);
    fails(queue->invalidate(a, hard, std::nullopt));
    CHECK(now(queue->fill(a, before.grant, entry("old"))) == fill_state::lease_lost);
    pass(100ms);
    CHECK(queue.trusts(a));
    CHECK(now(queue->fill(a, before.grant, entry("old"))) == fill_state::lease_lost);
    CHECK_FALSE(now(queue->get(a)));
}

TEST_CASE_FIXTURE(fixture,
                  "retry queue: a reply that was lost is delivered once more, without harm")
{
    now(queue->put(a, entry("old")));
    inner.fail_next(op::invalidate, 1, recording_storage::moment::after);
    fails(queue->invalidate(a, hard, std::nullopt));
    CHECK_FALSE(queue.trusts(a));
    pass(100ms);
    CHECK(queue.trusts(a));
    CHECK_FALSE(now(queue->get(a)));
}

TEST_CASE_FIXTURE(fixture,
                  "retry queue: a cancelled invalidation may not have arrived, so it waits")
{
    now(queue->put(a, entry("old")));
    auto gate = inner.stop_next(op::invalidate);
    auto writer = start(io, queue->invalidate(a, hard, std::nullopt));
    drain(io);
    writer.cancel();
    drain(io);
    CHECK(writer.error() == asio::error::operation_aborted);
    CHECK_FALSE(queue.trusts(a));
    pass(100ms);
    CHECK(queue.trusts(a));
    CHECK_FALSE(now(inner->get(a)));
}

TEST_CASE_FIXTURE(fixture, "retry queue: what can never succeed does not wait")
{
    for (auto code : {errc::unsupported, errc::key_too_large, errc::closed}) {
        inner.fail_next(op::invalidate, 1, recording_storage::moment::before, code);
        auto tried = start(io, queue->invalidate(a, hard, std::nullopt));
        drain(io);
        CHECK(tried.error() == code);
        CHECK(queue.pending() == 0);
    }
}

TEST_CASE_FIXTURE(fixture,
                  "retry queue: the next invalidation of the key delivers what waits as well")
{
    inner.fail_next(op::invalidate);
    fails(queue->invalidate(a, hard, 7));
    now(queue->invalidate(a, invalidation::soft, 3));
    CHECK(queue.pending() == 0);
    CHECK(now(queue->put(a, versioned("old", 6))) == fill_state::below_floor);
    CHECK(now(queue->put(a, versioned("new", 7))) == fill_state::stored);
}

TEST_CASE_FIXTURE(fixture, "retry queue: floors that wait bind puts, and other puts go through")
{
    inner.fail_all();
    fails(queue->invalidate(a, hard, 7));
    inner.heal();
    CHECK(now(queue->put(a, versioned("old", 6))) == fill_state::below_floor);
    CHECK_FALSE(now(inner->get(a)));
    CHECK(now(queue->put(a, versioned("new", 8))) == fill_state::stored);
    CHECK(now(inner->get(a))->payload == "new"); // for the other processes
    CHECK_FALSE(now(queue->get(a)));             // this one waits for the delivery
    const std::vector<storage_key> keys = {a, b};
    const std::vector<entry> values = {versioned("old", 6), versioned("first", 1)};
    const std::vector<fill_state> expected = {fill_state::below_floor, fill_state::stored};
    CHECK(now(queue->put_many(keys, values)) == expected);
}

TEST_CASE_FIXTURE(fixture,
                  "retry queue: a tag that waits hides what carries it and refuses its loads")
{
    now(queue->put(a, tagged("old", "red")));
    now(queue->put(b, tagged("other", "blue")));
    auto loading = now(queue->acquire(storage_key("space", "group", "c"), 1h));
    inner.fail_next(op::bump);
    fails(queue->bump("space", "red", hard));
    CHECK_FALSE(now(queue->get(a)));
    CHECK(now(queue->acquire(a, 1s)).state == acquired_state::bypass);
    CHECK(now(queue->get(b))->payload == "other");
    const storage_key c("space", "group", "c");
    CHECK(now(queue->fill(c, loading.grant, tagged("old", "red"))) == fill_state::lease_lost);
    pass(100ms);
    CHECK(queue.pending() == 0);
    CHECK_FALSE(now(inner->get(a)));
    CHECK(now(queue->fill(c, loading.grant, tagged("old", "red"))) == fill_state::lease_lost);
}

TEST_CASE_FIXTURE(fixture,
                  "retry queue: a lease that comes with a distrusted entry goes back at once")
{
    entry graceful = tagged("old", "red");
    graceful.grace = 1h;
    now(queue->put(a, graceful));
    now(queue->invalidate(a, invalidation::soft, std::nullopt));
    inner.fail_next(op::bump);
    fails(queue->bump("space", "red", hard));
    CHECK(now(queue->acquire(a, 1h)).state == acquired_state::bypass);
    CHECK(now(inner->acquire(a, 1h)).state == acquired_state::stale); // not busy for others
}

TEST_CASE_FIXTURE(fixture, "retry queue: a clear that waits hides its whole place")
{
    now(queue->put(a, entry("old")));
    const storage_key elsewhere("space", "other", "x");
    now(queue->put(elsewhere, entry("kept")));
    inner.fail_next(op::clear);
    fails(queue->clear("space", "group"));
    CHECK_FALSE(now(queue->get(a)));
    CHECK(now(queue->get(elsewhere)));
    pass(100ms);
    CHECK_FALSE(now(inner->get(a)));
    CHECK(queue.trusts(a));
}

TEST_CASE_FIXTURE(fixture, "retry queue: batches answer for each key by itself")
{
    const storage_key c("space", "group", "c");
    now(queue->put(a, entry("1")));
    now(queue->put(b, entry("2")));
    auto mine = now(queue->acquire(c, 1h));
    inner.fail_next(op::invalidate);
    fails(queue->invalidate(a, hard, std::nullopt));
    const std::vector<storage_key> keys = {b, a, c};
    const auto found = now(queue->get_many(keys));
    CHECK(found[0]->payload == "2");
    CHECK_FALSE(found[1]);
    CHECK_FALSE(found[2]);
    const auto answers = now(queue->acquire_many(keys, 1s));
    CHECK(answers[0].state == acquired_state::hit);
    CHECK(answers[1].state == acquired_state::bypass);
    CHECK(answers[2].state == acquired_state::busy);
    const std::vector<storage_key> filled = {a, c};
    const std::vector<coffer::lease> grants = {coffer::lease(), mine.grant};
    const std::vector<entry> values = {entry("old"), entry("3")};
    const std::vector<fill_state> expected = {fill_state::lease_lost, fill_state::stored};
    CHECK(now(queue->fill_many(filled, grants, values)) == expected);
}

TEST_CASE_FIXTURE(fixture, "retry queue: a batch of invalidations that fails waits as a whole")
{
    now(queue->put(a, entry("1")));
    now(queue->put(b, entry("2")));
    inner.fail_next(op::invalidate_many);
    const std::vector<storage_key> keys = {a, b};
    fails(queue->invalidate_many(keys, hard));
    CHECK(queue.pending() == 2);
    CHECK_FALSE(now(queue->get(b)));
    now(queue->invalidate_many(keys, hard));
    CHECK(queue.pending() == 0);
}

TEST_CASE_FIXTURE(fixture, "retry queue: full, the space waits to be cleared instead")
{
    const retry_queue small(inner, options().limit(2));
    now(small->put(a, entry("1")));
    const storage_key c("space", "group", "c");
    now(small->put(c, entry("3")));
    inner.fail_next(op::invalidate, 3);
    for (const char* id : {"x", "y", "z"})
        fails(small->invalidate(storage_key("space", "group", id), hard, std::nullopt));
    CHECK(small.pending() == 1);
    CHECK(small.list().front().text() == "clear space");
    CHECK_FALSE(now(small->get(a)));
    pass(100ms);
    CHECK(small.pending() == 0);
    CHECK_FALSE(now(inner->get(c)));
    CHECK(lost.empty());
    now(small.close());
}

TEST_CASE_FIXTURE(fixture, "retry queue: what is lost for good is said")
{
    const retry_queue small(inner, options().limit(1));
    inner.fail_all();
    fails(small->invalidate(storage_key("s1", "g", "x"), hard, std::nullopt));
    fails(small->invalidate(storage_key("s2", "g", "x"), hard, std::nullopt));
    fails(small->invalidate(storage_key("s3", "g", "x"), hard, std::nullopt));
    CHECK(lost == std::vector<std::string>{"s2", ""});
    inner.heal();
    CHECK_FALSE(small.trusts(a));
    now(small.close());
}

TEST_CASE_FIXTURE(fixture, "retry queue: flush tries at once and says how many remain")
{
    inner.fail_next(op::invalidate, 2);
    fails(queue->invalidate(a, hard, std::nullopt));
    fails(queue->invalidate(b, hard, std::nullopt));
    inner.fail_next(op::invalidate);
    CHECK(now(queue.flush()) == 1);
    CHECK(now(queue.flush()) == 0);
}

TEST_CASE_FIXTURE(fixture, "retry queue: close tries once more and says what remains")
{
    inner.fail_all();
    fails(queue->invalidate(a, hard, 5));
    fails(queue->bump("space", "t", invalidation::soft));
    CHECK(now(queue.close()) == 2);
    REQUIRE(queue.list().size() == 2);
    CHECK(queue.list()[0].text() == "key space:group:a floor 5");
    CHECK(queue.list()[1].text() == "soft tag space t");
    CHECK(time.pending() == 0);
}

TEST_CASE("retry queue: when the context that drained is gone, the next one who asks drains")
{
    manual_clock time;
    const recording_storage inner(coffer::memory_storage());
    const retry_queue queue(inner, retry_options().clock(time).pause(100ms));
    {
        asio::io_context gone;
        inner.fail_next(op::invalidate);
        auto writer = start(gone, queue->invalidate(a, hard, std::nullopt));
        drain(gone);
        CHECK(writer.failed());
        CHECK(time.pending() == 1);
    }
    CHECK(time.pending() == 0);
    asio::io_context io;
    CHECK_FALSE(support::run(io, queue->get(a)));
    time.advance(100ms);
    drain(io);
    CHECK(queue.pending() == 0);
}

TEST_CASE("retry queue: how much of a pause it waits is left to chance, drawn each time")
{
    asio::io_context io;
    manual_clock time;
    std::vector<double> shares = {1.0, 0.0, 0.5}; // the next at the back
    const coffer::jitter chance([&] {
        const double share = shares.back();
        shares.pop_back();
        return share;
    });
    const recording_storage inner(coffer::memory_storage());
    const retry_queue queue(inner, retry_options().clock(time).pause(101ms, 500ms).jitter(chance));
    const auto calls_after = [&](std::chrono::milliseconds span) {
        time.advance(span);
        drain(io);
        return inner.calls(op::invalidate);
    };
    inner.fail_next(op::invalidate, 3);
    auto writer = start(io, queue->invalidate(a, hard, std::nullopt));
    drain(io);
    CHECK(calls_after(50ms) == 1);
    CHECK(calls_after(1ms) == 2); // half of 101 ms
    CHECK(calls_after(1ms) == 3); // the least there is
    CHECK(calls_after(403ms) == 3);
    CHECK(calls_after(1ms) == 4); // all of what has doubled twice
    CHECK(queue.pending() == 0);
    CHECK(shares.empty());
}

TEST_CASE("retry queue: it drains on the executor that it was given")
{
    asio::io_context background;
    asio::io_context io;
    manual_clock time;
    const recording_storage inner(coffer::memory_storage());
    const auto options = retry_options().clock(time).executor(background.get_executor());
    const retry_queue queue(inner, options);
    inner.fail_next(op::invalidate);
    auto writer = start(io, queue->invalidate(a, hard, std::nullopt));
    drain(io);
    drain(background);
    time.advance(100ms);
    drain(io);
    CHECK(queue.pending() == 1);
    drain(background);
    CHECK(queue.pending() == 0);
}

TEST_CASE("retry options: what makes no sense is refused")
{
    CHECK_THROWS_AS(retry_options().limit(0), std::invalid_argument);
    CHECK_THROWS_AS(retry_options().pause(0ms), std::invalid_argument);
    CHECK_THROWS_AS(retry_options().pause(2s, 1s), std::invalid_argument);
    CHECK(retry_options().pause(60s).longest_pause() == 60s);
}

TEST_CASE("retry queue: harmless, it passes every check of the suite")
{
    manual_clock time;
    auto make = [&] {
        const auto memory = coffer::memory_storage_options().clock(time).max_key(1'000);
        const auto options = retry_options().clock(time);
        return coffer::storage_ptr(retry_queue(coffer::memory_storage(memory), options));
    };
    support::conforms(coffer::testing::storage_subject(make).clock(time));
}
