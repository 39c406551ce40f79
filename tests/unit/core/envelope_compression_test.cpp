// SPDX-License-Identifier: BSL-1.0
#include <coffer/core/envelope.hpp>

#include "core/compression.hpp"
#include "envelope_samples.hpp"

#include <doctest/doctest.h>

#include <random>
#include <thread>
#include <vector>

using coffer::envelope;
using coffer::envelope_fault;
using coffer::envelope_options;
using namespace samples;

namespace {

const bool here = envelope_options::can_compress();

bool is_compressed(const std::string& bytes)
{
    const auto info = envelope::inspect(bytes, now);
    REQUIRE(info.has_value());
    return info->compressed;
}

std::string fault_of(const envelope& reader, const std::string& bytes)
{
    const auto found = reader.decode(bytes, key(), now);
    return found ? "read" : std::string(label(found.error()));
}

std::string noise(std::size_t size)
{
    std::mt19937 random(42);
    std::string bytes(size, '\0');
    for (char& byte : bytes)
        byte = static_cast<char>(random());
    return bytes;
}

} // namespace

TEST_CASE("envelope compression: what shrinks is stored smaller and reads the same" *
          doctest::skip(!here))
{
    const std::string bytes = compressing_envelope().encode(key(), wordy(), now);
    CHECK(is_compressed(bytes));
    CHECK(bytes.size() < plain_envelope().encode(key(), wordy(), now).size() / 4);
    const auto info = envelope::inspect(bytes, now);
    CHECK(info->payload_size == wordy().payload.size());
    CHECK(info->stored_size < info->payload_size);

    const auto found = plain_envelope().decode(bytes, key(), now);
    REQUIRE(found.has_value());
    CHECK(found->value.payload == wordy().payload);
}

TEST_CASE("envelope compression: what would not shrink is stored as it is" * doctest::skip(!here))
{
    for (const std::string& payload : {std::string(), std::string("x"), noise(1000)}) {
        const coffer::entry value(payload);
        const std::string bytes = compressing_envelope().encode(key(), value, now);
        CHECK(bytes == plain_envelope().encode(key(), value, now));
    }
}

TEST_CASE("envelope compression: it begins at the threshold" * doctest::skip(!here))
{
    const envelope writer(envelope_options().compress_above(200));
    CHECK_FALSE(is_compressed(writer.encode(key(), coffer::entry(std::string(199, 'x')), now)));
    CHECK(is_compressed(writer.encode(key(), coffer::entry(std::string(200, 'x')), now)));
}

TEST_CASE("envelope compression: every level is read alike, and a higher one can be smaller" *
          doctest::skip(!here))
{
    std::string text;
    for (int i = 0; i < 3000; ++i)
        text += std::to_string(i * 7919 % 4001) + ',';
    std::vector<std::size_t> sizes;
    for (const int level : {1, 3, 19}) {
        const envelope writer(envelope_options().compress_above(1).compression_level(level));
        const std::string bytes = writer.encode(key(), coffer::entry(text), now);
        const auto found = plain_envelope().decode(bytes, key(), now);
        REQUIRE(found.has_value());
        CHECK(found->value.payload == text);
        sizes.push_back(bytes.size());
    }
    CHECK(sizes.back() < sizes.front());
}

TEST_CASE("envelope compression: a bomb is refused by its declared size" * doctest::skip(!here))
{
    const coffer::entry bomb(std::string(std::size_t{8} << 20, '\0'));
    const std::string bytes = compressing_envelope().encode(key(), bomb, now);
    REQUIRE(bytes.size() < 2000);
    CHECK(fault_of(plain_envelope(), bytes) == "read");
    const envelope narrow(envelope_options().max_payload(std::size_t{1} << 20));
    CHECK(fault_of(narrow, bytes) == "too_large");
}

TEST_CASE("envelope compression: a bomb that lies about its size is refused" * doctest::skip(!here))
{
    const coffer::entry bomb(std::string(std::size_t{8} << 20, '\0'));
    const std::string bytes = compressing_envelope().encode(key(), bomb, now);
    const std::uint32_t size = 8u << 20;
    for (const std::uint32_t lie : {0u, 1u, 1000u, size - 1, size + 1, 2 * size, 64u << 20}) {
        CAPTURE(lie);
        CHECK(fault_of(plain_envelope(), with(bytes, at_payload_size, lie)) == "compression");
    }
    CHECK(fault_of(plain_envelope(), with(bytes, at_payload_size, (64u << 20) + 1)) == "too_large");
}

TEST_CASE("envelope compression: no memory is taken for a size that the bytes cannot reach" *
          doctest::skip(!here))
{
    std::string to;
    const std::string few(64, 'x');
    CHECK_FALSE(coffer::detail::append_decompressed(to, few, std::size_t{1} << 30));
    CHECK_FALSE(coffer::detail::append_decompressed(to, "", std::size_t{1} << 20));
    CHECK(to.capacity() < 100);
}

TEST_CASE("envelope compression: bytes that are not compressed are a miss if said to be" *
          doctest::skip(!here))
{
    const std::string bytes = plain_envelope().encode(key(), wordy(), now);
    CHECK(fault_of(plain_envelope(), with(bytes, at_flags, std::uint8_t{1})) == "compression");
}

TEST_CASE("envelope compression: a failed attempt leaves what was there before" *
          doctest::skip(!here))
{
    std::string to = "before";
    CHECK_FALSE(coffer::detail::append_compressed(to, noise(500), 1));
    CHECK(to == "before");
    CHECK_FALSE(coffer::detail::append_decompressed(to, "not zstd", 8));
    CHECK(to == "before");
    CHECK(coffer::detail::append_compressed(to, wordy().payload, 1));
    CHECK(to.substr(0, 6) == "before");
    std::string back = "in front: ";
    CHECK(coffer::detail::append_decompressed(back, to.substr(6), wordy().payload.size()));
    CHECK(back == "in front: " + wordy().payload);
}

TEST_CASE("envelope compression: threads do not disturb each other" * doctest::skip(!here))
{
    std::vector<std::thread> threads;
    std::vector<int> wrong(4);
    for (std::size_t who = 0; who < wrong.size(); ++who)
        threads.emplace_back([&wrong, who] {
            const envelope writer = compressing_envelope();
            for (int i = 0; i < 200; ++i) {
                coffer::entry value = wordy();
                value.payload += std::to_string(who) + '/' + std::to_string(i);
                const std::string bytes = writer.encode(key(), value, now);
                const auto found = writer.decode(bytes, key(), now);
                if (!found || found->value.payload != value.payload)
                    ++wrong[who];
            }
        });
    for (auto& one : threads)
        one.join();
    CHECK(wrong == std::vector<int>(4));
}

TEST_CASE("envelope compression: a build without zstd says so and misses what is compressed" *
          doctest::skip(here))
{
    CHECK_THROWS_AS(envelope_options().compress_above(1), std::invalid_argument);
    const std::string bytes = plain_envelope().encode(key(), wordy(), now);
    CHECK(fault_of(plain_envelope(), bytes) == "read");
    CHECK(fault_of(plain_envelope(), with(bytes, at_flags, std::uint8_t{1})) == "compression");
}
