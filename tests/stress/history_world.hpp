// SPDX-License-Identifier: BSL-1.0
#pragma once

// Readers, writers and failing loads on eight threads. Once an invalidation has returned, no call
// that begins later may get an older value; a history of all calls is checked for it.
#include "support/history.hpp"

#include <coffer/cached.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <future>
#include <random>
#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace std::chrono_literals;
using support::history;

/// The world of the stress programs that check histories.
namespace history_world {

constexpr int keys = 4;
constexpr std::size_t threads = 8;

using version = history::version;
using function = coffer::cached_function<version(int)>;
using dice = std::minstd_rand;

inline std::size_t rounds(std::size_t usual)
{
    return std::getenv("COFFER_DEEP") ? 20 * usual : usual;
}

/// A new one each time; COFFER_SEED repeats one, as far as the threads' timing lets it.
inline unsigned seed()
{
    const char* given = std::getenv("COFFER_SEED");
    const unsigned chosen =
        given ? static_cast<unsigned>(std::stoul(given)) : std::random_device()();
    MESSAGE("COFFER_SEED=" << chosen);
    return chosen;
}

inline unsigned below(dice& random, unsigned bound)
{
    return std::uniform_int_distribution<unsigned>(0, bound - 1)(random);
}

class load_failed : public std::exception {};

inline asio::awaitable<void> some_steps(unsigned count)
{
    for (unsigned i = 0; i < count; ++i)
        co_await asio::post(asio::use_awaitable);
}

/// What is behind the function: the version of each key.
class source {
public:
    std::array<std::atomic<version>, keys> current{};
    std::atomic<unsigned> loads{0};

    static std::string tag_of(int key) { return key % 2 == 0 ? "even" : "odd"; }

    static asio::awaitable<version> load(source* self, coffer::load_context& load, int key)
    {
        const unsigned number = ++self->loads;
        if (number % 3 == 0)
            load.tag(tag_of(key)); // known early, ...
        const version found = self->current[static_cast<std::size_t>(key)];
        auto steps = some_steps(number * 7 % 5);
        co_await std::move(steps);
        if (number % 17 == 0)
            throw load_failed();
        if (number % 3 != 0)
            load.tag(tag_of(key)); // ... or late
        co_return found;
    }
};

/// What a writer tells the cache after it has written.
enum class change { invalidate, put, clear, tag, expire };

/// One run: a function, maybe another one over the same storage, and all that happened to them.
class world {
public:
    world(coffer::options how, unsigned seeded) : seed(seeded)
    {
        auto load = [this](coffer::load_context& context, int key) {
            return source::load(&from, context, key);
        };
        functions.push_back(coffer::cached("version", load, how));
    }

    const unsigned seed;
    source from;
    history past;
    std::vector<function> functions; // the first one is the one that writers tell
    std::vector<change> changes = {change::invalidate, change::invalidate, change::invalidate,
                                   change::invalidate, change::put,        change::clear,
                                   change::tag,        change::expire}; // each as likely
    /// What a caller does before it asks the function with that number; empty: nothing.
    std::function<asio::awaitable<void>(std::size_t which)> before;
    std::atomic<unsigned> failed{0};
    std::atomic<unsigned> cancelled{0};
};

using log = history::thread_log;

/// One call of any kind.
inline asio::awaitable<version> one_call(function f, int key, unsigned kind)
{
    if (kind < 8) {
        const version value = co_await f(key);
        co_return value;
    }
    if (kind == 8) {
        auto refreshing = f.refresh(key);
        co_return co_await std::move(refreshing);
    }
    if (kind == 9) {
        auto many = f.get_many({key, (key + 1) % keys});
        const auto got = co_await std::move(many);
        co_return got[0].value();
    }
    if (kind == 10) {
        const auto quietly = coffer::call_terms().no_store();
        const version value = co_await f.with(quietly)(key);
        co_return value;
    }
    auto getting = f.get(key);
    const auto got = co_await std::move(getting);
    co_return got.value();
}

inline asio::awaitable<void> read_once(world* in, log* to, int key, unsigned kind,
                                       std::size_t which)
{
    const auto begin = in->past.now();
    try {
        if (in->before) {
            auto preparing = in->before(which);
            co_await std::move(preparing);
        }
        auto calling = one_call(in->functions[which], key, kind);
        const version value = co_await std::move(calling);
        to->reads.push_back({key, value, begin, in->past.now()});
    } catch (const load_failed&) {
        ++in->failed;
    } catch (const boost::system::system_error& e) {
        if (e.code() != asio::error::operation_aborted)
            throw;
        ++in->cancelled;
    }
}

/// A caller that is cancelled after some steps, if it still waits then.
inline asio::awaitable<void> read_and_leave(world* in, log* to, int key, unsigned steps)
{
    const auto executor = co_await asio::this_coro::executor; // a strand: the signal needs one
    auto signal = std::make_shared<asio::cancellation_signal>();
    auto reading = read_once(in, to, key, 0, 0);
    auto ended = std::make_shared<std::atomic<bool>>(false);
    asio::co_spawn(
        executor, std::move(reading),
        asio::bind_cancellation_slot(signal->slot(), [ended, signal](std::exception_ptr failure) {
            *ended = true;
            if (failure)
                std::terminate();
        }));
    auto waiting = some_steps(steps);
    co_await std::move(waiting);
    signal->emit(asio::cancellation_type::terminal);
    while (!*ended) {
        auto more = some_steps(1);
        co_await std::move(more);
    }
}

inline asio::awaitable<void> reader(world* in, unsigned number, std::size_t count)
{
    dice random(in->seed + number);
    log seen;
    for (std::size_t i = 0; i < count; ++i) {
        const int key = static_cast<int>(below(random, keys));
        const unsigned kind = below(random, 13);
        auto reading = kind == 12
                           ? read_and_leave(in, &seen, key, below(random, 6))
                           : read_once(in, &seen, key, kind,
                                       below(random, static_cast<unsigned>(in->functions.size())));
        co_await std::move(reading);
        auto resting = some_steps(below(random, 3));
        co_await std::move(resting);
    }
    in->past.add(std::move(seen));
}

inline asio::awaitable<void> tell(function f, change how, int key, version next)
{
    switch (how) {
    case change::put:
        return f.put(key, next);
    case change::clear:
        return f.clear();
    case change::tag:
        return f.invalidate_tag(source::tag_of(key));
    case change::expire:
        return f.expire(key);
    default:
        return f.invalidate(key);
    }
}

/// The only writer of its key: two at a time would not know whose put is the last one.
inline asio::awaitable<void> writer(world* in, int key, std::size_t count)
{
    dice random(in->seed + 1000 + static_cast<unsigned>(key));
    const function f = in->functions.front();
    auto& current = in->from.current[static_cast<std::size_t>(key)];
    log done;
    change how = change::invalidate;
    for (std::size_t i = 0; i < count; ++i) {
        const auto begun = in->past.now();
        const version next = current + 1;
        const bool tagged = how != change::put; // what was put has none of the loader's tags
        how = in->changes[below(random, static_cast<unsigned>(in->changes.size()))];
        if (how == change::tag && !tagged)
            how = change::invalidate;
        current = next;
        auto telling = tell(f, how, key, next);
        co_await std::move(telling);
        done.writes.push_back({key, next, begun, in->past.now()});
        auto resting = some_steps(below(random, 12));
        co_await std::move(resting);
    }
    in->past.add(std::move(done));
}

inline void check(world& in)
{
    const auto wrong = in.past.violations();
    for (std::size_t i = 0; i < wrong.size() && i < 5; ++i)
        MESSAGE(wrong[i]);
    CHECK(wrong.size() == 0);
    CHECK(in.past.changes_seen() > 20); // else nothing was tested
    for (const auto& f : in.functions)
        CHECK_NOTHROW(f.check_invariants());
}

inline void run(world& in, std::size_t reads, std::size_t writes)
{
    asio::thread_pool pool(threads);
    std::vector<std::future<void>> all;
    for (unsigned number = 0; number < 2 * threads; ++number)
        all.push_back(
            asio::co_spawn(asio::make_strand(pool), reader(&in, number, reads), asio::use_future));
    for (int key = 0; key < keys; ++key)
        all.push_back(
            asio::co_spawn(asio::make_strand(pool), writer(&in, key, writes), asio::use_future));
    for (auto& one : all)
        one.get();
    for (const auto& f : in.functions)
        asio::co_spawn(pool, f.close(), asio::use_future).get();
    pool.join();
    check(in);
}

inline coffer::options shared_loads()
{
    return coffer::options().allow_concurrent(false);
}

} // namespace history_world
