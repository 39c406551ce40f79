// SPDX-License-Identifier: BSL-1.0
#include "key_types.hpp"

#include <coffer/core/key_equal.hpp>
#include <coffer/core/key_hash.hpp>
#include <coffer/core/unkeyed.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <functional>
#include <limits>
#include <list>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

using namespace std::chrono_literals;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

// Equal, with one hash, and one key.
template <class A, class B>
bool meet(const A& a, const B& b)
{
    const bool equal = coffer::key_equal()(a, b);
    CHECK(equal == coffer::key_equal()(b, a));
    CHECK(equal == (coffer::encode_key(a) == coffer::encode_key(b)));
    if (equal)
        CHECK(coffer::key_hash()(a) == coffer::key_hash()(b));
    return equal;
}

} // namespace

TEST_CASE("key equal: a NaN finds itself, and minus zero finds zero")
{
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK(meet(nan, -nan));
    CHECK(meet(0.0, -0.0));
    CHECK(meet(std::tuple(nan, 1), std::tuple(nan, 1)));
    CHECK(meet(std::vector{nan, -0.0}, std::vector{-nan, 0.0}));
    CHECK(meet(std::optional(nan), std::optional(nan)));
    CHECK_FALSE(meet(nan, 0.0));
    CHECK_FALSE(meet(-1.0, -2.0));
}

TEST_CASE("key equal: text is found by a view, a literal or a pointer")
{
    const std::tuple kept("product"s, 42);
    CHECK(meet(kept, std::tuple("product"sv, 42)));
    CHECK(meet(kept, std::tuple<const char*, long>("product", 42)));
    CHECK(meet("product"s, "product"));
    CHECK_FALSE(meet(kept, std::tuple("product "sv, 42)));
    CHECK_FALSE(meet("a\0b"s, "a"));
}

TEST_CASE("key equal: numbers of two widths meet by value")
{
    CHECK(meet(5, 5ul));
    CHECK(meet(0.5f, 0.5));
    CHECK(meet(0.5L, 0.5f));
    CHECK_FALSE(meet(-1, std::numeric_limits<std::uint64_t>::max()));
    CHECK_FALSE(meet(-1, std::numeric_limits<unsigned>::max()));
    CHECK_FALSE(meet(0.1f, 0.1));
}

TEST_CASE("key equal: values of two shapes never meet")
{
    CHECK_FALSE(meet(1, true));
    CHECK_FALSE(meet(1, 1.0));
    CHECK_FALSE(meet(1, "1"));
    CHECK_FALSE(meet('1', "1"));
    CHECK_FALSE(meet(color::red, 1));
    CHECK_FALSE(meet(std::vector{1}, std::set{1}));
    CHECK_FALSE(meet(std::vector{1}, std::tuple(1)));
    CHECK_FALSE(meet(std::tuple(1), std::tuple(1, 2)));
    CHECK_FALSE(meet(std::filesystem::path("a"), "a"));
    CHECK_FALSE(meet(std::optional(1), 1));
    CHECK_FALSE(meet(1s, 1000ms));
    CHECK_FALSE(meet(sku{"a", 1}, std::tuple("a", 1)));
}

TEST_CASE("key equal: sequences meet in any container")
{
    const std::vector numbers{1, 2, 3};
    CHECK(meet(numbers, std::span(numbers)));
    CHECK(meet(numbers, std::list{1l, 2l, 3l}));
    CHECK(meet(numbers, std::array{1, 2, 3}));
    CHECK(meet(std::vector{"a"s}, std::vector{"a"sv}));
    CHECK(meet(std::vector{true, false}, std::array{true, false}));
    CHECK(meet(std::vector<unsigned char>{1, 255}, std::list<unsigned char>{1, 255}));
    CHECK(meet(std::vector{'a', 'b'}, std::vector<unsigned char>{'a', 'b'}));
    CHECK_FALSE(meet(numbers, std::vector{1, 2}));
    CHECK_FALSE(meet(std::vector<unsigned char>{1}, std::vector<unsigned char>{1, 0}));
}

TEST_CASE("key equal: unordered containers meet in any order")
{
    std::unordered_set<std::string> one{"a", "b", "c"};
    std::unordered_set<std::string> other(512);
    other.insert({"c", "b", "a"});
    CHECK(meet(one, other));
    CHECK(meet(one, std::set<std::string>{"a", "b", "c"}));
    other.insert("d");
    CHECK_FALSE(meet(one, other));
    CHECK(meet(std::unordered_map<int, int>{{1, 2}, {3, 4}}, std::map<int, int>{{3, 4}, {1, 2}}));
    CHECK_FALSE(meet(std::map<int, int>{{1, 2}}, std::map<int, int>{{1, 3}}));
    CHECK_FALSE(meet(std::map<int, int>{{1, 2}}, std::map<int, int>{{2, 2}}));
}

TEST_CASE("key equal: an order that does not follow from the members does not count")
{
    using by = std::function<bool(int, int)>;
    const std::set<int, by> up({1, 2, 3}, std::less<int>());
    const std::set<int, by> down({1, 2, 3}, std::greater<int>());
    CHECK(meet(up, down));

    const std::multimap<int, int> one{{1, 2}, {1, 3}};
    const std::multimap<int, int> other{{1, 3}, {1, 2}};
    CHECK(meet(one, other));

    // Two arrays in the other order of addresses: a set of pointers to text is ordered by these.
    static const char memory[] = "a\0b\0a";
    const std::set<const char*> forwards{memory, memory + 2};
    const std::set<const char*> backwards{memory + 2, memory + 4};
    CHECK(meet(forwards, backwards));

    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK(meet(std::set{nan}, std::set{-nan}));
    CHECK(meet(std::map<double, int>{{0.0, 1}}, std::map<double, int>{{-0.0, 1}}));
}

TEST_CASE("key equal: what may be absent is compared with what is there")
{
    using maybe = std::optional<std::string>;
    CHECK(meet(maybe(), std::nullopt));
    CHECK(meet(std::nullopt, std::nullopt));
    CHECK(meet(maybe("a"), std::optional("a"sv)));
    CHECK_FALSE(meet(maybe("a"), std::nullopt));
    CHECK_FALSE(meet(maybe(), maybe("")));
}

TEST_CASE("key equal: variants meet in their alternative and its value")
{
    using either = std::variant<int, std::string>;
    CHECK(meet(either(1), either(1)));
    CHECK(meet(either("a"), std::variant<int, std::string_view>("a")));
    CHECK_FALSE(meet(either(1), either(2)));
    CHECK_FALSE(meet(either(1), either("1")));
    CHECK(meet(valueless(), valueless()));
    CHECK_FALSE(meet(valueless(), std::variant<int, sku>(1)));
}

TEST_CASE("key equal: times, dates, paths and units")
{
    CHECK(meet(5ms, 5ms));
    CHECK(meet(std::chrono::sys_seconds(5s), std::chrono::sys_seconds(5s)));
    CHECK_FALSE(meet(5ms, 6ms));
    using namespace std::chrono;
    CHECK(meet(year(2024) / 2 / 29, year(2024) / 2 / 29));
    CHECK_FALSE(meet(year(2024) / 2 / 29, year(2023) / 2 / 29));
    CHECK(meet(std::filesystem::path("a/b"), std::filesystem::path("a/b")));
    CHECK_FALSE(meet(std::filesystem::path("a//b"), std::filesystem::path("a/b")));
    CHECK(meet(std::monostate(), std::monostate()));
}

TEST_CASE("key equal: a type with an encoder is compared by what it encodes")
{
    CHECK(meet(sku{"a", 1}, sku{"a", 1}));
    CHECK_FALSE(meet(sku{"a", 1}, sku{"a", 2}));
    CHECK(meet(part{"a", 1}, part{"a", 1}));
    CHECK_FALSE(meet(part{"a", 1}, part{"b", 1}));
    CHECK(meet(folded("AbC"), folded("aBc")));
    CHECK(meet(std::vector{folded("A")}, std::vector{folded("a")}));
    CHECK_FALSE(meet(matrix<int>(1, {1, 2}), matrix<int>(2, {1, 2})));
}

TEST_CASE("key equal: an unkeyed argument never tells two calls apart")
{
    const coffer::unkeyed one("database one"s);
    const coffer::unkeyed other("database two"s);
    CHECK(coffer::key_equal()(std::tuple(one, 5), std::tuple(other, 5)));
    CHECK_FALSE(coffer::key_equal()(std::tuple(one, 5), std::tuple(one, 6)));
    CHECK(coffer::key_hash()(std::tuple(one, 5)) == coffer::key_hash()(std::tuple(other, 5)));
}

TEST_CASE("key equal: an encoder that throws leaves nothing behind")
{
    const char* const null = nullptr;
    for (int i = 0; i < 10; ++i) {
        CHECK_THROWS_AS(coffer::key_equal()(null, "a"), std::invalid_argument);
        CHECK_THROWS_AS(coffer::key_hash()(null), std::invalid_argument);
        const std::multiset<const char*> inside{null};
        CHECK_THROWS_AS(coffer::key_equal()(inside, inside), std::invalid_argument);
    }
    CHECK(meet(sku{"a", 1}, sku{"a", 1}));
}
