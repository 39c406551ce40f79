// SPDX-License-Identifier: BSL-1.0
#include "json_types.hpp"

#include <coffer/core/key_equal.hpp>
#include <coffer/core/key_hash.hpp>

#include <doctest/doctest.h>

#include <map>
#include <random>

using coffer::encode_key;
using coffer::key_encodable;
using nlohmann::json;

namespace {

bool meet(const json& a, const json& b)
{
    const bool equal = coffer::key_equal()(a, b);
    CHECK(equal == (encode_key(a) == encode_key(b)));
    if (equal)
        CHECK(coffer::key_hash()(a) == coffer::key_hash()(b));
    return equal;
}

// Numbers whose kinds differ are different keys, while nlohmann says that 1 == 1.0.
bool same_kinds(const json& a, const json& b)
{
    if (a.is_number_float() != b.is_number_float() || a.is_structured() != b.is_structured())
        return false;
    if (!a.is_structured())
        return a == b;
    if (a.type() != b.type() || a.size() != b.size())
        return false;
    for (auto x = a.begin(), y = b.begin(); x != a.end(); ++x, ++y)
        if (!same_kinds(*x, *y) || (a.is_object() && x.key() != y.key()))
            return false;
    return true;
}

json random_json(std::mt19937_64& random, int depth)
{
    static const json leaves[] = {nullptr,
                                  true,
                                  false,
                                  0,
                                  1,
                                  -1,
                                  1.0,
                                  -1.0,
                                  "",
                                  "a",
                                  "i1",
                                  "L1",
                                  "1",
                                  json::array(),
                                  json::object(),
                                  json::binary({1}),
                                  json::binary({1}, 1),
                                  1u};
    if (depth == 0 || random() % 3 == 0)
        return leaves[random() % std::size(leaves)];
    json out = random() % 2 == 0 ? json::array() : json::object();
    for (auto left = random() % 3; left > 0; --left) {
        if (out.is_array())
            out.push_back(random_json(random, depth - 1));
        else
            out[std::string(random() % 2, 'a')] = random_json(random, depth - 1);
    }
    return out;
}

} // namespace

TEST_CASE("json key: a type with to_json is a key, in any of nlohmann's ways")
{
    CHECK(encode_key(shop::intrusive{5}) == "OM1s6.numberi5.");
    CHECK(encode_key(shop::by_template{5}) == "Oi5.");
    CHECK(encode_key(shop::by_serializer(5)) == "Oi5.");
    CHECK(encode_key(shop::only_written{5}) == "Oi5.");
    CHECK(encode_key(std::vector{shop::only_written{5}}, 1) == "L1Oi5.i1");
    const shop::product product{"apple", 0.5, {"fruit"}};
    CHECK(encode_key(product) == "OM3s4.names5.apples5.priced3fe0000000000000s6.labelsL1s5.fruit.");
}

TEST_CASE("json key: members are sorted, and numbers keep their kind")
{
    CHECK(meet(json::parse(R"({"a":1,"b":2})"), json::parse(R"({"b":2,"a":1})")));
    CHECK_FALSE(meet(1, 1.0));
    CHECK_FALSE(meet(1, "1"));
    CHECK_FALSE(meet(1, true));
    CHECK_FALSE(meet(nullptr, false));
    CHECK_FALSE(meet(json::array(), json::object()));
    CHECK_FALSE(meet(json::array({1}), 1));
    CHECK(meet(1u, 1));
    CHECK(meet(-0.0, 0.0));
    CHECK(meet(std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN()));
    CHECK_FALSE(meet(json::binary({1}), json::binary({1}, 0)));
    CHECK_FALSE(meet(json::binary({1}), json::array({1})));
}

TEST_CASE("json key: nlohmann's own conversions do not make a key of a class that is more")
{
    static_assert(key_encodable<shop::product> && key_encodable<std::map<int, shop::product>>);
    static_assert(key_encodable<json> && key_encodable<std::optional<json>>);
    static_assert(!key_encodable<shop::grid> && !key_encodable<shop::unknown>);
    static_assert(!key_encodable<std::vector<shop::grid>> && !key_encodable<shop::product*>);
}

TEST_CASE("json key: two values meet if and only if they are the same")
{
    constexpr std::uint64_t seed = 5;
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    std::vector<json> pool;
    std::vector<std::string> keys;
    for (int i = 0; i < 250; ++i) {
        pool.push_back(random_json(random, 3));
        keys.push_back(encode_key(pool.back()));
    }
    for (std::size_t i = 0; i < pool.size(); ++i)
        for (std::size_t k = 0; k < pool.size(); ++k)
            if ((keys[i] == keys[k]) != same_kinds(pool[i], pool[k]))
                FAIL_CHECK(pool[i].dump() << " and " << pool[k].dump());
}

TEST_CASE("json key: JSON that is nested too deeply is refused, not followed")
{
    CHECK_NOTHROW(encode_key(shop::nest{128}));
    CHECK_THROWS_AS(encode_key(shop::nest{129}), std::invalid_argument);
    const json deep = json::parse(std::string(100'000, '[') + std::string(100'000, ']'));
    CHECK_THROWS_AS(encode_key(deep), std::invalid_argument);
    CHECK_THROWS_AS(encode_key(json(json::value_t::discarded)), std::invalid_argument);
}
