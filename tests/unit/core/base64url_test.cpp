// SPDX-License-Identifier: BSL-1.0
#include "core/base64url.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <utility>

using coffer::detail::base64url_size;
using coffer::detail::from_base64url;
using coffer::detail::to_base64url;

TEST_CASE("base64url: the vectors of RFC 4648, without padding")
{
    const std::pair<const char*, const char*> vectors[] = {
        {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},         {"foo", "Zm9v"},
        {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}};
    for (const auto& [bytes, text] : vectors) {
        CAPTURE(bytes);
        CHECK(to_base64url(bytes) == text);
        CHECK(from_base64url(text) == bytes);
    }
    CHECK(to_base64url("\xfb\xff\xfe") == "-__-"); // what plain base64 writes as + and /
}

TEST_CASE("base64url: any bytes come back, and their text has the size that was told")
{
    constexpr unsigned seed = 5;
    CAPTURE(seed);
    std::minstd_rand random(seed);
    for (std::size_t size = 0; size < 200; ++size) {
        std::string bytes;
        for (std::size_t i = 0; i < size; ++i)
            bytes += static_cast<char>(random() >> 8);
        const std::string text = to_base64url(bytes);
        CHECK(text.size() == base64url_size(size));
        CHECK(from_base64url(text) == bytes);
    }
}

TEST_CASE("base64url: one text for each sequence of bytes, so that no two keys share one")
{
    CHECK_FALSE(from_base64url("A"));     // six bits are no byte
    CHECK_FALSE(from_base64url("Zm9vY")); // nor are six more
    CHECK_FALSE(from_base64url("Zh"));    // "f", with bits that it does not have
    CHECK_FALSE(from_base64url("Zm9"));   // "fo", with such bits
    CHECK_FALSE(from_base64url("Zg=="));  // padded
    CHECK_FALSE(from_base64url("Zm+v"));  // of the other alphabet
    CHECK_FALSE(from_base64url("Zm 9v"));
    CHECK_FALSE(from_base64url(std::string("Zm9\0", 4)));
    CHECK_FALSE(from_base64url("Zm9\xff"));
}
