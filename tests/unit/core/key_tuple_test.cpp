// SPDX-License-Identifier: BSL-1.0
#include "key_types.hpp"

#include <coffer/core/key_equal.hpp>
#include <coffer/core/key_hash.hpp>
#include <coffer/core/key_tuple.hpp>

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <optional>
#include <unordered_set>

using namespace std::string_view_literals;
using coffer::stored_key_t;

TEST_CASE("key tuple: a kept key owns its text and its spans")
{
    static_assert(std::same_as<stored_key_t<std::string_view>, std::string>);
    static_assert(std::same_as<stored_key_t<const char*>, std::string>);
    static_assert(std::same_as<stored_key_t<const char(&)[4]>, std::string>);
    static_assert(std::same_as<stored_key_t<const std::string&>, std::string>);
    static_assert(std::same_as<stored_key_t<std::span<const int>>, std::vector<int>>);
    static_assert(std::same_as<stored_key_t<std::initializer_list<int>>, std::vector<int>>);
    static_assert(
        std::same_as<stored_key_t<std::optional<std::string_view>>, std::optional<std::string>>);
    static_assert(
        std::same_as<stored_key_t<std::pair<int, std::string_view>>, std::pair<int, std::string>>);
    static_assert(std::same_as<stored_key_t<sku&&>, sku>);
    static_assert(std::same_as<stored_key_t<const int&>, int>);

    std::string text = "here";
    std::vector<int> numbers{1, 2};
    const auto kept =
        coffer::make_key_tuple(std::string_view(text), text.c_str(), std::span<const int>(numbers),
                               std::optional(std::string_view(text)));
    text = "gone";
    numbers.clear();
    CHECK(std::get<0>(kept) == "here");
    CHECK(std::get<1>(kept) == "here");
    CHECK(std::get<2>(kept) == std::vector{1, 2});
    CHECK(std::get<3>(kept) == "here");
}

TEST_CASE("key tuple: the arguments find the key that was kept of them")
{
    const std::vector numbers{1, 2, 3};
    const auto arguments = std::tuple("name"sv, std::span<const int>(numbers), 5,
                                      coffer::unkeyed("handle"), std::optional("x"sv));
    const auto kept =
        std::apply([](const auto&... each) { return coffer::make_key_tuple(each...); }, arguments);
    CHECK(coffer::key_equal()(arguments, kept));
    CHECK(coffer::key_hash()(arguments) == coffer::key_hash()(kept));

    std::unordered_set<coffer::key_tuple<std::string_view, int>, coffer::key_hash,
                       coffer::key_equal>
        all;
    all.insert(coffer::make_key_tuple("a"sv, 1));
    CHECK(all.contains(std::tuple("a"sv, 1)));
    CHECK(all.contains(std::forward_as_tuple("a", 1l)));
    CHECK_FALSE(all.contains(std::tuple("b"sv, 1)));
}

TEST_CASE("key tuple: an unkeyed argument is not kept alive by a key")
{
    auto handle = std::make_shared<int>(5);
    const coffer::unkeyed database(handle);
    const std::tuple inner(database, 1);
    const auto kept = coffer::make_key_tuple(database, 42, inner);
    CHECK(handle.use_count() == 3); // handle, database, inner; nothing in the key
    CHECK(coffer::key_equal()(kept, std::tuple(database, 42, inner)));
}

TEST_CASE("key tuple: containers of views are known not to own what they hold")
{
    using coffer::detail::owns_its_parts;
    static_assert(!owns_its_parts<std::vector<std::string_view>>);
    static_assert(!owns_its_parts<std::map<std::string_view, int>>);
    static_assert(!owns_its_parts<std::map<int, const char*>>);
    static_assert(!owns_its_parts<std::variant<int, std::string_view>>);
    static_assert(!owns_its_parts<std::array<std::string_view, 2>>);
    static_assert(!owns_its_parts<std::vector<std::vector<std::span<int>>>>);
    static_assert(owns_its_parts<std::map<std::string, std::vector<std::optional<int>>>>);
    static_assert(owns_its_parts<std::array<std::string, 2>> && owns_its_parts<sku>);
    static_assert(owns_its_parts<std::variant<std::monostate, std::string>>);
}

TEST_CASE("key tuple: a null C string is refused")
{
    const char* const nothing = nullptr;
    CHECK_THROWS_AS(coffer::make_key_tuple(nothing), std::invalid_argument);
}

TEST_CASE("unkeyed: takes and gives its value by itself")
{
    struct pool {
        int size = 0;
    };
    const auto size_of = [](const pool& p) { return p.size; };
    const auto load = [&](coffer::unkeyed<pool> p) { return size_of(p) + p->size + p.get().size; };
    CHECK(load(pool{7}) == 21);

    coffer::unkeyed<std::unique_ptr<int>> owner(std::make_unique<int>(3));
    const std::unique_ptr<int> taken = std::move(owner).get();
    CHECK(*taken == 3);
    coffer::unkeyed<std::string> text("literal");
    CHECK(text.get() == "literal");
    CHECK(coffer::unkeyed<pool>()->size == 0);
}

TEST_CASE("unkeyed: all are equal")
{
    CHECK(coffer::unkeyed(1) == coffer::unkeyed(2));
    static_assert(!std::convertible_to<std::string, coffer::unkeyed<int>>);
}
