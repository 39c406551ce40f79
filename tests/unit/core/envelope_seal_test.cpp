// SPDX-License-Identifier: BSL-1.0
#include <coffer/core/envelope.hpp>
#include <coffer/testing/manual_clock.hpp>

#include "core/seal.hpp"
#include "envelope_samples.hpp"

#include <doctest/doctest.h>

#include <openssl/evp.h>

#include <memory>
#include <set>

using coffer::envelope;
using coffer::envelope_fault;
using coffer::envelope_options;
using coffer::keyring;
using namespace samples;

namespace {

std::string outcome(const envelope& reader, const std::string& bytes,
                    const coffer::storage_key& under = key())
{
    const auto found = reader.decode(bytes, under, now);
    return found ? found->value.payload : std::string(label(found.error()));
}

envelope with_keys(const keyring& all)
{
    return envelope(envelope_options().seal(all));
}

std::string sealed(const coffer::entry& value = plain())
{
    return sealing_envelope().encode(key(), value, now);
}

constexpr std::size_t overhead = 32; // key number, nonce, tag

// Opens a seal by nothing but what docs/envelope.md says.
std::string opened_by_hand(const std::string& bytes, const std::string& secret)
{
    const auto* all = reinterpret_cast<const unsigned char*>(bytes.data());
    const auto number = [&bytes](std::size_t at) {
        return coffer::detail::load_le<std::uint32_t>(bytes.data() + at);
    };
    const std::size_t body = 64 + number(48) + number(52);
    const std::size_t text = body + 16;
    const std::size_t size = number(56) - 32;
    std::string out(size, '\0');
    auto* to = reinterpret_cast<unsigned char*>(out.data());
    std::string tag = bytes.substr(text + size, 16);
    int done = 0;
    const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> gcm(EVP_CIPHER_CTX_new(),
                                                                              &EVP_CIPHER_CTX_free);
    EVP_DecryptInit_ex(gcm.get(), EVP_aes_256_gcm(), nullptr,
                       reinterpret_cast<const unsigned char*>(secret.data()), all + body + 4);
    EVP_DecryptUpdate(gcm.get(), nullptr, &done, all, static_cast<int>(text));
    EVP_DecryptUpdate(gcm.get(), to, &done, all + text, static_cast<int>(size));
    EVP_CIPHER_CTX_ctrl(gcm.get(), EVP_CTRL_AEAD_SET_TAG, 16, tag.data());
    return EVP_DecryptFinal_ex(gcm.get(), to + done, &done) > 0 ? out : "not authentic";
}

} // namespace

TEST_CASE("envelope seal: a sealed entry reads the same, and its value is not in the bytes")
{
    const std::string bytes = sealing_envelope().encode(key(), full(), now, marks());
    const auto found = sealing_envelope().decode(bytes, key(), now);
    REQUIRE(found.has_value());
    CHECK(found->value.payload == full().payload);
    CHECK(found->value.tags == full().tags);
    CHECK(found->marks == marks());
    CHECK(bytes.find("any kind") == std::string::npos);
    CHECK(bytes.find(key().text()) != std::string::npos);
}

TEST_CASE("envelope seal: it takes 32 bytes, also for an empty value")
{
    CHECK(sealed().size() == plain_envelope().encode(key(), plain(), now).size() + overhead);
    const std::string empty = sealed(coffer::entry());
    CHECK(outcome(sealing_envelope(), empty).empty());
    CHECK(envelope::inspect(empty, now)->stored_size == overhead);
}

TEST_CASE("envelope seal: a stranger's AES-256-GCM opens it as documented")
{
    const std::string secret = "0123456789abcdef0123456789abcdef";
    CHECK(opened_by_hand(sealed(), secret) == plain().payload);
    CHECK(opened_by_hand(sealed(), "0123456789abcdef0123456789abcdeX") == "not authentic");
}

TEST_CASE("envelope seal: no two are alike")
{
    std::set<std::string> nonces;
    for (int i = 0; i < 500; ++i) {
        const std::string bytes = sealed();
        nonces.insert(bytes.substr(bytes.size() - 4 - 16 - plain().payload.size() - 12, 12));
    }
    CHECK(nonces.size() == 500);
}

TEST_CASE("envelope seal: compressed first, then sealed" *
          doctest::skip(!envelope_options::can_compress()))
{
    const envelope both(envelope_options().compress_above(1).seal(keys()));
    const std::string bytes = both.encode(key(), wordy(), now);
    const auto info = envelope::inspect(bytes, now);
    CHECK(info->compressed);
    CHECK(info->sealed_with == 1);
    CHECK(info->stored_size < wordy().payload.size() / 4);
    CHECK(outcome(both, bytes) == wordy().payload);
    CHECK(outcome(sealing_envelope(), bytes) == wordy().payload);
}

TEST_CASE("envelope seal: a reader without keys, or with others, misses it")
{
    CHECK(outcome(plain_envelope(), sealed()) == "seal");
    keyring other;
    other.add(3, std::string(32, 'x'));
    CHECK(outcome(with_keys(other), sealed()) == "seal");
    keyring same_number;
    same_number.add(1, std::string(32, 'x'));
    CHECK(outcome(with_keys(same_number), sealed()) == "seal");
}

TEST_CASE("envelope seal: a reader that seals refuses what anyone could have written")
{
    CHECK(outcome(sealing_envelope(), plain_envelope().encode(key(), plain(), now)) == "seal");
}

TEST_CASE("envelope seal: keys rotate without a miss")
{
    const std::string old_key(32, 'o');
    const std::string new_key(32, 'n');
    keyring writing;
    writing.add(10, old_key);
    keyring reading;
    reading.add(10, old_key);
    const envelope writer = with_keys(writing);
    const envelope reader = with_keys(reading);
    const std::string before = writer.encode(key(), plain(), now);

    reading.add(11, new_key); // first everyone learns the new key, then it is used
    writing.add(11, new_key).primary(11);
    const std::string after = writer.encode(key(), plain(), now);
    CHECK(envelope::inspect(before, now)->sealed_with == 10);
    CHECK(envelope::inspect(after, now)->sealed_with == 11);
    CHECK(outcome(reader, before) == plain().payload);
    CHECK(outcome(reader, after) == plain().payload);
    CHECK(outcome(writer, before) == plain().payload);

    reading.primary(11).remove(10);
    CHECK(outcome(reader, before) == "seal");
    CHECK(outcome(reader, after) == plain().payload);
}

TEST_CASE("envelope seal: with a right checksum, any flipped bit is still a miss")
{
    const std::string whole = sealing_envelope().encode(key(), full(), now, marks());
    const envelope reader = sealing_envelope();
    for (std::size_t bit = 0; bit < (whole.size() - 4) * 8; ++bit) {
        CAPTURE(bit);
        const std::string bytes = resummed(flipped(whole, bit));
        REQUIRE_FALSE(reader.decode(bytes, key(), now).has_value());
    }
}

TEST_CASE("envelope seal: what the header and fields say is sealed with the value")
{
    const std::string bytes = sealing_envelope().encode(key(), full(), now, marks());
    const envelope reader = sealing_envelope();
    const std::int64_t later = (now + 1000h).time_since_epoch().count();
    CHECK(outcome(reader, with(bytes, at_deadline, later)) == "seal");
    CHECK(outcome(reader, with(bytes, at_grace, std::int64_t{1} << 40)) == "seal");
    CHECK(outcome(reader, with(bytes, at_cost, std::int64_t{0})) == "seal");
    CHECK(outcome(reader, with_fields(bytes, "")) == "seal");
    CHECK(outcome(reader, with_fields(bytes, field(8, ""))) == "seal");
    CHECK(outcome(reader, with(bytes, at_flags, std::uint8_t{3})) == "seal");
    CHECK(outcome(reader, with(bytes, at_flags, std::uint8_t{0})) == "seal");
}

TEST_CASE("envelope seal: an entry moved to another key does not open there")
{
    const coffer::storage_key other{"coffer:v:acme:web", "product@1", "43"};
    std::string bytes = sealed();
    CHECK(outcome(sealing_envelope(), bytes, other) == "key");
    bytes.replace(at_key, key().text().size(), other.text());
    CHECK(outcome(sealing_envelope(), resummed(bytes), other) == "seal");
}

TEST_CASE("envelope seal: a body too short for a seal is malformed")
{
    for (std::size_t size = 0; size < overhead; ++size) {
        coffer::entry value("");
        value.payload.assign(size, 'x');
        std::string bytes = plain_envelope().encode(key(), value, now);
        bytes = with(bytes, at_flags, std::uint8_t{2});
        CHECK(outcome(sealing_envelope(), bytes) == "malformed");
        CHECK(envelope::inspect(bytes, now).error() == envelope_fault::malformed);
    }
}

TEST_CASE("envelope seal: a wrong size under a right seal is malformed")
{
    const auto sealed_saying = [](std::uint32_t size) {
        const auto secret = keys().find(1);
        const std::string_view payload = "thirteen here";
        std::string bytes = plain_envelope().encode(key(), coffer::entry(), now);
        bytes = with(std::move(bytes), at_flags, std::uint8_t{2});
        bytes = with(std::move(bytes), at_payload_size, size);
        coffer::detail::store_le(bytes.data() + at_body_size,
                                 static_cast<std::uint32_t>(payload.size() + overhead));
        bytes.resize(bytes.size() - 4);
        coffer::detail::append_seal_head(bytes, *secret);
        const std::size_t from = bytes.size();
        bytes += payload;
        coffer::detail::seal_from(from, bytes, *secret);
        return resummed(bytes + "    ");
    };
    CHECK(outcome(sealing_envelope(), sealed_saying(13)) == "thirteen here");
    CHECK(outcome(sealing_envelope(), sealed_saying(12)) == "malformed");
    CHECK(outcome(sealing_envelope(), sealed_saying(14)) == "malformed");
}

TEST_CASE("envelope seal: the lines that docs/envelope.md begins with" *
          doctest::skip(!envelope_options::can_compress()))
{
    const std::string secret(32, 's');
    const coffer::testing::manual_clock clock;
    const coffer::storage_key place = key();
    const coffer::entry value = wordy();

    //! [writing]
    coffer::keyring keys;
    keys.add(1, secret); // 32 bytes
    coffer::envelope envelope(coffer::envelope_options().compress_above(1024).seal(keys));

    std::string bytes = envelope.encode(place, value, clock.wall());
    auto found = envelope.decode(bytes, place, clock.wall()); // a result
    //! [writing]

    REQUIRE(found.has_value());
    CHECK(found->value.payload == value.payload);
}
