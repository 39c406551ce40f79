// SPDX-License-Identifier: BSL-1.0
#include <coffer/core/keyring.hpp>

#include "core/secret_key.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <memory>
#include <new>
#include <stdexcept>

using coffer::keyring;

namespace {

std::string key_of(char letter)
{
    return std::string(keyring::key_size, letter);
}

} // namespace

TEST_CASE("keyring: the first key is the primary until another one is")
{
    keyring keys;
    CHECK(keys.empty());
    CHECK(keys.find_primary() == nullptr);
    keys.add(7, key_of('a')).add(3, key_of('b'));
    CHECK_FALSE(keys.empty());
    CHECK(keys.find_primary()->id == 7);
    keys.primary(3);
    CHECK(keys.find_primary()->id == 3);
    CHECK(keys.has(7));
    CHECK_FALSE(keys.has(1));
}

TEST_CASE("keyring: a key keeps its bytes, zeros and all")
{
    std::string bytes = key_of('k');
    bytes[0] = '\0';
    bytes[31] = '\xff';
    keyring keys;
    keys.add(1, bytes);
    CHECK(std::memcmp(keys.find(1)->bytes(), bytes.data(), 32) == 0);
    CHECK(keys.find(2) == nullptr);
}

TEST_CASE("keyring: wrong keys and numbers are refused with a remedy")
{
    keyring keys;
    CHECK_THROWS_AS(keys.add(1, "short"), std::invalid_argument);
    CHECK_THROWS_AS(keys.add(1, key_of('a') + "x"), std::invalid_argument);
    CHECK_THROWS_AS(keys.primary(1), std::invalid_argument);
    CHECK(keys.empty());

    keys.add(1, key_of('a'));
    CHECK_THROWS_AS(keys.add(1, key_of('b')), std::invalid_argument);
    CHECK(keys.find(1)->bytes()[0] == 'a');
    CHECK_THROWS_AS(keys.remove(1), std::invalid_argument);
    CHECK_THROWS_AS(keys.remove(2), std::invalid_argument);
    CHECK(keys.has(1));
}

TEST_CASE("keyring: copies share the keys, so that a running program can rotate")
{
    keyring keys;
    keys.add(1, key_of('a'));
    const keyring held = keys;
    keys.add(2, key_of('b')).primary(2).remove(1);
    CHECK(held.find_primary()->id == 2);
    CHECK_FALSE(held.has(1));
}

TEST_CASE("keyring: a key in use outlives its removal")
{
    keyring keys;
    keys.add(1, key_of('a')).add(2, key_of('b'));
    const auto in_use = keys.find(2);
    keys.remove(2);
    CHECK(in_use->bytes()[0] == 'b');
    CHECK(in_use.use_count() == 1);
}

TEST_CASE("keyring: what it says of itself has numbers and no bytes")
{
    keyring keys;
    CHECK(keys.describe() == "no keys");
    keys.add(9, key_of('z')).add(4, key_of('y'));
    CHECK(keys.describe() == "keys 4, 9; primary 9");
}

TEST_CASE("keyring: the bytes are wiped when a key goes")
{
    alignas(coffer::detail::secret_key) unsigned char room[sizeof(coffer::detail::secret_key)];
    auto* key = new (room) coffer::detail::secret_key(1, key_of('s'));
    const auto letters = [&room] {
        int count = 0;
        for (const volatile unsigned char& byte : room)
            count += byte == 's' ? 1 : 0;
        return count;
    };
    REQUIRE(letters() == 32);
    std::destroy_at(key);
    CHECK(letters() == 0);
}
