// SPDX-License-Identifier: BSL-1.0
#include <coffer/core/errc.hpp>
#include <coffer/net/event.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "testing/conformance/check.hpp"

#include <atomic>

namespace coffer::testing::conformance {
namespace {

template <class T>
asio::awaitable<void> without_result(asio::awaitable<T> operation)
{
    co_await std::move(operation);
}

asio::awaitable<void> refuses(trial& t)
{
    co_await t.put("k", "v");
    co_await t.store().close();
    co_await t.store().close();
    auto get = co_await trial::failure_of(without_result(t.read("k")));
    t.expect(get == errc::closed, "after close, get fails with `closed`");
    auto put = co_await trial::failure_of(without_result(t.put("k", "w")));
    t.expect(put == errc::closed, "so does put");
    auto acquire = co_await trial::failure_of(without_result(t.acquire("k")));
    t.expect(acquire == errc::closed, "so does acquire");
    auto drop = co_await trial::failure_of(t.drop("k"));
    t.expect(drop == errc::closed, "so does invalidate");
    t.expect(!t.store().describe().empty(), "it can still be described");
}

/// Works until the storage is closed; anything but `closed` is an error.
asio::awaitable<void> work(trial& t, std::size_t which, std::atomic<int>& done, event busy)
{
    co_await asio::post(asio::use_awaitable);
    const std::string id = std::to_string(which % 3);
    try {
        while (true) {
            auto answer = co_await t.acquire(id);
            if (answer.grant)
                co_await t.fill(id, answer.grant, "v");
            co_await t.put(id, "w");
            co_await t.drop(id);
            if (++done == 100)
                busy.set();
            co_await asio::post(asio::use_awaitable);
        }
    } catch (const boost::system::system_error& failure) {
        t.expect(failure.code() == errc::closed, "an operation that meets close ends as `closed`");
    }
    busy.set(); // also if it never got going
}

asio::awaitable<void> while_busy(trial& t)
{
    asio::thread_pool pool(t.threads());
    const background tasks([&](std::exception_ptr) { t.fail("a worker threw"); });
    std::atomic<int> done{0};
    const event busy;
    for (std::size_t i = 0; i < 8; ++i)
        tasks.start(pool.get_executor(), work(t, i, done, busy));
    co_await busy.wait();
    co_await t.store().close();
    co_await tasks.idle();
    t.expect(done >= 100, "it worked until it was closed");
}

} // namespace

void add_closing(checks& to)
{
    to.push_back({"close: refuses what comes later, and may be repeated", {}, refuses});
    to.push_back({"close: while others are at work", {}, while_busy});
}

} // namespace coffer::testing::conformance
