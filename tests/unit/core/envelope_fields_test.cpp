// SPDX-License-Identifier: BSL-1.0
#include <coffer/core/envelope.hpp>

#include "envelope_samples.hpp"

#include <doctest/doctest.h>

using coffer::envelope_fault;
using namespace samples;

namespace {

constexpr std::uint16_t critical = 0x8000;

// The outcome of reading an envelope that has these bytes as its fields.
std::string with(std::string_view fields)
{
    const std::string bytes = plain_envelope().encode(key(), plain(), now);
    const auto found = plain_envelope().decode(with_fields(bytes, fields), key(), now);
    return found ? "read" : std::string(label(found.error()));
}

std::string number(std::uint64_t value)
{
    std::string bytes;
    coffer::detail::append_le(bytes, value);
    return bytes;
}

std::string framed(std::string_view name)
{
    std::string bytes;
    coffer::detail::append_le(bytes, static_cast<std::uint32_t>(name.size()));
    return bytes.append(name);
}

} // namespace

TEST_CASE("envelope fields: an unknown optional one is skipped, wherever it stands")
{
    coffer::entry in = full();
    in.tags.clear();
    const std::string known = field(1, in.validator) + field(2 | critical, number(9));
    const std::string bytes = plain_envelope().encode(key(), in, now);
    const std::string late = with_fields(bytes, known + field(0x7fff, "from the future"));
    const auto found = plain_envelope().decode(late, key(), now);
    REQUIRE(found.has_value());
    CHECK(found->value.validator == in.validator);
    CHECK(found->value.version == 9);
    CHECK(found->value.payload == in.payload);

    CHECK(with(field(8, "")) == "read");
    CHECK(with(field(8, "x") + field(9, std::string(1000, 'y'))) == "read");
}

TEST_CASE("envelope fields: an unknown critical one makes a miss, also beside known ones")
{
    CHECK(with(field(8 | critical, "")) == "unknown_critical");
    CHECK(with(field(0xffff, "x")) == "unknown_critical");
    CHECK(with(field(1, "etag") + field(8, "") + field(9 | critical, "x")) == "unknown_critical");
}

TEST_CASE("envelope fields: the number says what it is, not whether it is critical")
{
    const std::string bytes = plain_envelope().encode(key(), plain(), now);
    const std::string odd = field(1 | critical, "etag") + field(2, number(5));
    const auto found = plain_envelope().decode(with_fields(bytes, odd), key(), now);
    REQUIRE(found.has_value());
    CHECK(found->value.validator == "etag");
    CHECK(found->value.version == 5);
}

TEST_CASE("envelope fields: numbers rise, so none is there twice, and none is zero")
{
    CHECK(with(field(1, "a") + field(1, "b")) == "malformed");
    CHECK(with(field(1, "a") + field(1 | critical, "b")) == "malformed");
    CHECK(with(field(6, "") + field(2, number(1))) == "malformed");
    CHECK(with(field(9, "") + field(8, "")) == "malformed");
    CHECK(with(field(0, "")) == "malformed");
    CHECK(with(field(critical, "")) == "malformed");
}

TEST_CASE("envelope fields: one that is cut off or too long is malformed")
{
    const std::string whole = field(1, "etag") + field(8, "later");
    CHECK(with(whole) == "read");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CAPTURE(size);
        const bool at_border = size == 0 || size == field(1, "etag").size();
        CHECK(with(whole.substr(0, size)) == (at_border ? "read" : "malformed"));
    }
    std::string huge = field(1, "x");
    coffer::detail::store_le(huge.data() + 2, ~std::uint32_t{0});
    CHECK(with(huge) == "malformed");
}

TEST_CASE("envelope fields: numbers of another size are malformed")
{
    for (const std::uint16_t at : {2, 5, 7}) {
        CAPTURE(at);
        CHECK(with(field(at, number(1))) == "read");
        CHECK(with(field(at, "")) == "malformed");
        CHECK(with(field(at, "1234567")) == "malformed");
        CHECK(with(field(at, "123456789")) == "malformed");
    }
}

TEST_CASE("envelope fields: lists that do not end where the field ends are malformed")
{
    for (const std::uint16_t at : {3, 6}) {
        CAPTURE(at);
        CHECK(with(field(at, "")) == "read");
        CHECK(with(field(at, framed("a") + framed(""))) == "read");
        CHECK(with(field(at, "abc")) == "malformed");
        CHECK(with(field(at, framed("a") + "x")) == "malformed");
        CHECK(with(field(at, framed("abcd").substr(0, 7))) == "malformed");
    }
    std::string huge = framed("a");
    coffer::detail::store_le(huge.data(), ~std::uint32_t{0});
    CHECK(with(field(3, huge)) == "malformed");
}

TEST_CASE("envelope fields: tag sequences are as many as tags")
{
    const std::string tags = field(3, framed("a") + framed("b"));
    CHECK(with(tags) == "read");
    CHECK(with(tags + field(4, number(1) + number(2))) == "read");
    CHECK(with(tags + field(4, number(1))) == "malformed");
    CHECK(with(tags + field(4, number(1) + number(2) + number(3))) == "malformed");
    CHECK(with(tags + field(4, number(1) + number(2) + "x")) == "malformed");
    CHECK(with(field(4, number(1))) == "malformed");
}

TEST_CASE("envelope fields: they are written in order, what matters to others as critical")
{
    const std::string bytes = plain_envelope().encode(key(), full(), now, marks());
    const std::string expected =
        field(1, full().validator) + field(2 | critical, number(*full().version)) +
        field(3 | critical, framed("site:eu") + framed("") + framed(full().tags[2])) +
        field(4 | critical, number(7) + number(0) + number(~std::uint64_t{0})) +
        field(5 | critical, number(41)) + field(6, framed("by-price") + framed("")) +
        field(7 | critical, number(3));
    CHECK(bytes.substr(at_key + key().text().size(), expected.size()) == expected);
    CHECK(coffer::detail::load_le<std::uint32_t>(bytes.data() + at_fields_size) == expected.size());
}

TEST_CASE("envelope fields: inspecting refuses what reading refuses")
{
    const std::string bytes = plain_envelope().encode(key(), plain(), now);
    const auto fault = [&bytes](std::string_view fields) {
        return coffer::envelope::inspect(with_fields(bytes, fields), now).error();
    };
    CHECK(fault(field(8 | critical, "")) == envelope_fault::unknown_critical);
    CHECK(fault("x") == envelope_fault::malformed);
}
