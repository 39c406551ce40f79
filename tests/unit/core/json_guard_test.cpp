// SPDX-License-Identifier: BSL-1.0
#include <coffer/core/detail/json_guard.hpp>

#include <nlohmann/json.hpp>

#include <doctest/doctest.h>

#include <random>
#include <string>

using coffer::detail::is_shallow_json;
using coffer::detail::is_sound_cbor;
using nlohmann::json;
using namespace std::string_view_literals;

namespace {

json random_json(std::mt19937_64& random, int depth)
{
    switch (random() % (depth > 0 ? 10 : 7)) {
    case 0:
        return nullptr;
    case 1:
        return random() % 2 == 0;
    case 2:
        return static_cast<std::int64_t>(random() >> random() % 64) * (random() % 2 ? 1 : -1);
    case 3:
        return random() >> random() % 64;
    case 4:
        return static_cast<double>(random()) / 7;
    case 5:
        return std::string(random() % 300, 'x');
    case 6:
        return json::binary(std::vector<std::uint8_t>(random() % 300), random() >> random() % 64);
    case 7: {
        json object = json::object();
        for (auto left = random() % 30; left > 0; --left)
            object[std::to_string(random() % 100)] = random_json(random, depth - 1);
        return object;
    }
    default: {
        json array = json::array();
        for (auto left = random() % 30; left > 0; --left)
            array.push_back(random_json(random, depth - 1));
        return array;
    }
    }
}

bool parses(std::string_view bytes)
{
    return !json::from_cbor(bytes, true, false, json::cbor_tag_handler_t::store).is_discarded();
}

} // namespace

TEST_CASE("json guard: everything that nlohmann writes is sound")
{
    constexpr std::uint64_t seed = 3;
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    for (int i = 0; i < 300; ++i) {
        const auto bytes = json::to_cbor(random_json(random, 3));
        const std::string text(bytes.begin(), bytes.end());
        if (!is_sound_cbor(text))
            FAIL_CHECK("refused: " << json::from_cbor(bytes).dump().substr(0, 200));
        if (is_sound_cbor(text + '\0') || is_sound_cbor(text.substr(0, text.size() - 1)))
            FAIL_CHECK("more or less than one item is not sound");
    }
}

TEST_CASE("json guard: whatever is sound, nlohmann reads")
{
    constexpr std::uint64_t seed = 4;
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    int sound = 0;
    for (int i = 0; i < 20'000; ++i) {
        auto bytes = json::to_cbor(random_json(random, 1));
        bytes.resize(std::min<std::size_t>(bytes.size(), 60));
        for (auto left = random() % 3 + 1; left > 0; --left)
            bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
        const std::string text(bytes.begin(), bytes.end());
        if (!is_sound_cbor(text))
            continue;
        ++sound;
        if (!parses(text))
            FAIL_CHECK("sound, but not read: " << json::binary(bytes).dump());
    }
    CHECK(sound > 1'000); // else this shows nothing
}

TEST_CASE("json guard: refuses what is never written here")
{
    for (const std::string_view bytes : {""sv,
                                         "\x1c"sv,
                                         "\x1f"sv,
                                         "\x7f\xff"sv,
                                         "\x5f\xff"sv,
                                         "\x9f\xff"sv,
                                         "\xbf\xff"sv,
                                         "\xf7"sv,
                                         "\xf8\x20"sv,
                                         "\xff"sv,
                                         "\xe0"sv,
                                         "\xc1\x41"
                                         "a"sv,
                                         "\xd8\x2a\x61"
                                         "a"sv,
                                         "\xd8\x2a\xd8\x2a\x40"sv,
                                         "\xa1\x01\x02"sv,
                                         "\xa1\x61"
                                         "a"sv,
                                         "\xa1\x40\x01"sv,
                                         "\x3b\x80\0\0\0\0\0\0\0"sv,
                                         "\x01\x02"sv,
                                         "\x82\x01"sv,
                                         "\x18"sv,
                                         "\xfb\0\0\0"sv}) {
        CAPTURE(json::binary({bytes.begin(), bytes.end()}).dump());
        CHECK_FALSE(is_sound_cbor(bytes));
    }
    CHECK(is_sound_cbor("\xd8\x2a\x41"
                        "a"sv));
    CHECK(is_sound_cbor("\xa2\x60\x01\x61"
                        "a\xa0"sv));
    CHECK(is_sound_cbor("\x3b\x7f\xff\xff\xff\xff\xff\xff\xff"sv));
}

TEST_CASE("json guard: the depth of arrays and maps together is bounded")
{
    const auto nested = [](std::size_t depth) {
        std::string bytes;
        for (std::size_t i = 0; i < depth; ++i)
            bytes += i % 2 == 0 ? "\x81" : "\xa1\x60";
        return bytes + '\x01';
    };
    CHECK(is_sound_cbor(nested(128)));
    CHECK_FALSE(is_sound_cbor(nested(129)));
    // Siblings do not add up.
    CHECK(is_sound_cbor("\x98\xff" + std::string(255, '\x80')));
}

TEST_CASE("json guard: counts the depth of text outside of its strings only")
{
    const auto text = [](std::size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };
    CHECK(is_shallow_json(text(128)));
    CHECK_FALSE(is_shallow_json(text(129)));
    CHECK_FALSE(is_shallow_json(std::string(129, '{')));
    CHECK(is_shallow_json('"' + std::string(500, '[') + '"'));
    CHECK(is_shallow_json("\"\\\"" + std::string(500, '[') + '"'));
    CHECK_FALSE(is_shallow_json("\"\\\\\"" + std::string(500, '[')));
    CHECK(is_shallow_json(std::string(500, ']')));
    CHECK(is_shallow_json("\"\\"));
    std::string siblings = "[";
    for (int i = 0; i < 500; ++i)
        siblings += "[],";
    CHECK(is_shallow_json(siblings));
}
