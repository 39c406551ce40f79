// SPDX-License-Identifier: BSL-1.0
#include "redis/waiting.hpp"

#include "redis/workload.hpp"

#include <coffer/net/event.hpp>
#include <coffer/storage/redis_storage.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <future>
#include <thread>

namespace bench_redis {
namespace {

using namespace std::chrono_literals;

/// A client on a thread of its own, as of another process.
class process {
public:
    explicit process(const std::string& url)
        : guard_(asio::make_work_guard(io_)), store(io_.get_executor(), redis::config(url)),
          thread_([this] { io_.run(); })
    {}
    ~process()
    {
        asio::co_spawn(io_, store->close(), asio::use_future).get();
        guard_.reset();
        thread_.join();
    }
    template <class T>
    std::future<T> start(asio::awaitable<T> work)
    {
        return asio::co_spawn(io_, std::move(work), asio::use_future);
    }

private:
    asio::io_context io_{1};
    asio::executor_work_guard<asio::io_context::executor_type> guard_;

public:
    const coffer::redis_storage store;

private:
    std::thread thread_;
};

/// As a cached function waits; says when it has begun to, and gives the time at which it had the
/// value.
asio::awaitable<double> wait_for(coffer::storage_ptr store, coffer::storage_key of,
                                 std::promise<void>* begun)
{
    for (;;) {
        const coffer::event over;
        coffer::lease_terms terms(10s);
        terms.wake(over);
        const auto got = co_await store->acquire(of, terms);
        if (got.found)
            co_return now_seconds();
        if (begun)
            std::exchange(begun, nullptr)->set_value();
        co_await over.wait_until(coffer::clock(), coffer::clock().now() + 10s);
    }
}

asio::awaitable<double> fill(coffer::storage_ptr store, coffer::storage_key of, coffer::lease grant)
{
    const double begin = now_seconds();
    coffer::entry value(std::string(value_size, 'v'));
    auto filling = store->fill(std::move(of), grant, std::move(value));
    co_await std::move(filling);
    co_return begin;
}

} // namespace

double median_wake(const std::string& url, std::size_t rounds)
{
    process loads(url);
    process waits(url);
    std::vector<double> took;
    for (std::size_t i = 0; i < rounds; ++i) {
        const coffer::storage_key of("bench", "wake", std::to_string(i));
        const auto mine = loads.start(loads.store->acquire(of, 10s)).get();
        std::promise<void> begun;
        auto waiting = waits.start(wait_for(waits.store, of, &begun));
        begun.get_future().get();
        const double begin = loads.start(fill(loads.store, of, mine.grant)).get();
        took.push_back(waiting.get() - begin);
    }
    std::nth_element(took.begin(), took.begin() + static_cast<std::ptrdiff_t>(rounds / 2),
                     took.end());
    return took[rounds / 2] * 1e6;
}

} // namespace bench_redis
