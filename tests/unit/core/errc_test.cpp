// SPDX-License-Identifier: BSL-1.0
#include <coffer/core/errc.hpp>

#include <boost/system/system_error.hpp>
#include <doctest/doctest.h>

#include <set>
#include <string>

using coffer::errc;

TEST_CASE("errc: each code says something of its own, and what is none says that")
{
    const std::string unknown = coffer::coffer_category().message(0);
    CHECK(unknown == "unknown coffer error");
    CHECK(coffer::coffer_category().message(-1) == unknown);
    CHECK(coffer::coffer_category().message(10'000) == unknown);

    std::set<std::string> texts;
    int code = static_cast<int>(errc::closed);
    for (; code <= static_cast<int>(errc::database_busy); ++code) {
        CAPTURE(code);
        const std::string text = coffer::coffer_category().message(code);
        CHECK(text != unknown);
        CHECK(texts.insert(text).second);
    }
}

TEST_CASE("errc: turns into an error code by itself, and is equal to no other library's")
{
    const boost::system::error_code code = errc::timeout;
    CHECK(code);
    CHECK(code == errc::timeout);
    CHECK(code != errc::closed);
    CHECK(code.category().name() == std::string("coffer"));
    const boost::system::error_code foreign(code.value(), boost::system::generic_category());
    CHECK(foreign != errc::timeout);
    const boost::system::system_error thrown(errc::closed, "the shop");
    CHECK(std::string(thrown.what()).find("the shop: closed") == 0);
}
