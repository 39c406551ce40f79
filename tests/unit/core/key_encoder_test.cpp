// SPDX-License-Identifier: BSL-1.0
#include "key_types.hpp"

#include <coffer/core/key_encoder.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <deque>
#include <filesystem>
#include <forward_list>
#include <limits>
#include <list>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

using namespace std::chrono_literals;
using namespace std::string_literals;
using namespace std::string_view_literals;
using coffer::encode_key;

TEST_CASE("key encoder: every type has its own word, as documented")
{
    CHECK(encode_key() == "");
    CHECK(encode_key(42) == "i42");
    CHECK(encode_key(-42) == "i-42");
    CHECK(encode_key(true) == "t");
    CHECK(encode_key(false) == "f");
    CHECK(encode_key('a') == "c97");
    CHECK(encode_key(U'\x1F600') == "c128512");
    CHECK(encode_key(color::green) == "e2");
    CHECK(encode_key(negative::below) == "e-7");
    CHECK(encode_key(std::byte{255}) == "e255");
    CHECK(encode_key(1.0) == "d3ff0000000000000");
    CHECK(encode_key("text") == "s4.text");
    CHECK(encode_key(std::filesystem::path("a/b")) == "p3.a/b");
    CHECK(encode_key(std::vector<unsigned char>{'a', 'b'}) == "y2.ab");
    CHECK(encode_key(std::monostate()) == "u");
    CHECK(encode_key(std::nullopt) == "n");
    CHECK(encode_key(std::optional(5)) == "ji5");
    CHECK(encode_key(std::pair(1, "x"s)) == "T2i1s1.x");
    CHECK(encode_key(std::tuple<>()) == "T0");
    CHECK(encode_key(std::vector{1, 2}) == "L2i1i2");
    CHECK(encode_key(std::set{2, 1}) == "S2i1i2");
    CHECK(encode_key(std::map<int, bool>{{2, true}, {1, false}}) == "M2i1fi2t");
    CHECK(encode_key(std::variant<int, std::string>("x")) == "v1s1.x");
    CHECK(encode_key(5ms) == "h1.1000i5");
    CHECK(encode_key(std::chrono::sys_seconds(5s)) == "ah1.1i5");
    CHECK(encode_key(std::chrono::year(2024) / 2 / 29) == "g2024.2.29");
    CHECK(encode_key(std::chrono::year(-1) / 13 / 0) == "g-1.13.0");
    CHECK(encode_key(sku{"acme", 7}) == "Os4.acmei7.");
    CHECK(encode_key(part{"acme", 7}) == "Os4.acmei7.");
}

TEST_CASE("key encoder: 1, \"1\", true, 1.0, '1' and an enum of 1 are six different keys")
{
    const std::set<std::string> keys{encode_key(1),    encode_key("1"), encode_key(true),
                                     encode_key(1.0),  encode_key('1'), encode_key(color::red),
                                     encode_key(1.0f), encode_key(1L)};
    CHECK(keys.size() == 6); // 1.0f is 1.0, and 1L is 1
}

TEST_CASE("key encoder: an integer counts by its value, not by its width or sign")
{
    const std::string five = encode_key(5);
    CHECK(encode_key(std::int8_t{5}) == five);
    CHECK(encode_key(std::uint8_t{5}) == five);
    CHECK(encode_key(5ul) == five);
    CHECK(encode_key(5ll) == five);
    CHECK(encode_key(-1) != encode_key(std::numeric_limits<std::uint32_t>::max()));
    CHECK(encode_key(-1ll) != encode_key(std::numeric_limits<std::uint64_t>::max()));
    CHECK(encode_key(std::numeric_limits<std::int64_t>::min()) == "i-9223372036854775808");
    CHECK(encode_key(std::numeric_limits<std::uint64_t>::max()) == "i18446744073709551615");
}

TEST_CASE("key encoder: characters of all types count by their code unit")
{
    CHECK(encode_key('\xff') == "c255");
    CHECK(encode_key(L'a') == encode_key('a'));
    CHECK(encode_key(u8'a') == encode_key(u'a'));
    CHECK(encode_key(static_cast<signed char>(-1)) == "i-1");
}

TEST_CASE("key encoder: floating point numbers count by their exact value")
{
    CHECK(encode_key(0.5f) == encode_key(0.5));
    CHECK(encode_key(0.5L) == encode_key(0.5));
    CHECK(encode_key(0.1f) != encode_key(0.1));
    CHECK(encode_key(-1.0) != encode_key(-2.0));
    CHECK(encode_key(1.0) != encode_key(std::nextafter(1.0, 2.0)));
    CHECK(encode_key(std::numeric_limits<double>::denorm_min()) != encode_key(0.0));
    CHECK(encode_key(std::numeric_limits<double>::infinity()) == "d7ff0000000000000");
}

TEST_CASE("key encoder: minus zero is zero, and all NaNs are one")
{
    const double quiet = std::numeric_limits<double>::quiet_NaN();
    CHECK(encode_key(-0.0) == encode_key(0.0));
    CHECK(encode_key(-0.0f) == encode_key(0.0));
    CHECK(encode_key(-0.0L) == encode_key(0.0));
    CHECK(encode_key(-quiet) == encode_key(quiet));
    CHECK(encode_key(std::nan("123")) == encode_key(quiet));
    CHECK(encode_key(std::numeric_limits<float>::quiet_NaN()) == encode_key(quiet));
    CHECK(encode_key(std::numeric_limits<long double>::quiet_NaN()) == encode_key(quiet));
}

TEST_CASE("key encoder: a long double that is no double keeps all of its bits")
{
    const long double third = 1.0L / 3;
    CHECK(encode_key(third) != encode_key(static_cast<double>(third)));
    CHECK(encode_key(third) != encode_key(std::nextafter(third, 1.0L)));
    CHECK(encode_key(third) != encode_key(-third));
    CHECK(encode_key(third) != encode_key(std::ldexp(third, 1)));
    CHECK(encode_key(std::numeric_limits<long double>::denorm_min()) != encode_key(0.0));
    CHECK(encode_key(std::numeric_limits<long double>::max()) !=
          encode_key(std::numeric_limits<long double>::infinity()));
}

TEST_CASE("key encoder: text is text, however it is held")
{
    const char buffer[8] = "key";
    char writable[] = "key";
    char* const pointer = writable;
    CHECK(encode_key("key"s) == encode_key("key"));
    CHECK(encode_key("key"sv) == encode_key("key"));
    CHECK(encode_key(buffer) == encode_key("key"));
    CHECK(encode_key(pointer) == encode_key("key"));
    const char full[3] = {'k', 'e', 'y'};
    CHECK(encode_key(full) == encode_key("key"));
    CHECK(encode_key("a\0b"sv) == "s3.a\0b"sv);
    CHECK(encode_key(L"key"s) == "L3c107c101c121");
}

TEST_CASE("key encoder: a null C string is refused, because it is no text")
{
    const char* const nothing = nullptr;
    CHECK_THROWS_AS(encode_key(nothing), std::invalid_argument);
}

TEST_CASE("key encoder: containers are framed, so that their contents cannot shift")
{
    using texts = std::vector<std::string>;
    CHECK(encode_key(texts{"a", "b"}) != encode_key(texts{"astr:b"}));
    CHECK(encode_key(texts{"a", "b"}) != encode_key(texts{"as1.b"}));
    CHECK(encode_key(texts{"ab", "c"}) != encode_key(texts{"a", "bc"}));
    CHECK(encode_key("ab", "c") != encode_key("a", "bc"));
    using nested = std::vector<std::vector<int>>;
    const std::set<std::string> shapes{
        encode_key(nested{}),          encode_key(nested{{}}),     encode_key(nested{{}, {}}),
        encode_key(nested{{1}, {2}}),  encode_key(nested{{1, 2}}), encode_key(nested{{1, 2}, {}}),
        encode_key(nested{{}, {1, 2}})};
    CHECK(shapes.size() == 7);
}

TEST_CASE("key encoder: sequences of the same elements are the same in any container")
{
    const std::string expected = encode_key(std::vector{1, 2, 3});
    const int plain[] = {1, 2, 3};
    CHECK(encode_key(std::array{1, 2, 3}) == expected);
    CHECK(encode_key(std::list{1, 2, 3}) == expected);
    CHECK(encode_key(std::forward_list{1, 2, 3}) == expected);
    CHECK(encode_key(std::deque{1, 2, 3}) == expected);
    CHECK(encode_key(std::span(plain)) == expected);
    CHECK(encode_key(plain) == expected);
    CHECK(encode_key(std::vector<bool>{true, false}) == "L2tf");
    CHECK(encode_key(std::list<unsigned char>{'a'}) == encode_key(std::vector<char>{'a'}));
    CHECK(encode_key(std::vector<std::byte>()) == "y0.");
}

TEST_CASE("key encoder: sets and maps do not depend on their order")
{
    std::unordered_map<std::string, int> forwards;
    std::unordered_map<std::string, int> backwards(1024);
    for (int i = 0; i < 100; ++i) {
        forwards.emplace(std::to_string(i), i);
        backwards.emplace(std::to_string(99 - i), 99 - i);
    }
    const std::map<std::string, int> sorted(forwards.begin(), forwards.end());
    const std::map<std::string, int, std::greater<>> reversed(forwards.begin(), forwards.end());
    CHECK(encode_key(forwards) == encode_key(backwards));
    CHECK(encode_key(forwards) == encode_key(sorted));
    CHECK(encode_key(forwards) == encode_key(reversed));
    const std::multimap<int, int> one{{1, 2}, {1, 3}};
    const std::multimap<int, int> other{{1, 3}, {1, 2}};
    CHECK(encode_key(one) == encode_key(other));
    CHECK(encode_key(std::multiset{1, 1}) != encode_key(std::multiset{1}));
    CHECK(encode_key(std::set<std::set<int>>{{1}, {}}) == "S2S0S1i1");
}

TEST_CASE("key encoder: nothing, an empty thing, and a thing that holds nothing differ")
{
    using maybe = std::optional<std::optional<std::string>>;
    const std::set<std::string> keys{encode_key(maybe()), encode_key(maybe(std::in_place)),
                                     encode_key(maybe("")), encode_key("")};
    CHECK(keys.size() == 4);
    CHECK(encode_key(maybe()) == encode_key(std::nullopt));
}

TEST_CASE("key encoder: alternatives of a variant that hold the same value differ")
{
    using either = std::variant<int, long, bool>;
    CHECK(encode_key(either(std::in_place_index<0>, 1)) !=
          encode_key(either(std::in_place_index<1>, 1)));
    CHECK(encode_key(valueless()) == "v-");
}

TEST_CASE("key encoder: a duration is its count together with its period")
{
    CHECK(encode_key(1s) != encode_key(1000ms));
    CHECK(encode_key(1s) != encode_key(1ms));
    CHECK(encode_key(std::chrono::duration<double>(1)) == "h1.1d3ff0000000000000");
    CHECK(encode_key(std::chrono::hours::max()) != encode_key(std::chrono::hours::min()));
}

TEST_CASE("key encoder: an unkeyed argument leaves no trace")
{
    int handle = 0;
    const coffer::unkeyed<int*> database(&handle);
    CHECK(encode_key(database, 5) == encode_key(5));
    CHECK(encode_key(5, database) == encode_key(5));
    CHECK(encode_key(database) == "");
    // Inside another value its place stays, so that the others cannot shift.
    CHECK(encode_key(std::tuple(database, 5)) == "T2ui5");
}

TEST_CASE("key encoder: a user's encoder is framed and goes before what is built in")
{
    CHECK(encode_key(sku{"a", 1}, 2) != encode_key(sku{"a", 12}));
    CHECK(encode_key(std::vector<sku>{{"a", 1}}) == "L1Os1.ai1.");
    CHECK(encode_key(folded{"AbC"}) == encode_key(folded{"aBc"}));
    // matrix is a range, but its shape counts too.
    CHECK(encode_key(matrix<int>(2, {1, 2, 3, 4, 5, 6})) !=
          encode_key(matrix<int>(3, {1, 2, 3, 4, 5, 6})));
}

TEST_CASE("key encoder: what cannot be a key is known at compile time")
{
    struct plain {};
    struct labelled : std::vector<int> {
        int label = 0; // which would be lost if it counted as a vector
    };
    static_assert(coffer::key_encodable<int> && coffer::key_encodable<const std::string&>);
    static_assert(coffer::key_encodable<std::map<std::string, std::vector<std::optional<sku>>>>);
    static_assert(coffer::key_encodable<std::filesystem::path>);
    static_assert(coffer::key_encodable<coffer::unkeyed<plain>>);
    static_assert(!coffer::key_encodable<plain> && !coffer::key_encodable<labelled>);
    static_assert(!coffer::key_encodable<int*> && !coffer::key_encodable<std::nullptr_t>);
    static_assert(!coffer::key_encodable<std::shared_ptr<int>>);
    static_assert(!coffer::key_encodable<std::vector<plain>>);
    static_assert(!coffer::key_encodable<std::map<int, plain>>);
    static_assert(!coffer::key_encodable<std::map<plain, int>>);
    static_assert(!coffer::key_encodable<std::optional<const void*>>);
    static_assert(!coffer::key_encodable<std::variant<int, plain>>);
    static_assert(!coffer::key_encodable<std::tuple<int, plain>>);
}
