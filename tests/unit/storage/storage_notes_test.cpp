// SPDX-License-Identifier: BSL-1.0
#include <coffer/storage/storage_notes.hpp>

#include <doctest/doctest.h>

#include <stdexcept>

using coffer::storage_notes;

TEST_CASE("storage notes: the same signature and schema share a name")
{
    storage_notes notes;
    notes.claim("product@1", typeid(int(long)), 7);
    CHECK_NOTHROW(notes.claim("product@1", typeid(int(long)), 7));
}

TEST_CASE("storage notes: another signature or schema is refused, naming the name")
{
    storage_notes notes;
    notes.claim("product@1", typeid(int(long)), 7);
    CHECK_THROWS_WITH_AS(notes.claim("product@1", typeid(int(int)), 7),
                         doctest::Contains("'product@1'"), std::invalid_argument);
    CHECK_THROWS_AS(notes.claim("product@1", typeid(int(long)), 8), std::invalid_argument);
    CHECK_NOTHROW(notes.claim("product@2", typeid(int(int)), 7));
}

TEST_CASE("storage notes: markers are shared by space for as long as somebody holds them")
{
    storage_notes notes;
    const auto a = notes.markers("space a");
    CHECK(notes.markers("space a") == a);
    CHECK(notes.markers("space b") != a);
    a->bump("red");
    CHECK(notes.markers("space a")->sequence() == a->sequence());
}
