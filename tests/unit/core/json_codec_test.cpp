// SPDX-License-Identifier: BSL-1.0
#include "codec_support.hpp"
#include "json_types.hpp"

#include <doctest/doctest.h>

#include <array>
#include <filesystem>
#include <limits>
#include <map>
#include <set>
#include <unordered_map>

using coffer::codec;
using coffer::has_codec;
using nlohmann::json;

namespace {

const shop::product apple{"apple: \"red\"", 0.1, {"fruit", "", "\xc3\xa4"}};

} // namespace

TEST_CASE("json codec: whatever way a type has JSON in, it comes back")
{
    CHECK(round_trip(apple) == apple);
    CHECK(round_trip(shop::intrusive{5}).number == 5);
    CHECK(round_trip(shop::by_template{6}).number == 6);
    CHECK(round_trip(shop::by_serializer(7)).number() == 7);
    CHECK(round_trip(shop::note{"text"}).text == "text");
    const json any = json::parse(R"({"a":[1,-1,1.5,null,true,"x",{}],"b":18446744073709551615})");
    CHECK(round_trip(any) == any);
}

TEST_CASE("json codec: containers, pairs and tuples of such types come back")
{
    CHECK(round_trip(std::vector{apple, shop::product()}) == std::vector{apple, shop::product()});
    const std::map<std::string, std::vector<int>> lists{{"a", {1, 2}}, {"", {}}};
    CHECK(round_trip(lists) == lists);
    const std::unordered_map<int, shop::product> numbered{{-1, apple}};
    CHECK(round_trip(numbered) == numbered);
    CHECK(round_trip(std::pair(1, apple)) == std::pair(1, apple));
    using row = std::tuple<bool, std::string, std::set<double>>;
    CHECK(round_trip(row(true, "x", {1, 2})) == row(true, "x", {1, 2}));
    CHECK(round_trip(std::array<double, 2>{1, 2}) == std::array<double, 2>{1, 2});
    CHECK(round_trip(std::vector<bool>{true, false}) == std::vector<bool>{true, false});
    CHECK(round_trip(std::filesystem::path("a/b")) == std::filesystem::path("a/b"));
    CHECK(round_trip(std::optional(apple)) == apple);
    CHECK(*round_trip(std::make_shared<const shop::product>(apple)) == apple);
}

TEST_CASE("json codec: CBOR keeps every number and every byte of a text")
{
    using limits = std::numeric_limits<double>;
    const std::vector<double> numbers{
        0.1, -0.0, limits::max(), limits::min(), limits::denorm_min(), limits::infinity(), 1e-300};
    CHECK(round_trip(numbers) == numbers);
    const double nan = round_trip(std::vector{limits::quiet_NaN()}).at(0);
    CHECK(nan != nan);
    const std::vector<std::int64_t> integers{INT64_MIN, -1, 0, INT64_MAX};
    CHECK(round_trip(integers) == integers);
    const std::vector<std::uint64_t> naturals{UINT64_MAX};
    CHECK(round_trip(naturals) == naturals);
    const std::vector<std::string> texts{std::string("\0\xff\xfe", 3)};
    CHECK(round_trip(texts) == texts);
    const json bytes = json::binary({1, 2, 255}, 42);
    CHECK(round_trip(bytes) == bytes);
}

TEST_CASE("json codec: the form is CBOR unless the type says text")
{
    CHECK(coffer::encode_value(shop::note{"a"}) == R"({"text":"a"})");
    CHECK(coffer::encode_value(shop::intrusive{5}) == "\xa1\x66number\x05");
    static_assert(codec<shop::note>::id == coffer::codec_id::json);
    static_assert(codec<shop::intrusive>::id == coffer::codec_id::cbor);
}

TEST_CASE("json codec: what has a codec of its own keeps it")
{
    static_assert(codec<std::string>::id == coffer::codec_id::raw);
    static_assert(codec<int>::id == coffer::codec_id::scalar);
    static_assert(codec<std::vector<unsigned char>>::id == coffer::codec_id::raw);
    static_assert(codec<std::optional<shop::product>>::id == coffer::codec_id::optional);
}

TEST_CASE("json codec: refuses at compile time what JSON would not hold in full")
{
    static_assert(!has_codec<shop::grid> && !has_codec<std::vector<shop::grid>>);
    static_assert(!has_codec<shop::unknown> && !has_codec<std::pair<int, shop::unknown>>);
    static_assert(!has_codec<shop::only_written>);
    static_assert(!has_codec<std::vector<long double>>);
    static_assert(!has_codec<std::string_view> && !has_codec<std::vector<std::string_view>>);
    static_assert(!has_codec<const char*> && !has_codec<int*>);
}

TEST_CASE("json codec: schemas follow the form, the parts and their versions")
{
    const std::set<std::uint64_t> all{codec<shop::product>::schema,
                                      codec<shop::note>::schema,
                                      codec<shop::renewed>::schema,
                                      codec<std::vector<shop::product>>::schema,
                                      codec<std::vector<shop::renewed>>::schema,
                                      codec<std::map<std::string, shop::renewed>>::schema,
                                      codec<std::vector<int>>::schema,
                                      codec<std::vector<double>>::schema,
                                      codec<std::vector<std::vector<int>>>::schema,
                                      codec<std::pair<int, double>>::schema,
                                      codec<std::pair<double, int>>::schema,
                                      codec<std::tuple<int, double, int>>::schema,
                                      codec<std::optional<shop::renewed>>::schema};
    CHECK(all.size() == 13);
    CHECK(codec<shop::product>::schema ==
          codec<shop::intrusive>::schema); // the user tells them apart
}

TEST_CASE("json codec: bytes that do not fit the type are not decodable")
{
    CHECK(refused<shop::product>(""));
    CHECK(refused<shop::product>(coffer::encode_value(json::array())));
    CHECK(refused<shop::product>(coffer::encode_value(json{{"name", "a"}})));
    CHECK(refused<shop::product>(
        coffer::encode_value(json{{"name", 5}, {"price", 1}, {"labels", json::array()}})));
    CHECK(refused<std::pair<int, int>>(coffer::encode_value(json::array({1}))));
    CHECK(refused<std::array<double, 3>>(coffer::encode_value(json::array({1, 2}))));
    CHECK(refused<shop::note>("{\"text\":"));
    CHECK(refused<shop::note>("{\"text\":1e999}"));
    CHECK(refused<shop::note>("{\"text\":\"\xff\"}"));
    CHECK(refused<shop::note>(coffer::encode_value(shop::product())));
}

TEST_CASE("json codec: every truncation of a value is not decodable")
{
    const std::string bytes = coffer::encode_value(apple);
    for (std::size_t size = 0; size < bytes.size(); ++size)
        CHECK(refused<shop::product>(std::string_view(bytes).substr(0, size)));
    CHECK(refused<shop::product>(bytes + '\0'));
}

TEST_CASE("json codec: whatever a from_json throws says not decodable")
{
    CHECK(round_trip(shop::moody{12}).number == 12);
    CHECK(refused<shop::moody>(coffer::encode_value(shop::moody{13})));
    CHECK_THROWS_AS(coffer::encode_value(shop::moody{-1}), std::domain_error);
}

TEST_CASE("json codec: what is nested too deeply is neither written nor read")
{
    CHECK(round_trip(shop::nest{128}).depth == 128);
    CHECK_THROWS_AS(coffer::encode_value(shop::nest{129}), std::invalid_argument);
    const std::string deeper = '\x81' + coffer::encode_value(shop::nest{128});
    CHECK(refused<shop::nest>(deeper));
}

TEST_CASE("json codec: hostile nesting and lengths end quickly, without memory or stack")
{
    constexpr std::size_t many = 2'000'000;
    const auto repeated = [](std::string_view piece) {
        std::string all;
        while (all.size() < many)
            all += piece;
        return all;
    };
    for (const std::string_view piece : {"\x81", "\x7f", "\x5f", "\x9f", "\xbf",
                                         "\xa1\x61"
                                         "a",
                                         "\xd8\x2a", "\xc1", "[", "{\"a\":"}) {
        CAPTURE(piece);
        CHECK(refused<json>(repeated(piece)));
        CHECK(refused<shop::note>(repeated(piece)));
    }
    using namespace std::string_view_literals;
    CHECK(refused<json>("\x9b\xff\xff\xff\xff\xff\xff\xff\xff"sv));
    CHECK(refused<json>("\xbb\x80\0\0\0\0\0\0\0"sv));
    CHECK(refused<json>("\x7b\x7f\xff\xff\xff\xff\xff\xff\xff"sv));
    CHECK(refused<json>("\x5b\0\0\0\1\0\0\0\0"sv));
    CHECK(refused<json>("\xd8\x2a\x5a\xff\xff\xff\xff"sv));
}
