// SPDX-License-Identifier: BSL-1.0
#include <coffer/core/envelope.hpp>

#include "envelope_paths.hpp"
#include "envelope_samples.hpp"
#include "fuzz/envelope_harness.hpp"
#include "support/files.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

using coffer::envelope;
using coffer::envelope_fault;
using coffer::envelope_options;
using namespace samples;

// These files are what stored entries look like. One that has changed means that this version can
// no longer read what is stored: then the format version must rise. To add files, or to replace
// them after such a decision, run the program with COFFER_WRITE_GOLDEN=1 in the environment.
namespace {

namespace files = std::filesystem;
using support::content;

files::path golden_path(const std::string& name)
{
    return files::path(COFFER_GOLDEN_FOLDER) / (name + ".envelope");
}

// The bytes of the golden file; first writes them, if that is what the run is for.
std::string golden(const std::string& name, const std::string& written)
{
    if (std::getenv("COFFER_WRITE_GOLDEN") != nullptr) {
        std::ofstream(golden_path(name), std::ios::binary) << written;
        std::ofstream(files::path(COFFER_CORPUS_FOLDER) / name, std::ios::binary) << written;
    }
    return content(golden_path(name));
}

void check_same(const coffer::entry& found, const coffer::entry& expected)
{
    CHECK(found.payload == expected.payload);
    CHECK(found.codec == expected.codec);
    CHECK(found.schema == expected.schema);
    CHECK(found.lifetime == expected.lifetime);
    CHECK(found.grace == expected.grace);
    CHECK(found.cost == expected.cost);
    CHECK(found.version == expected.version);
    CHECK(found.validator == expected.validator);
    CHECK(found.tags == expected.tags);
}

void check_reads(const envelope& reader, const std::string& bytes, const coffer::entry& expected,
                 const coffer::envelope_marks& noted = {})
{
    const auto found = reader.decode(bytes, key(), now);
    REQUIRE(found.has_value());
    check_same(found->value, expected);
    CHECK(found->marks == noted);
}

// The bytes of the first fenced block that is marked `hex`; what follows a `|` is comment.
std::string documented()
{
    std::istringstream page(content(COFFER_ENVELOPE_PAGE));
    std::string line;
    while (std::getline(page, line) && line != "```hex") {
    }
    std::string bytes;
    while (std::getline(page, line) && line != "```") {
        std::istringstream pairs(line.substr(0, line.find('|')));
        for (std::string pair; pairs >> pair;)
            bytes += static_cast<char>(std::stoi(pair, nullptr, 16));
    }
    return bytes;
}

} // namespace

TEST_CASE("envelope golden: a plain entry is written bit by bit as ever, and read")
{
    const std::string written = plain_envelope().encode(key(), plain(), now);
    const std::string stored = golden("plain", written);
    CHECK(written == stored);
    check_reads(plain_envelope(), stored, plain());
}

TEST_CASE("envelope golden: an entry with every field is written bit by bit as ever, and read")
{
    const std::string written = plain_envelope().encode(key(), full(), now, marks());
    const std::string stored = golden("full", written);
    CHECK(written == stored);
    check_reads(plain_envelope(), stored, full(), marks());
}

TEST_CASE("envelope golden: an empty entry that never expires")
{
    const std::string written = plain_envelope().encode(key(), coffer::entry(), now);
    const std::string stored = golden("empty", written);
    CHECK(written == stored);
    coffer::entry expected;
    expected.lifetime = coffer::never;
    check_reads(plain_envelope(), stored, expected);
}

TEST_CASE("envelope golden: a sealed entry is read")
{
    const std::string stored =
        golden("sealed", sealing_envelope().encode(key(), full(), now, marks()));
    check_reads(sealing_envelope(), stored, full(), marks());
    CHECK(plain_envelope().decode(stored, key(), now).error() == envelope_fault::seal);
}

// Compressed bytes may differ from one zstd to the next, so they are only read.
TEST_CASE("envelope golden: compressed entries are read, or miss where there is no zstd")
{
    const bool here = envelope_options::can_compress();
    const envelope both =
        here ? envelope(envelope_options().compress_above(1).seal(keys())) : sealing_envelope();
    const envelope one = here ? compressing_envelope() : plain_envelope();
    const std::string pressed = golden("compressed", one.encode(key(), wordy(), now));
    const std::string sealed = golden("compressed_sealed", both.encode(key(), wordy(), now));
    if (here) {
        check_reads(one, pressed, wordy());
        check_reads(both, sealed, wordy());
        return;
    }
    CHECK(one.decode(pressed, key(), now).error() == envelope_fault::compression);
    CHECK(both.decode(sealed, key(), now).error() == envelope_fault::compression);
}

TEST_CASE("envelope golden: one from the future with unknown optional fields is read")
{
    const std::string old = plain_envelope().encode(key(), plain(), now);
    const std::string stored =
        golden("future_optional", with_fields(old, field(1, "etag") + field(0x1234, "whatever")));
    coffer::entry expected = plain();
    expected.validator = "etag";
    check_reads(plain_envelope(), stored, expected);
}

TEST_CASE("envelope golden: those from the future that this reader must refuse")
{
    const auto fault = [](const std::string& bytes) {
        return plain_envelope().decode(bytes, key(), now).error();
    };
    const std::string old = plain_envelope().encode(key(), plain(), now);
    CHECK(fault(golden("future_critical", with_fields(old, field(0x9234, "whatever")))) ==
          envelope_fault::unknown_critical);
    CHECK(fault(golden("future_flag", with(old, at_flags, std::uint8_t{0x40}))) ==
          envelope_fault::unknown_critical);
    CHECK(fault(golden("future_version", with(old, at_version, std::uint8_t{2}))) ==
          envelope_fault::version);
}

TEST_CASE("envelope golden: the worked example of docs/envelope.md is the plain file")
{
    CHECK(documented() == content(golden_path("plain")));
}

TEST_CASE("envelope golden: the fuzzer's corpus holds what must hold for any bytes")
{
    int seen = 0;
    for (const auto& file : files::directory_iterator(COFFER_CORPUS_FOLDER)) {
        CAPTURE(file.path().filename().string());
        fuzz::envelope(content(file.path()));
        ++seen;
    }
    CHECK(seen >= 40);
}
