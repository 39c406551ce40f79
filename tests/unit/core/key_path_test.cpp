// SPDX-License-Identifier: BSL-1.0
#include <coffer/core/errc.hpp>
#include <coffer/core/key_path.hpp>

#include <boost/system/system_error.hpp>
#include <doctest/doctest.h>

#include <random>
#include <set>
#include <stdexcept>

using coffer::escaped;
using coffer::key_path;
using coffer::storage_key;
using coffer::unescaped;
using namespace std::string_view_literals;

namespace {

std::string random_text(std::mt19937_64& random)
{
    static constexpr std::string_view pieces[] = {
        "a"sv, "Z9"sv, ":"sv,    "%"sv,  "%3A"sv, "~"sv, "#"sv,  "@"sv, "{"sv,
        "}"sv, "\0"sv, "\xff"sv, "\n"sv, " "sv,   "*"sv, "AA"sv, "/"sv, "\xc3\xa4"sv};
    std::string text;
    for (auto left = random() % 6; left > 0; --left)
        text += pieces[random() % std::size(pieces)];
    return text;
}

bool is_store_safe(std::string_view text)
{
    return text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                  "!#$&()+,-./;<=>_|%~") == text.npos;
}

} // namespace

TEST_CASE("escaped: plain text stays as it is, separators and wildcards do not")
{
    CHECK(escaped("") == "");
    CHECK(escaped("user/42.json") == "user/42.json");
    CHECK(escaped("a long name:b") == "a%20long%20name%3Ab");
    CHECK(escaped("product@3 of 100%") == "product%403%20of%20100%25");
    CHECK(escaped("app*[x]?") == "app%2A%5Bx%5D%3F");
    CHECK(escaped(":") == "%3A");
    CHECK(escaped("[{x}]") == "~W3t4fV0"); // most of it would be escapes
    CHECK(escaped("{tag}user") == "%7Btag%7Duser");
    CHECK(escaped("#1") == "%231");
    CHECK(escaped("a#1") == "a#1");
}

TEST_CASE("escaped: binary text costs a third more, not three times as much")
{
    std::string binary(300, '\0');
    for (std::size_t i = 0; i < binary.size(); ++i)
        binary[i] = static_cast<char>(i * 7);
    const std::string text = escaped(binary);
    CHECK(text.size() == 401);
    CHECK(text[0] == '~');
    CHECK(is_store_safe(text));
    CHECK(unescaped(text).value() == binary);
}

TEST_CASE("escaped: every byte comes back, alone and between others")
{
    for (int byte = 0; byte < 256; ++byte) {
        const std::string one(1, static_cast<char>(byte));
        CAPTURE(byte);
        CHECK(unescaped(escaped(one)).value() == one);
        CHECK(unescaped(escaped("abcdef" + one + "ghijkl")).value() == "abcdef" + one + "ghijkl");
        CHECK(is_store_safe(escaped(one)));
    }
}

TEST_CASE("escaped: no two texts meet, none begins like a shortened one")
{
    constexpr std::uint64_t seed = 11;
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    std::set<std::string> texts;
    std::set<std::string> results;
    for (int i = 0; i < 20'000; ++i) {
        const std::string text = random_text(random);
        const std::string result = escaped(text);
        texts.insert(text);
        results.insert(result);
        const bool sound =
            unescaped(result).value() == text && is_store_safe(result) &&
            !result.starts_with('#') &&
            result.size() <= std::max<std::size_t>(2 * text.size(), text.empty() ? 0 : 3);
        if (!sound)
            FAIL_CHECK("wrong: " << result);
    }
    CHECK(texts.size() == results.size());
}

TEST_CASE("unescaped: refuses what escaped never writes")
{
    const auto refused = [](std::string_view text) {
        const auto result = unescaped(text);
        return result.has_error() && result.error() == coffer::errc::not_decodable;
    };
    CHECK(refused("a:b"));
    CHECK(refused("%"));
    CHECK(refused("a%2"));
    CHECK(refused("a%ZZ"));
    CHECK(refused("a%3a"));     // lower case
    CHECK(refused("a%62"));     // 'b' needs no escape
    CHECK(refused("#abc"));     // a shortened part
    CHECK(refused("~"));        // nothing needs no base64
    CHECK(refused("~YWJj"));    // "abc" neither
    CHECK(refused("~W3t4fV1")); // bits left over that are not zero
    CHECK(refused("~AAAAA"));
    CHECK(refused("~AA=="));
    CHECK(refused("{tag}"));
}

TEST_CASE("key path: reads as prefix, kind, tenant, namespace, name, version, id")
{
    key_path path("product");
    CHECK(path.args(42).text() == "coffer:value:::product@1:i42");
    path.prefix("shop").tenant("acme").namespace_("eu").version(3);
    CHECK(path.args(42, "x").text() == "shop:value:acme:eu:product@3:i42s1.x");
    CHECK(path.space() == "shop:value:acme:eu");
    CHECK(path.group() == "product@3");
    CHECK(path.key("user 1:2").id == "user%201%3A2");
    CHECK(path.key(coffer::encode_key(42, "x")) == path.args(42, "x"));
}

TEST_CASE("key path: kinds keep things of the same name apart")
{
    using enum coffer::key_kind;
    std::set<std::string> texts;
    for (const auto kind : {value, lock, queue, set, index, counter})
        texts.insert(key_path("jobs").kind(kind).key("").text());
    CHECK(texts.size() == 6);
    CHECK(texts.contains("coffer:queue:::jobs@1:"));
}

TEST_CASE("key path: no text can forge a separator")
{
    // The upstream case: prefix "a", key "b:c" against prefix "a:1", version "b", key "c".
    std::set<std::string> texts;
    texts.insert(key_path("n").prefix("a").key("b:c").text());
    texts.insert(key_path("n").prefix("a:b").key("c").text());
    texts.insert(key_path("n").tenant("a:b").key("c").text());
    texts.insert(key_path("n").tenant("a").namespace_("b").key("c").text());
    texts.insert(key_path("n").namespace_("a:b").key("c").text());
    texts.insert(key_path("n@2").version(1).key("c").text());
    texts.insert(key_path("n").version(2).key("c").text());
    texts.insert(key_path("n:c").key("").text());
    texts.insert(key_path("n").key(":c").text());
    texts.insert(key_path("n").key("").text());
    CHECK(texts.size() == 10);
}

TEST_CASE("key path: two paths meet only if all of their parts do")
{
    constexpr std::uint64_t seed = 12;
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    std::set<std::vector<std::string>> parts;
    std::set<std::string> texts;
    for (int i = 0; i < 5'000; ++i) {
        std::vector<std::string> part;
        for (int k = 0; k < 6; ++k)
            part.push_back(random_text(random).substr(0, 3));
        part[3] += 'n';
        texts.insert(key_path(part[3])
                         .prefix(part[0])
                         .tenant(part[1])
                         .namespace_(part[2])
                         .hash_tag(part[4])
                         .key(part[5])
                         .text());
        parts.insert(std::move(part));
    }
    CHECK(parts.size() == texts.size());
}

TEST_CASE("key path: an empty name is refused, and the message says what to do")
{
    CHECK_THROWS_AS(key_path(""), std::invalid_argument);
    CHECK_THROWS_WITH(key_path(""), doctest::Contains("name"));
}

TEST_CASE("key path: only a hash tag brings braces into a key")
{
    key_path path("cart");
    path.hash_tag("user{1}");
    CHECK(path.key("a{xyz}").text() == "coffer:value:::cart@1:{user%7B1%7D}a%7Bxyz%7D");
    path.hash_tag("");
    CHECK(path.key("a{xyz}").id == "a%7Bxyz%7D");
}

TEST_CASE("shortened: a key that fits is left alone, to the byte")
{
    const storage_key key = key_path("page").key(std::string(300, 'x'));
    CHECK(shortened(key, key.text().size()) == key);
    const storage_key shorter = shortened(key, key.text().size() - 1);
    CHECK(shorter.space == key.space);
    CHECK(shorter.group == key.group);
    CHECK(shorter.id.size() == 44);
    CHECK(shorter.id[0] == '#');
}

TEST_CASE("shortened: the digest is SHA-256 in base64url")
{
    const storage_key key("s", "g", "abc" + std::string(300, 'x'));
    // printf 'abc%s' "$(printf 'x%.0s' {1..300})" | openssl sha256 -binary | basenc --base64url
    CHECK(shortened(key, 100).id == "#zdtl1o2nPm_7DVEjoGiU5wYqZa6KbN3obo6mtOp4z6Q");
}

TEST_CASE("shortened: different ids stay different, equal ones equal")
{
    std::set<storage_key> all;
    for (int i = 0; i < 500; ++i) {
        const storage_key key = key_path("page").key(std::string(300, 'x') + std::to_string(i));
        const storage_key shorter = shortened(key, 250);
        CHECK(shortened(key, 250) == shorter);
        CHECK(shorter.text().size() <= 250);
        all.insert(shorter);
    }
    CHECK(all.size() == 500);
}

TEST_CASE("shortened: all keys of a group stay in one group, whatever their ids")
{
    for (std::size_t name_size = 1; name_size < 400; name_size += 13) {
        key_path path(std::string(name_size, 'n'));
        path.tenant(std::string(name_size / 2, 't'));
        std::set<std::string> places;
        for (const std::size_t id_size : {0, 1, 40, 44, 45, 100, 500}) {
            const storage_key key = shortened(path.key(std::string(id_size, 'i')), 250);
            CHECK(key.text().size() <= 250);
            places.insert(key.space + '|' + key.group);
        }
        CAPTURE(name_size);
        CHECK(places.size() == 1);
    }
}

TEST_CASE("shortened: keeps a hash tag, or shortens it for all of its keys alike")
{
    key_path path("cart");
    path.hash_tag("u1");
    CHECK(shortened(path.key(std::string(300, 'x')), 200).id.starts_with("{u1}#"));

    path.hash_tag(std::string(300, 't'));
    const std::string one = shortened(path.key(std::string(300, 'x')), 250).id;
    const std::string other = shortened(path.key("short"), 250).id;
    CHECK(one.substr(0, one.find('}')) == other.substr(0, other.find('}')));
    CHECK(other.ends_with("}short"));
}

TEST_CASE("shortened: 134 bytes always suffice, 180 with a hash tag; less is an error")
{
    key_path path(std::string(500, 'n'));
    path.prefix(std::string(500, 'p'));
    const std::string id(500, 'i');
    CHECK(shortened(path.key(id), 134).text().size() == 134);
    CHECK_THROWS_WITH_AS(shortened(path.key(id), 133), doctest::Contains("longer"),
                         boost::system::system_error);
    path.hash_tag(std::string(500, 't'));
    CHECK(shortened(path.key(id), 180).text().size() == 180);
    CHECK_THROWS_AS(shortened(path.key(id), 179), boost::system::system_error);
}
