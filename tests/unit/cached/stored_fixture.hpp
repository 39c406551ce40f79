// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "unit/cached/fixture.hpp"

#include <coffer/storage/memory_storage.hpp>
#include <coffer/storage/operation.hpp>
#include <coffer/testing/recording_storage.hpp>

namespace fixture {

using operation = coffer::storage_operation;
using coffer::testing::recording_storage;

/// A storage in memory that is watched.
class watched_store {
public:
    coffer::testing::manual_clock time;
    recording_storage store{coffer::memory_storage(coffer::memory_storage_options().clock(time))};
};

/// A function over that storage, and the same function as another process has it.
class stored_bench : public watched_store, public bench {
public:
    explicit stored_bench(coffer::options how = shared_loads())
        : bench(how.storage(store), time), elsewhere(make(other, how.clock(time)))
    {}

    std::shared_ptr<source> other = std::make_shared<source>();
    numbers elsewhere;

    int there(int key) { return run(elsewhere(key).as_awaitable()); }
    coffer::source where_from(int key) { return run(f.get(key)).source(); }

    void settled(std::uint64_t calls)
    {
        bench::settled(calls);
        CHECK_NOTHROW(elsewhere.check_invariants());
    }
};

} // namespace fixture
