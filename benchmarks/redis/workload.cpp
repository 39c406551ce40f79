// SPDX-License-Identifier: BSL-1.0
#include "workload.hpp"

#include "support/allocations.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <list>
#include <sys/resource.h>
#include <thread>

namespace bench_redis {

double now_seconds()
{
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration<double>(since).count();
}

double cpu_seconds()
{
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

std::string key(std::size_t number)
{
    char text[24];
    std::snprintf(text, sizeof text, "key:%012zu", number);
    return text;
}

namespace {

const std::vector<std::string>& all_keys()
{
    static const auto made = [] {
        std::vector<std::string> all;
        for (std::size_t number = 0; number < keys; ++number)
            all.push_back(key(number));
        return all;
    }();
    return made;
}

/// Requests that are left to send.
struct budget {
    std::size_t left;
    std::size_t wrong = 0;
    bool take() { return left > 0 && left-- > 0; }
};

asio::awaitable<void> get(redis::client db, std::size_t at, budget& work, std::string& value)
{
    while (work.take()) {
        at = (at + 7919) % keys;
        co_await db.exec_into(value, "GET", all_keys()[at]);
        work.wrong += value.size() != value_size;
    }
}

asio::awaitable<void> get_new(redis::client db, std::size_t at, budget& work)
{
    while (work.take()) {
        at = (at + 7919) % keys;
        const auto value = co_await db.exec<std::string>("GET", all_keys()[at]);
        work.wrong += value.size() != value_size;
    }
}

asio::awaitable<void> set(redis::client db, std::size_t at, budget& work)
{
    const std::string value(value_size, 'v');
    while (work.take()) {
        at = (at + 7919) % keys;
        co_await db.exec<redis::ok>("SET", all_keys()[at], value);
    }
}

asio::awaitable<void> get_large(redis::client db, budget& work, std::string& value)
{
    while (work.take()) {
        co_await db.exec_into(value, "GET", "large");
        work.wrong += value.size() != 10 * 1024;
    }
}

asio::awaitable<void> mget(redis::client db, budget& work, std::vector<std::string>& values)
{
    const std::vector<std::string> wanted(all_keys().begin(), all_keys().begin() + 100);
    while (work.take()) {
        co_await db.exec_into(values, "MGET", wanted);
        work.wrong += values.size() != wanted.size();
    }
}

asio::awaitable<void> fill(redis::client db)
{
    redis::request all;
    for (const auto& each : all_keys())
        all.add("SET", each, std::string(value_size, 'v'));
    all.add("SET", "large", std::string(10 * 1024, 'l'));
    co_await db.with(redis::within(std::chrono::seconds(10))).batch<redis::ok>(std::move(all));
}

/// What the coroutines read into: it lives as long as the runs.
struct room {
    std::string text;
    std::vector<std::string> texts;
};

asio::awaitable<void> of_kind(redis::client db, kind what, std::size_t at, budget& work, room& to)
{
    switch (what) {
    case kind::get:
        return get(std::move(db), at, work, to.text);
    case kind::get_new_string:
        return get_new(std::move(db), at, work);
    case kind::set:
        return set(std::move(db), at, work);
    case kind::get_large:
        return get_large(std::move(db), work, to.text);
    case kind::mget:
        break;
    }
    return mget(std::move(db), work, to.texts);
}

class meter {
public:
    cost after(std::size_t requests) const
    {
        const auto count = static_cast<double>(requests);
        cost seen;
        seen.rps = count / (now_seconds() - wall_);
        seen.cpu_seconds_per_million = (cpu_seconds() - cpu_) / count * 1e6;
        seen.allocations = static_cast<double>(bench::allocations() - allocations_) / count;
        return seen;
    }

private:
    double wall_ = now_seconds();
    double cpu_ = cpu_seconds();
    std::uint64_t allocations_ = bench::allocations();
};

void check(const budget& done)
{
    if (done.wrong == 0)
        return;
    std::fprintf(stderr, "bench_redis: %zu wrong replies\n", done.wrong);
    std::exit(1);
}

/// Spawns the coroutines, and runs until they have ended.
void run_all(asio::io_context& io, const redis::client& db, kind what, budget& work,
             std::vector<room>& rooms)
{
    std::size_t running = rooms.size();
    for (std::size_t number = 0; number < rooms.size(); ++number)
        asio::co_spawn(io, of_kind(db, what, number * 131, work, rooms[number]),
                       [&running](std::exception_ptr failed) {
                           --running;
                           if (failed)
                               std::rethrow_exception(failed);
                       });
    while (running > 0)
        io.run_one();
}

void close(asio::io_context& io, const redis::client& db)
{
    asio::co_spawn(io, db.close(), asio::detached);
    io.run();
}

} // namespace

cost run_here(const std::string& url, kind what, std::size_t requests, std::size_t coroutines)
{
    asio::io_context io(1);
    redis::client db(io.get_executor(), redis::config(url).deadline(std::chrono::seconds(30)));
    auto filled = asio::co_spawn(io, fill(db), asio::use_future);
    while (filled.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
        io.run_one();
    filled.get();
    std::vector<room> rooms(coroutines);
    budget warm{std::min<std::size_t>(requests / 10 + 1, 20'000)};
    run_all(io, db, what, warm, rooms);
    budget work{requests};
    const meter watch;
    run_all(io, db, what, work, rooms);
    const auto seen = watch.after(requests);
    check(work);
    close(io, db);
    return seen;
}

cost run_across_threads(const std::string& url, std::size_t requests, std::size_t coroutines)
{
    asio::io_context home(1);
    asio::io_context other(1);
    redis::client db(home.get_executor(), redis::config(url).deadline(std::chrono::seconds(30)));
    std::thread serving([&] { home.run(); });
    asio::co_spawn(other, fill(db), asio::detached);
    other.run();
    other.restart();
    std::vector<room> rooms(coroutines);
    budget work{requests};
    const meter watch;
    run_all(other, db, kind::get, work, rooms);
    const auto seen = watch.after(requests);
    check(work);
    asio::co_spawn(other, db.close(), asio::detached);
    other.restart();
    other.run();
    serving.join();
    return seen;
}

namespace {

asio::awaitable<void> one_by_one(redis::client db, std::vector<double>& took)
{
    std::string value;
    co_await db.connect();
    for (auto& each : took) {
        const double begin = now_seconds();
        co_await db.exec_into(value, "GET", all_keys().front());
        each = (now_seconds() - begin) * 1e6;
    }
}

} // namespace

double median_latency(const std::string& url, std::size_t requests)
{
    asio::io_context io(1);
    redis::client db(io.get_executor(), url.c_str());
    std::vector<double> took(requests);
    bool over = false;
    asio::co_spawn(io, one_by_one(db, took), [&](std::exception_ptr) { over = true; });
    while (!over)
        io.run_one();
    close(io, db);
    std::sort(took.begin(), took.end());
    return took[took.size() / 2];
}

namespace {

asio::awaitable<void> wait_for_nobody(redis::client db)
{
    co_await db.exec("GET", "k");
}

} // namespace

cancel_cost cancel_queued(std::size_t count)
{
    asio::io_context io(1);
    auto from = redis::config("unix:///none/such.sock").deadline(std::nullopt).max_offline(count);
    redis::client db(io.get_executor(), from);
    std::list<asio::cancellation_signal> stops;
    std::size_t ended = 0;
    for (std::size_t number = 0; number < count; ++number) {
        auto slot = stops.emplace_back().slot();
        asio::co_spawn(
            io, wait_for_nobody(db),
            asio::bind_cancellation_slot(slot, [&ended](std::exception_ptr) { ++ended; }));
    }
    io.poll();
    const double begin = now_seconds();
    for (auto& each : stops)
        each.emit(asio::cancellation_type::terminal);
    cancel_cost seen{};
    seen.stalled = (now_seconds() - begin) * 1e3;
    while (ended < count)
        io.run_one();
    seen.ended = (now_seconds() - begin) * 1e3;
    close(io, db);
    return seen;
}

} // namespace bench_redis
