// SPDX-License-Identifier: BSL-1.0
#include <coffer/core/envelope.hpp>

#include "envelope_samples.hpp"

#include <doctest/doctest.h>

#include <random>
#include <utility>
#include <vector>

using coffer::envelope;
using coffer::envelope_fault;
using coffer::envelope_options;
using namespace samples;

namespace {

struct sample {
    const char* name;
    envelope reader;
    std::string bytes;
};

std::vector<sample> all_samples()
{
    std::vector<sample> all;
    const auto add = [&all](const char* name, envelope with, const coffer::entry& value,
                            const coffer::envelope_marks& noted) {
        std::string bytes = with.encode(key(), value, now, noted);
        all.push_back({name, std::move(with), std::move(bytes)});
    };
    add("empty", plain_envelope(), coffer::entry(), {});
    add("plain", plain_envelope(), plain(), {});
    add("full", plain_envelope(), full(), marks());
    add("sealed", sealing_envelope(), full(), marks());
    if (envelope_options::can_compress()) {
        add("compressed", compressing_envelope(), wordy(), {});
        coffer::entry tagged = wordy();
        tagged.tags = full().tags;
        add("compressed and sealed", envelope(envelope_options().compress_above(1).seal(keys())),
            tagged, marks());
    }
    return all;
}

// The fault; fails the test if the bytes were read.
envelope_fault fault_of(const sample& whole, const std::string& bytes)
{
    const auto found = whole.reader.decode(bytes, key(), now);
    REQUIRE(found.has_error());
    return found.error();
}

// Both ways to read must take anything; what they make of it is their business.
void read_somehow(const sample& whole, const std::string& bytes)
{
    const auto found = whole.reader.decode(bytes, key(), now);
    const auto info = envelope::inspect(bytes, now);
    if (found) {
        REQUIRE(info.has_value());
        REQUIRE(found->value.payload.size() == info->payload_size);
    }
}

} // namespace

TEST_CASE("envelope damage: the samples themselves are read")
{
    for (const sample& whole : all_samples()) {
        CAPTURE(whole.name);
        CHECK(whole.reader.decode(whole.bytes, key(), now).has_value());
    }
}

TEST_CASE("envelope damage: every truncation is truncated")
{
    for (const sample& whole : all_samples())
        for (std::size_t size = 0; size < whole.bytes.size(); ++size) {
            CAPTURE(whole.name);
            CAPTURE(size);
            const std::string bytes = whole.bytes.substr(0, size);
            REQUIRE(fault_of(whole, bytes) == envelope_fault::truncated);
            REQUIRE(envelope::inspect(bytes, now).error() == envelope_fault::truncated);
        }
}

TEST_CASE("envelope damage: every truncation with a right checksum is truncated as well")
{
    for (const sample& whole : all_samples())
        for (std::size_t size = 4; size < whole.bytes.size(); ++size) {
            CAPTURE(whole.name);
            CAPTURE(size);
            const std::string bytes = resummed(whole.bytes.substr(0, size));
            const envelope_fault fault = fault_of(whole, bytes);
            if (size < 8) // the checksum has overwritten the magic, or the version
                REQUIRE(fault == envelope_fault::magic);
            else if (size == 8)
                REQUIRE(fault == envelope_fault::version);
            else
                REQUIRE(fault == envelope_fault::truncated);
        }
}

TEST_CASE("envelope damage: no flipped bit goes unnoticed, and each is called by its name")
{
    for (const sample& whole : all_samples())
        for (std::size_t bit = 0; bit < whole.bytes.size() * 8; ++bit) {
            CAPTURE(whole.name);
            CAPTURE(bit);
            const std::string bytes = flipped(whole.bytes, bit);
            const envelope_fault fault = fault_of(whole, bytes);
            REQUIRE(envelope::inspect(bytes, now).error() == fault);
            if (bit < 8 * at_version)
                REQUIRE(fault == envelope_fault::magic);
            else if (bit < 8 * at_flags)
                REQUIRE(fault == envelope_fault::version);
            else if (bit < 8 * at_key_size || bit >= 8 * at_payload_size)
                REQUIRE(fault == envelope_fault::checksum);
            else
                REQUIRE((fault == envelope_fault::truncated || fault == envelope_fault::malformed));
        }
}

TEST_CASE("envelope damage: with a right checksum, a flipped bit is read or refused in peace")
{
    for (const sample& whole : all_samples())
        for (std::size_t bit = 0; bit < whole.bytes.size() * 8; ++bit) {
            CAPTURE(whole.name);
            CAPTURE(bit);
            read_somehow(whole, resummed(flipped(whole.bytes, bit)));
        }
}

TEST_CASE("envelope damage: bytes after the end are malformed, with a right checksum too")
{
    for (const sample& whole : all_samples()) {
        CAPTURE(whole.name);
        CHECK(fault_of(whole, whole.bytes + '\0') == envelope_fault::malformed);
        CHECK(fault_of(whole, resummed(whole.bytes + '\0')) == envelope_fault::malformed);
        CHECK(fault_of(whole, whole.bytes + whole.bytes) == envelope_fault::malformed);
    }
}

TEST_CASE("envelope damage: what was never an envelope is not one")
{
    const auto fault = [](std::string_view bytes) {
        return plain_envelope().decode(bytes, key(), now).error();
    };
    CHECK(fault("") == envelope_fault::truncated);
    CHECK(fault("\xC7") == envelope_fault::truncated);
    CHECK(fault("x") == envelope_fault::magic);
    CHECK(fault("{\"json\": true}") == envelope_fault::magic);
    CHECK(fault(std::string(1000, '\0')) == envelope_fault::magic);
    CHECK(fault("\xC7"
                "cfr\x02") == envelope_fault::version);
}

TEST_CASE("envelope damage: unknown flags are critical")
{
    const sample whole{"plain", {}, plain_envelope().encode(key(), plain(), now)};
    for (int bit = 2; bit < 8; ++bit)
        CHECK(fault_of(whole, with(whole.bytes, at_flags, static_cast<std::uint8_t>(1 << bit))) ==
              envelope_fault::unknown_critical);
}

TEST_CASE("envelope damage: times that contradict each other are malformed")
{
    constexpr auto max = std::numeric_limits<std::int64_t>::max();
    const sample whole{"plain", {}, plain_envelope().encode(key(), plain(), now)};
    const std::int64_t created = now.time_since_epoch().count();
    const auto fault = [&whole](std::size_t at, std::int64_t value) {
        return fault_of(whole, with(whole.bytes, at, value));
    };
    CHECK(fault(at_created, -1) == envelope_fault::malformed);
    CHECK(fault(at_created, std::numeric_limits<std::int64_t>::min()) == envelope_fault::malformed);
    CHECK(fault(at_created, max) == envelope_fault::malformed);
    CHECK(fault(at_deadline, created - 1) == envelope_fault::malformed);
    CHECK(fault(at_deadline, created) == envelope_fault::expired);
    CHECK(fault(at_deadline, max - 1) == envelope_fault::malformed);
    CHECK(fault(at_grace, -1) == envelope_fault::malformed);
    CHECK(fault(at_cost, -1) == envelope_fault::malformed);
    CHECK(whole.reader.decode(with(whole.bytes, at_deadline, max), key(), now).has_value());
    CHECK(whole.reader.decode(with(whole.bytes, at_cost, max), key(), now).has_value());
    CHECK(whole.reader.decode(with(whole.bytes, at_grace, max), key(), now).has_value());
}

TEST_CASE("envelope damage: sizes that contradict each other are refused")
{
    const sample whole{"plain", {}, plain_envelope().encode(key(), plain(), now)};
    const auto size = static_cast<std::uint32_t>(plain().payload.size());
    for (const std::size_t at : {at_key_size, at_fields_size, at_body_size}) {
        const auto is = coffer::detail::load_le<std::uint32_t>(whole.bytes.data() + at);
        CAPTURE(at);
        CHECK(fault_of(whole, with(whole.bytes, at, is + 1)) == envelope_fault::truncated);
        CHECK(fault_of(whole, with(whole.bytes, at, ~std::uint32_t{0})) ==
              envelope_fault::truncated);
        if (is > 0)
            CHECK(fault_of(whole, with(whole.bytes, at, is - 1)) == envelope_fault::malformed);
    }
    CHECK(fault_of(whole, with(whole.bytes, at_payload_size, size - 1)) ==
          envelope_fault::malformed);
    CHECK(fault_of(whole, with(whole.bytes, at_payload_size, size + 1)) ==
          envelope_fault::malformed);
    CHECK(fault_of(whole, with(whole.bytes, at_payload_size, ~std::uint32_t{0})) ==
          envelope_fault::too_large);
}

TEST_CASE("envelope damage: random damage with a right checksum is read or refused in peace")
{
    constexpr unsigned seed = 20260504;
    CAPTURE(seed);
    std::mt19937 random(seed);
    for (const sample& whole : all_samples())
        for (int round = 0; round < 3000; ++round) {
            std::string bytes = whole.bytes;
            for (unsigned hits = 1 + random() % 6; hits > 0; --hits)
                bytes[at_flags + random() % (bytes.size() - at_flags)] =
                    static_cast<char>(random() % 4 == 0 ? 0 : random());
            read_somehow(whole, resummed(bytes));
        }
}
