// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "support/coro_test.hpp"

#include <coffer/testing/storage_conformance.hpp>

#include <doctest/doctest.h>

#include <set>
#include <string>

namespace support {

/// Runs the conformance suite and tells doctest about every check. Exactly those in `skips` are
/// skipped, and exactly those in `fails` fail.
inline void conforms(coffer::testing::storage_subject subject,
                     const std::set<std::string>& skips = {},
                     const std::set<std::string>& fails = {})
{
    using verdict = coffer::testing::conformance_result::verdict;
    asio::io_context io;
    auto running = asio::make_work_guard(io);
    auto suite = coffer::testing::storage_conformance(std::move(subject));
    outcome_of<std::vector<coffer::testing::conformance_result>> all(io.get_executor(),
                                                                     std::move(suite));
    while (!all.done())
        io.run_one(); // some checks have threads of their own
    running.reset();
    io.run(); // another thread may still hold what it has posted here with
    for (const auto& one : all.get()) {
        CAPTURE(one.name);
        CAPTURE(one.message);
        CHECK((one.outcome == verdict::failed) == fails.contains(one.name));
        CHECK((one.outcome == verdict::skipped) == skips.contains(one.name));
    }
}

} // namespace support
