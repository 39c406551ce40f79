// SPDX-License-Identifier: BSL-1.0
#include <coffer/testing/storage_conformance.hpp>

#include "testing/conformance/check.hpp"

#include <coffer/net/timer.hpp>

#include <algorithm>
#include <atomic>
#include <random>
#include <stdexcept>

namespace coffer::testing {
namespace {

using namespace conformance;
using verdict = conformance_result::verdict;

const checks& all_checks()
{
    static const checks all = [] {
        checks list;
        for (auto add : {add_basics, add_limits, add_lifetimes, add_invalidation, add_leases,
                         add_void_leases, add_tags, add_floors, add_counters, add_holds, add_places,
                         add_batches, add_concurrency, add_closing})
            add(list);
        return list;
    }();
    return all;
}

/// A space that no other check has, in this process or another.
std::string fresh_space()
{
    static std::atomic<unsigned> count{0};
    static const unsigned process = std::random_device()();
    return "conformance-" + std::to_string(process) + '-' + std::to_string(++count);
}

asio::awaitable<void> wait_really(milliseconds span)
{
    const coffer::clock machine;
    return sleep_until(machine, later(machine.now(), span));
}

asio::awaitable<storage_ptr> call(std::function<storage_ptr()> make)
{
    co_return make();
}

asio::awaitable<void> attempt(const check& which, trial& at)
{
    try {
        co_await which.run(at);
    } catch (const given_up&) { // the failure has been noted
    } catch (const std::exception& failure) {
        at.fail(std::string("threw: ") + failure.what());
    }
}

asio::awaitable<conformance_result> run_check(storage_subject subject, const check& which)
{
    const std::string name(which.name);
    storage_ptr store = co_await subject.make()();
    if (!store->able().has(which.needs)) {
        co_await store->close();
        co_return conformance_result(name, verdict::skipped,
                                     "not declared by " + store->describe());
    }
    trial at(subject, store, fresh_space());
    co_await attempt(which, at);
    auto failed_close = co_await trial::failure_of(store->close());
    if (failed_close)
        at.fail("close failed: " + failed_close.message());
    const std::string failures = at.failures();
    co_return conformance_result(name, failures.empty() ? verdict::passed : verdict::failed,
                                 failures);
}

} // namespace

storage_subject::storage_subject(maker making) : make_(std::move(making)), pass_(wait_really)
{}

storage_subject::maker storage_subject::lift(std::function<storage_ptr()> make)
{
    return [make = std::move(make)] { return call(make); };
}

storage_subject& storage_subject::clock(manual_clock by_hand)
{
    auto move = [](manual_clock time, milliseconds span) -> asio::awaitable<void> {
        time.advance(span);
        co_return;
    };
    pass_ = [by_hand, move](milliseconds span) { return move(by_hand, span); };
    exact_ = true;
    return *this;
}

storage_subject& storage_subject::passing_by(passing advance)
{
    pass_ = std::move(advance);
    exact_ = false;
    return *this;
}

storage_subject& storage_subject::threads(std::size_t count)
{
    if (count == 0)
        throw std::invalid_argument("coffer: storage_subject.threads(0): at least 1");
    threads_ = count;
    return *this;
}

std::vector<std::string> storage_conformance_checks()
{
    std::vector<std::string> names;
    for (const check& one : all_checks())
        names.emplace_back(one.name);
    return names;
}

asio::awaitable<conformance_result> check_storage(storage_subject subject, std::string name)
{
    const checks& all = all_checks();
    const auto at =
        std::find_if(all.begin(), all.end(), [&](const check& one) { return one.name == name; });
    if (at == all.end())
        throw std::invalid_argument("coffer: no conformance check is called \"" + name +
                                    "\"; storage_conformance_checks() lists them");
    return run_check(std::move(subject), *at);
}

asio::awaitable<std::vector<conformance_result>> storage_conformance(storage_subject subject)
{
    std::vector<conformance_result> results;
    for (const check& one : all_checks()) {
        auto result = co_await run_check(subject, one);
        results.push_back(std::move(result));
    }
    co_return results;
}

} // namespace coffer::testing
