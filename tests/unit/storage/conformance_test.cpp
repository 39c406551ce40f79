// SPDX-License-Identifier: BSL-1.0
#include <coffer/storage/memory_storage.hpp>
#include <coffer/storage/null_storage.hpp>

#include "support/conformance.hpp"

using coffer::memory_storage;
using coffer::memory_storage_options;
using coffer::testing::manual_clock;
using coffer::testing::storage_subject;

TEST_CASE("conformance: the memory storage passes every check")
{
    manual_clock time;
    const auto options = memory_storage_options().clock(time).max_key(1'000).max_value(100'000);
    auto make = [options] { return memory_storage(options); };
    support::conforms(storage_subject(make).clock(time));
}

TEST_CASE("conformance: a memory storage that forgets all it may is too strict, never too lax")
{
    manual_clock time;
    const auto options = memory_storage_options().clock(time).max_markers(1);
    auto make = [options] { return memory_storage(options); };
    support::conforms(storage_subject(make).clock(time), {},
                      {"void lease: by nothing that happens elsewhere",
                       "tag: its name may be any bytes", // each is its own, no other's
                       "clear: a group or a space, and nothing else"});
}

TEST_CASE("conformance: the null storage passes what does not ask for an entry back")
{
    manual_clock time;
    storage_subject subject(coffer::null_storage);
    subject.clock(time);
    for (const char* name :
         {"basics: it describes itself and its limits", "basics: an absent key reads as nothing",
          "lifetime: zero stores nothing and removes what was there",
          "invalidate: soft without grace removes", "tag: without the capability a bump is refused",
          "undeclared: an operation that is not declared is refused", "batch: empty ones are fine",
          "close: refuses what comes later, and may be repeated"}) {
        auto result = support::run(coffer::testing::check_storage(subject, name));
        CAPTURE(result.name);
        CHECK(result.message == "");
    }
}
