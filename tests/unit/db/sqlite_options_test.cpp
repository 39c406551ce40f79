// SPDX-License-Identifier: BSL-1.0
#include "support/stepper.hpp"

#include <coffer/db/sqlite.hpp>

#include <doctest/doctest.h>

#include <string>

using namespace std::chrono_literals;
using coffer::sqlite::options;
using coffer::sqlite::pool;

namespace {

std::string refusal(const char* path, const options& how)
{
    try {
        const pool db(path, how);
    } catch (const std::invalid_argument& e) {
        return e.what();
    }
    return {};
}

} // namespace

TEST_CASE("sqlite options: what cannot work is refused at construction, with the remedy")
{
    const auto says = [](const std::string& text, const char* part) {
        return text.find(part) != std::string::npos;
    };
    CHECK(says(refusal("", options()), "path is empty"));
    CHECK(says(refusal("x", options().connections(0)), "connections(0)"));
    CHECK(says(refusal(":memory:", options()), "add connections(1)"));
    CHECK(says(refusal("x", options().busy(-1ms)), "busy() is negative"));
    CHECK(says(refusal("x", options().acquire_within(-1ms)), "acquire_within() is negative"));
    CHECK(says(refusal("x", options().max_result(0)), "max_result(0)"));
}

TEST_CASE("sqlite options: constructing a pool opens nothing, and it describes itself")
{
    CHECK(refusal("/no/such/folder/file.db", options()).empty());
    CHECK(refusal(":memory:", options().connections(1)).empty());
    const pool db("/no/such/folder/file.db", options().connections(3).threads(1));
    CHECK(db.describe() == "sqlite /no/such/folder/file.db, 3 connections");
    const pool copy = db;
    CHECK(copy.stats().committed == 0);
}

TEST_CASE("sqlite options: threads follow the connections unless said")
{
    CHECK(options().connections(7).threads() == 7);
    CHECK(options().connections(7).threads(2).threads() == 2);
}
