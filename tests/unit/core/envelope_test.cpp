// SPDX-License-Identifier: BSL-1.0
#include <coffer/core/envelope.hpp>
#include <coffer/core/errc.hpp>

#include "envelope_samples.hpp"

#include <boost/system/system_error.hpp>

#include <doctest/doctest.h>

#include <limits>

using coffer::envelope_fault;
using namespace samples;

namespace {

// What the bytes are read as a moment after they were written; fails the test if they are not.
coffer::decoded_entry read(const std::string& bytes, std::chrono::milliseconds later = 0ms)
{
    auto found = plain_envelope().decode(bytes, key(), now + later);
    REQUIRE_MESSAGE(found.has_value(), std::string(label(found.error())));
    return std::move(*found);
}

envelope_fault fault_of(const std::string& bytes, std::chrono::milliseconds later = 0ms)
{
    const auto found = plain_envelope().decode(bytes, key(), now + later);
    REQUIRE(found.has_error());
    return found.error();
}

std::string written(const coffer::entry& value)
{
    return plain_envelope().encode(key(), value, now);
}

} // namespace

TEST_CASE("envelope: an entry comes back with all that was known of it")
{
    const coffer::entry in = full();
    const auto out = read(plain_envelope().encode(key(), in, now, marks()));
    CHECK(out.value.payload == in.payload);
    CHECK(out.value.codec == in.codec);
    CHECK(out.value.schema == in.schema);
    CHECK(out.value.lifetime == in.lifetime);
    CHECK(out.value.grace == in.grace);
    CHECK(out.value.cost == in.cost);
    CHECK(out.value.version == in.version);
    CHECK(out.value.validator == in.validator);
    CHECK(out.value.tags == in.tags);
    CHECK(out.marks == marks());
    CHECK(out.value.age == 0ms);
    CHECK(out.value.fresh_for == 5min);
}

TEST_CASE("envelope: what was not known stays absent")
{
    const auto out = read(written(coffer::entry("x")));
    CHECK_FALSE(out.value.version.has_value());
    CHECK(out.value.validator.empty());
    CHECK(out.value.tags.empty());
    CHECK(out.marks == coffer::envelope_marks());
    CHECK(out.value.lifetime.is_never());
    CHECK(out.value.cost == 0us);
}

TEST_CASE("envelope: tags without sequences stay without, a zero sequence is one")
{
    coffer::entry in("x");
    in.tags = {"a", "b"};
    coffer::envelope_marks zero;
    zero.tag_sequences = {0, 0};
    zero.space_sequence = 0;
    CHECK(read(written(in)).marks.tag_sequences.empty());
    CHECK(read(plain_envelope().encode(key(), in, now, zero)).marks == zero);
}

TEST_CASE("envelope: a plain entry takes 68 bytes beside its key and payload")
{
    const coffer::entry in = plain();
    CHECK(written(in).size() == 68 + key().text().size() + in.payload.size());
}

TEST_CASE("envelope: empty values and empty keys are values and keys")
{
    CHECK(read(written(coffer::entry())).value.payload.empty());
    const coffer::storage_key empty;
    const std::string bytes = plain_envelope().encode(empty, plain(), now);
    CHECK(plain_envelope().decode(bytes, empty, now)->value.payload == plain().payload);
    CHECK(fault_of(bytes) == envelope_fault::key);
}

TEST_CASE("envelope: it is read under its own key only, however alike the other")
{
    const std::string bytes = written(plain());
    const auto under = [&bytes](coffer::storage_key other) {
        const auto found = plain_envelope().decode(bytes, other, now);
        return found ? "read" : std::string(label(found.error()));
    };
    CHECK(under(key()) == "read");
    CHECK(under({"coffer:v:acme:web", "product@1", "43"}) == "key");
    CHECK(under({"coffer:v:acme:web", "product@1", "4"}) == "key");
    CHECK(under({"coffer:v:acme:web", "product@1", "421"}) == "key");
    CHECK(under({"coffer:v:acme:web", "product@2", "42"}) == "key");
    CHECK(under({"coffer:v:acmf:web", "product@1", "42"}) == "key");
    CHECK(under({"", "", ""}) == "key");
}

TEST_CASE("envelope: another codec or schema than the expected one is a miss")
{
    const coffer::entry in = plain();
    const std::string bytes = written(in);
    const auto as = [&bytes](coffer::value_shape shape) {
        const auto found = plain_envelope().decode(bytes, key(), now, shape);
        return found ? "read" : std::string(label(found.error()));
    };
    CHECK(as({in.codec, in.schema}) == "read");
    CHECK(as({static_cast<std::uint16_t>(in.codec + 1), in.schema}) == "schema");
    CHECK(as({in.codec, in.schema ^ std::uint64_t{1} << 63}) == "schema");
    CHECK(as({}) == "schema");
}

TEST_CASE("envelope: the deadline is exact to the millisecond")
{
    coffer::entry in = plain();
    in.lifetime = 1ms;
    const std::string bytes = written(in);
    CHECK(read(bytes).value.fresh_for == 1ms);
    CHECK(fault_of(bytes, 1ms) == envelope_fault::expired);

    in.lifetime = 5min;
    CHECK(read(written(in), 5min - 1ms).value.fresh_for == 1ms);
    CHECK(read(written(in), 5min - 1ms).value.age == 5min - 1ms);
    CHECK(fault_of(written(in), 5min) == envelope_fault::expired);
}

TEST_CASE("envelope: in its grace an entry is stale, after it expired")
{
    coffer::entry in = plain();
    in.grace = 10s;
    const std::string bytes = written(in);
    CHECK(read(bytes, 5min - 1ms).value.is_fresh());
    CHECK_FALSE(read(bytes, 5min).value.is_fresh());
    CHECK(read(bytes, 5min).value.fresh_for == 0ms);
    CHECK(read(bytes, 5min + 10s - 1ms).value.fresh_for == -10s + 1ms);
    CHECK(fault_of(bytes, 5min + 10s) == envelope_fault::expired);
}

TEST_CASE("envelope: never is never, and keeps its grace")
{
    coffer::entry in = plain();
    in.lifetime = coffer::never;
    in.grace = 1h;
    const auto out = read(written(in), std::chrono::hours(24 * 365 * 1000));
    CHECK(out.value.lifetime.is_never());
    CHECK_FALSE(out.value.fresh_for.has_value());
    CHECK(out.value.is_fresh());
    CHECK(out.value.grace == 1h);
}

TEST_CASE("envelope: the longest time to live and grace do not overflow")
{
    using std::chrono::milliseconds;
    const auto longest = milliseconds(std::numeric_limits<std::int64_t>::max() / 2);
    coffer::entry in = plain();
    in.lifetime = longest;
    in.grace = milliseconds::max();
    const auto out = read(written(in), 1h);
    CHECK(out.value.lifetime == coffer::ttl(longest));
    CHECK(out.value.fresh_for == longest - 1h);
    CHECK(out.value.grace == milliseconds::max());
}

TEST_CASE("envelope: a time to live of zero has expired when it is written")
{
    coffer::entry in = plain();
    in.lifetime = 0s;
    CHECK(fault_of(written(in)) == envelope_fault::expired);
}

TEST_CASE("envelope: a reader whose clock is behind sees age zero and the full deadline")
{
    const auto out = read(written(plain()), -1min);
    CHECK(out.value.age == 0ms);
    CHECK(out.value.fresh_for == 6min);
}

TEST_CASE("envelope: clocks that are off by ages are harmless")
{
    using coffer::clock;
    for (const auto off :
         {clock::wall_time::min(), clock::wall_time(-1s), clock::wall_time::max()}) {
        const std::string bytes = plain_envelope().encode(key(), plain(), off);
        const auto found = plain_envelope().decode(bytes, key(), off);
        REQUIRE(found.has_value());
        CHECK(found->value.fresh_for == 5min);
        CHECK(found->value.age == 0ms);
    }
}

TEST_CASE("envelope: negative grace and cost are written as none")
{
    coffer::entry in = plain();
    in.grace = -1ms;
    in.cost = -1us;
    const auto out = read(written(in));
    CHECK(out.value.grace == 0ms);
    CHECK(out.value.cost == 0us);
}

TEST_CASE("envelope: an entry that was read keeps its age when it is written again")
{
    const auto first = read(written(plain()), 2min);
    const std::string again = plain_envelope().encode(key(), first.value, now + 2min);
    CHECK(again == written(plain()));

    coffer::stored_entry touched = first.value;
    touched.fresh_for = 1h;
    const auto out = read(plain_envelope().encode(key(), touched, now + 2min), 3min);
    CHECK(out.value.age == 3min);
    CHECK(out.value.fresh_for == 59min);
}

TEST_CASE("envelope: an entry is aged by writing it again with no time left")
{
    coffer::entry in = plain();
    in.lifetime = coffer::never;
    in.grace = 1min;
    coffer::stored_entry aged = read(written(in), 2min).value;
    aged.fresh_for = 0ms;
    const std::string bytes = plain_envelope().encode(key(), aged, now + 2min);
    CHECK_FALSE(read(bytes, 2min).value.is_fresh());
    CHECK(read(bytes, 3min - 1ms).value.age == 3min - 1ms);
    CHECK(fault_of(bytes, 3min) == envelope_fault::expired);
}

TEST_CASE("envelope: ages and rests that make no sense are written as the nearest that do")
{
    coffer::stored_entry odd;
    odd.age = std::chrono::milliseconds::max();
    odd.fresh_for = std::chrono::milliseconds::min();
    CHECK(fault_of(plain_envelope().encode(key(), odd, now)) == envelope_fault::expired);
    odd.age = -5ms;
    odd.fresh_for = std::chrono::milliseconds::max();
    const auto out = read(plain_envelope().encode(key(), odd, now));
    CHECK(out.value.age == 0ms);
    CHECK(out.value.fresh_for == out.value.lifetime.span());
}

TEST_CASE("envelope: what is larger than allowed is refused when written and when read")
{
    const coffer::envelope narrow(coffer::envelope_options().max_payload(12));
    const auto refused = [&narrow](const coffer::entry& value) {
        try {
            narrow.encode(key(), value, now);
        } catch (const boost::system::system_error& error) {
            return error.code() == coffer::errc::value_too_large;
        }
        return false;
    };
    CHECK(refused(coffer::entry(std::string(13, 'x'))));
    CHECK_FALSE(refused(coffer::entry(std::string(12, 'x'))));

    const auto found = narrow.decode(written(plain()), key(), now);
    REQUIRE(found.has_error());
    CHECK(found.error() == envelope_fault::too_large);
}

TEST_CASE("envelope: inspecting shows what is there without key, and after its time")
{
    const std::string bytes = plain_envelope().encode(key(), full(), now, marks());
    const auto info = coffer::envelope::inspect(bytes, now + 24h);
    REQUIRE(info.has_value());
    CHECK(info->key == key().text());
    CHECK(info->created == now);
    CHECK(info->header.age == 24h);
    CHECK(info->header.fresh_for == 5min - 24h);
    CHECK(info->header.tags == full().tags);
    CHECK(info->header.version == full().version);
    CHECK(info->header.payload.empty());
    CHECK(info->marks == marks());
    CHECK(info->payload_size == full().payload.size());
    CHECK(info->stored_size == full().payload.size());
    CHECK_FALSE(info->compressed);
    CHECK_FALSE(info->sealed_with.has_value());
}

TEST_CASE("envelope: asking a fault for its value throws not_decodable with the reason")
{
    const auto found = plain_envelope().decode("", key(), now);
    try {
        static_cast<void>(found.value());
        FAIL("no exception");
    } catch (const boost::system::system_error& error) {
        CHECK(error.code() == coffer::errc::not_decodable);
        CHECK(std::string(error.what()).find("truncated") != std::string::npos);
    }
}

TEST_CASE("envelope: every fault has its own label")
{
    std::vector<std::string> seen;
    for (int i = 1; i <= static_cast<int>(envelope_fault::expired); ++i) {
        const std::string name(label(static_cast<envelope_fault>(i)));
        CHECK(name != "unknown");
        CHECK(std::count(seen.begin(), seen.end(), name) == 0);
        seen.push_back(name);
    }
    CHECK(seen.size() == 12);
}

TEST_CASE("envelope options: what makes no sense is refused where it is written")
{
    using options = coffer::envelope_options;
    CHECK_THROWS_AS(options().compression_level(0), std::invalid_argument);
    CHECK_THROWS_AS(options().compression_level(20), std::invalid_argument);
    CHECK_THROWS_AS(options().max_payload(0), std::invalid_argument);
    CHECK_THROWS_AS(options().max_payload(options::largest_payload + 1), std::invalid_argument);
    CHECK_THROWS_AS(options().seal(coffer::keyring()), std::invalid_argument);

    CHECK(options().compression_level(19).compression_level() == 19);
    CHECK(options().max_payload(options::largest_payload).max_payload() == std::size_t{1} << 30);
    CHECK(options().seal(keys()).seal()->has(2));
    CHECK(options().max_payload() == std::size_t{64} << 20);
    CHECK_FALSE(options().compress_above().has_value());
    CHECK_FALSE(options().seal().has_value());
}
