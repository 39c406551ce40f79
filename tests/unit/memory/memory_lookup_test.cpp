// SPDX-License-Identifier: BSL-1.0
#include <coffer/memory/memory_cache.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace {

/// Counts how many are built from text.
struct name {
    explicit name(std::string_view from) : text(from) { ++built; }
    std::string text;
    static inline int built = 0;
};

struct name_hash {
    using is_transparent = void;
    std::size_t operator()(const name& one) const { return (*this)(std::string_view(one.text)); }
    std::size_t operator()(std::string_view text) const
    {
        return std::hash<std::string_view>()(text);
    }
};

struct name_equal {
    using is_transparent = void;
    bool operator()(const name& a, const name& b) const { return a.text == b.text; }
    bool operator()(const name& a, std::string_view b) const { return a.text == b; }
};

/// A hash and an equality that carry state, and collide as badly as possible.
struct same_hash {
    std::size_t value = 0;
    std::size_t operator()(int) const { return value; }
};

struct equal_modulo {
    int modulus = 1;
    bool operator()(int a, int b) const { return a % modulus == b % modulus; }
};

struct plain_hash {
    std::size_t operator()(const std::string& text) const { return text.size(); }
};

} // namespace

TEST_CASE("look-up: a transparent hash and equality find without building a key")
{
    coffer::memory_cache<name, int, name_hash, name_equal> cache;
    cache.put(name("a"), 1);
    name::built = 0;
    CHECK(cache.get(std::string_view("a")) == 1);
    CHECK(cache.visit(std::string_view("a"), [](int) {}));
    CHECK(cache.peek(std::string_view("a")) == 1);
    CHECK(cache.contains(std::string_view("a")));
    CHECK_FALSE(cache.contains(std::string_view("b")));
    CHECK(cache.invalidate(std::string_view("a")));
    CHECK(name::built == 0);
}

TEST_CASE("look-up: without transparency what converts to a key is converted")
{
    coffer::memory_cache<std::string, int, plain_hash, std::equal_to<std::string>> cache;
    cache.put("key", 1);
    CHECK(cache.get("key") == 1);
    CHECK_FALSE(cache.contains("yek"));
    CHECK(cache.invalidate("key"));
}

TEST_CASE("look-up: braces build a key")
{
    struct pair_hash {
        std::size_t operator()(const std::pair<int, int>& both) const
        {
            return static_cast<std::size_t>(both.first * 31 + both.second);
        }
    };
    coffer::memory_cache<std::pair<int, int>, int, pair_hash> cache;
    cache.put({1, 2}, 3);
    CHECK(cache.get({1, 2}) == 3);
    CHECK(cache.get({2, 1}) == std::nullopt);
}

TEST_CASE("look-up: keys of one hash value are still told apart")
{
    coffer::memory_cache<int, int, same_hash> cache(coffer::memory_options().entries(300), {},
                                                    same_hash{42});
    for (int key = 0; key < 300; ++key)
        cache.put(key, key);
    for (int key = 0; key < 300; ++key)
        CHECK(cache.get(key) == key);
    for (int key = 0; key < 300; key += 2)
        CHECK(cache.invalidate(key));
    for (int key = 0; key < 300; ++key)
        CHECK(cache.contains(key) == (key % 2 == 1));
    cache.check_invariants();
}

TEST_CASE("look-up: the hash and the equality may carry state")
{
    coffer::memory_cache<int, int, same_hash, equal_modulo> cache({}, {}, same_hash{7},
                                                                  equal_modulo{10});
    cache.put(3, 1);
    CHECK(cache.get(13) == 1);
    cache.put(23, 2);
    CHECK(cache.size() == 1);
    CHECK(cache.get(3) == 2);
}
