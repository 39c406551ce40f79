// SPDX-License-Identifier: BSL-1.0
#include "codec_support.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>
#include <set>

using namespace std::string_literals;
using coffer::codec;
using coffer::has_codec;

namespace {

enum class level : std::uint16_t { low = 1, high = 0xfffe };
enum class certain : bool { no, yes };
enum loose { small_one, small_two };
struct opaque {};
struct versioned {
    int number = 0;
};

template <class T>
void check_limits()
{
    using limits = std::numeric_limits<T>;
    for (const T value : {limits::min(), limits::max(), limits::lowest(), T(0), T(1)}) {
        CHECK(round_trip(value) == value);
        CHECK(coffer::encode_value(value).size() == sizeof(T));
    }
}

} // namespace

template <>
inline constexpr std::uint32_t coffer::schema_version<level> = 2;

template <>
struct coffer::codec<versioned> {
    static constexpr std::uint16_t id = codec_id::user;
    static constexpr std::uint64_t schema = 1;
    static std::string encode(const versioned& v) { return coffer::encode_value(v.number); }
    static versioned decode(std::string_view bytes) { return {coffer::decode_value<int>(bytes)}; }
};

TEST_CASE("codec: text and bytes are stored as they are")
{
    CHECK(coffer::encode_value("a\0b"s) == "a\0b"s);
    CHECK(round_trip(""s).empty());
    CHECK(round_trip(std::vector<char>{'a', 'b'}) == std::vector<char>{'a', 'b'});
    CHECK(round_trip(std::vector<unsigned char>{0, 255}) == std::vector<unsigned char>{0, 255});
    CHECK(round_trip(std::vector<std::byte>(3)) == std::vector<std::byte>(3));
    CHECK(round_trip(std::vector<std::byte>()).empty());
    CHECK(coffer::encode_value(std::vector<unsigned char>{'x'}) == "x");
}

TEST_CASE("codec: numbers are little-endian of their own width")
{
    CHECK(coffer::encode_value(std::uint32_t{0x01020304}) == "\4\3\2\1");
    CHECK(coffer::encode_value(std::int16_t{-2}) == "\xfe\xff");
    CHECK(coffer::encode_value(1.0) == "\0\0\0\0\0\0\xf0\x3f"s);
    CHECK(coffer::encode_value(true) == "\1");
    CHECK(coffer::encode_value(level::high) == "\xfe\xff");
    check_limits<bool>();
    check_limits<char>();
    check_limits<signed char>();
    check_limits<std::uint16_t>();
    check_limits<int>();
    check_limits<std::int64_t>();
    check_limits<unsigned long long>();
    check_limits<float>();
    check_limits<double>();
    check_limits<char32_t>();
}

TEST_CASE("codec: a floating point number keeps its bits, a NaN among them")
{
    const double back = round_trip(-std::numeric_limits<double>::quiet_NaN());
    CHECK(back != back);
    CHECK(std::signbit(back));
    CHECK(std::signbit(round_trip(-0.0)));
}

TEST_CASE("codec: enums of a fixed type hold any number, others have no codec")
{
    CHECK(round_trip(level::high) == level::high);
    CHECK(static_cast<int>(coffer::decode_value<level>("\7\7")) == 0x0707);
    CHECK(round_trip(certain::yes) == certain::yes);
    CHECK(refused<certain>("\2"));
    static_assert(!has_codec<loose>);
}

TEST_CASE("codec: a number of another length, or a bool of another value, is not decodable")
{
    CHECK(refused<int>(""));
    CHECK(refused<int>("abc"));
    CHECK(refused<int>("abcde"));
    CHECK(refused<bool>(""));
    CHECK(refused<bool>("\2"));
    CHECK(refused<bool>("\1\1"));
    CHECK(refused<double>("1234567"));
}

TEST_CASE("codec: an optional tells nothing from an empty value")
{
    using maybe = std::optional<std::string>;
    CHECK(round_trip(maybe()) == std::nullopt);
    CHECK(round_trip(maybe("")) == maybe(""));
    CHECK(round_trip(maybe("text")) == maybe("text"));
    using twice = std::optional<std::optional<int>>;
    CHECK(round_trip(twice()) == twice());
    CHECK(round_trip(twice(std::in_place)) == twice(std::in_place));
    CHECK(round_trip(twice(5)) == twice(5));
    CHECK(refused<maybe>(""));
    CHECK(refused<maybe>("\0x"s));
    CHECK(refused<maybe>("\2x"));
    CHECK(refused<std::optional<int>>("\1xyz"));
}

TEST_CASE("codec: a shared pointer carries its value, or that there is none")
{
    using shared = std::shared_ptr<const std::string>;
    CHECK(*round_trip(std::make_shared<const std::string>("text")) == "text");
    CHECK(round_trip(shared()) == nullptr);
    CHECK(*round_trip(std::make_shared<int>(5)) == 5);
    CHECK(refused<shared>(""));
}

TEST_CASE("codec: a type's own codec is used, also inside of others")
{
    CHECK(round_trip(versioned{7}).number == 7);
    CHECK(round_trip(std::optional(versioned{7}))->number == 7);
    CHECK(round_trip(std::make_shared<const versioned>(versioned{7}))->number == 7);
}

TEST_CASE("codec: what has none is known at compile time")
{
    static_assert(has_codec<int> && has_codec<std::string> && has_codec<std::optional<bool>>);
    static_assert(has_codec<std::shared_ptr<const versioned>>);
    static_assert(!has_codec<opaque> && !has_codec<std::optional<opaque>>);
    static_assert(!has_codec<std::shared_ptr<opaque>> && !has_codec<int*>);
    static_assert(!has_codec<long double> && !has_codec<std::string_view>);
}

TEST_CASE("codec: schemas tell widths, signs and kinds apart, and are the same everywhere")
{
    const std::set<std::uint64_t> all{codec<bool>::schema,
                                      codec<int>::schema,
                                      codec<unsigned>::schema,
                                      codec<std::int64_t>::schema,
                                      codec<float>::schema,
                                      codec<double>::schema,
                                      codec<std::string>::schema,
                                      codec<level>::schema,
                                      codec<std::uint16_t>::schema,
                                      codec<certain>::schema,
                                      codec<std::optional<int>>::schema,
                                      codec<std::optional<std::optional<int>>>::schema,
                                      codec<std::optional<double>>::schema};
    CHECK(all.size() == 13);
    CHECK(codec<long>::schema == codec<long long>::schema);
    CHECK(codec<std::shared_ptr<const int>>::schema == codec<std::optional<int>>::schema);
    // Stored entries carry them: a change here would make all that is stored a miss.
    CHECK(codec<std::string>::schema == 13263082009118264785ull);
    CHECK(codec<int>::schema == 2088078366022870929ull);
}

TEST_CASE("codec: a raised schema version changes the schema")
{
    const std::uint64_t unversioned = coffer::detail::schema_of("enum", 2, 0);
    CHECK(codec<level>::schema != unversioned);
    CHECK(codec<level>::schema == coffer::detail::schema_of("enum", 2, 2));
}
