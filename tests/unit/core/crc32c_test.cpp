// SPDX-License-Identifier: BSL-1.0
#include <coffer/core/crc32c.hpp>

#include "core/crc32c_kernels.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

using coffer::crc32c;

namespace {

// The definition, bit by bit: the model for everything faster.
std::uint32_t by_bits(std::uint32_t state, std::string_view bytes)
{
    for (const char byte : bytes) {
        state ^= static_cast<unsigned char>(byte);
        for (int bit = 0; bit < 8; ++bit)
            state = state >> 1 ^ ((state & 1) != 0 ? 0x82F63B78u : 0u);
    }
    return state;
}

std::string random_bytes(std::size_t size, unsigned seed)
{
    std::mt19937 random(seed);
    std::string bytes(size, '\0');
    for (char& byte : bytes)
        byte = static_cast<char>(random());
    return bytes;
}

std::vector<coffer::detail::crc32c_kernel> kernels()
{
    std::vector<coffer::detail::crc32c_kernel> all{coffer::detail::crc32c_tables};
#if COFFER_CRC32C_SSE42
    if (__builtin_cpu_supports("sse4.2"))
        all.push_back(coffer::detail::crc32c_sse42);
#endif
    return all;
}

} // namespace

TEST_CASE("crc32c: the vectors of RFC 3720 and the usual check value")
{
    std::string rising;
    for (int i = 0; i < 32; ++i)
        rising += static_cast<char>(i);
    const std::string falling(rising.rbegin(), rising.rend());

    CHECK(crc32c("") == 0);
    CHECK(crc32c("123456789") == 0xE3069283);
    CHECK(crc32c(std::string(32, '\0')) == 0x8A9136AA);
    CHECK(crc32c(std::string(32, '\xff')) == 0x62A8AB43);
    CHECK(crc32c(rising) == 0x46DD794E);
    CHECK(crc32c(falling) == 0x113FDB5C);
}

TEST_CASE("crc32c: every kernel agrees with the definition at every length and alignment")
{
    const std::string bytes = random_bytes(2400, 7);
    for (const auto kernel : kernels())
        for (std::size_t from = 0; from < 8; ++from)
            for (std::size_t size = 0; size + from <= bytes.size(); size += size < 40 ? 1 : 61) {
                const std::string_view part = std::string_view(bytes).substr(from, size);
                const std::uint32_t state = 0x9E3779B9u * static_cast<std::uint32_t>(size);
                CAPTURE(from);
                CAPTURE(size);
                REQUIRE(kernel(state, part.data(), part.size()) == by_bits(state, part));
            }
}

TEST_CASE("crc32c: every kernel agrees with the definition around whole blocks of lanes")
{
    const std::string bytes = random_bytes(768 * 3 + 16, 11);
    for (const auto kernel : kernels())
        for (const std::size_t blocks : {1u, 2u, 3u})
            for (std::size_t size = 768 * blocks - 9; size <= 768 * blocks + 9; ++size) {
                const std::string_view part = std::string_view(bytes).substr(0, size);
                CAPTURE(size);
                REQUIRE(kernel(~0u, part.data(), part.size()) == by_bits(~0u, part));
            }
}

TEST_CASE("crc32c: pieces sum up to the whole wherever it is cut")
{
    const std::string bytes = random_bytes(1000, 3);
    const std::uint32_t whole = crc32c(bytes);
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut)
        REQUIRE(crc32c(bytes.substr(cut), crc32c(bytes.substr(0, cut))) == whole);
}

TEST_CASE("crc32c: one flipped bit anywhere changes it")
{
    std::string bytes = random_bytes(900, 5);
    const std::uint32_t whole = crc32c(bytes);
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ 1 << bit % 8);
        REQUIRE(crc32c(bytes) != whole);
        bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ 1 << bit % 8);
    }
}

TEST_CASE("crc32c: the kernel chosen is the fastest that this processor runs")
{
    const bool fastest = coffer::detail::best_crc32c_kernel() == kernels().back();
    CHECK(fastest);
}
